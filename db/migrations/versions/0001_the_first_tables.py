"""the first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import sqlite
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('affil',
    sa.Column('affil_id', sa.Integer(), nullable=False, comment='number of the affiliation'),
    sa.Column('affil_name', sa.String(length=190), nullable=False, comment='name of the affiliation'),
    sa.Column('name_key', sa.String(length=190), nullable=False, comment='the name, normalised, for uniqueness'),
    sa.PrimaryKeyConstraint('affil_id', name=op.f('pk_affil')),
    sa.UniqueConstraint('name_key', name=op.f('uq_affil_name_key')),
    comment='an organisation that people belong to',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    op.create_table('audit_head',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('mac', sa.LargeBinary(length=32).with_variant(sa.VARBINARY(length=32), 'mysql'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    op.create_table('audit_log',
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('at_us', sa.BigInteger(), nullable=False, comment='microseconds since 1970, UTC'),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor', sa.String(length=190), nullable=False),
    sa.Column('on_behalf_of', sa.String(length=190), nullable=True),
    sa.Column('session_id', sa.String(length=64), nullable=True),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('object_type', sa.String(length=32), nullable=True),
    sa.Column('object_id', sa.String(length=190), nullable=True),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.Column('detail', sa.Text().with_variant(mysql.LONGTEXT(), 'mysql'), nullable=False, comment='JSON'),
    sa.Column('mac', sa.LargeBinary(length=32).with_variant(sa.VARBINARY(length=32), 'mysql'), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit_log')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('audit_log', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_log_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_log_actor_id'), ['actor_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_log_at_us'), ['at_us'], unique=False)

    op.create_table('hub_key',
    sa.Column('purpose', sa.String(length=32), nullable=False),
    sa.Column('public_pem', sa.Text(), nullable=False),
    sa.Column('wrapped_private', sa.LargeBinary().with_variant(mysql.LONGBLOB(), 'mysql'), nullable=False),
    sa.Column('created_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('purpose', name=op.f('pk_hub_key')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    op.create_table('name_token',
    sa.Column('table_name', sa.String(length=32), nullable=False),
    sa.Column('row_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('token', sa.String(length=190), nullable=False),
    sa.PrimaryKeyConstraint('table_name', 'row_id', 'token', name=op.f('pk_name_token')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('name_token', schema=None) as batch_op:
        batch_op.create_index('ix_name_token_owner', ['table_name', 'row_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_name_token_token'), ['token'], unique=False)

    op.create_table('user',
    sa.Column('user_id', sa.Integer(), nullable=False, comment='number of the person'),
    sa.Column('user_name', sa.String(length=190), nullable=False, comment='name the person signs in with'),
    sa.Column('name_key', sa.String(length=190), nullable=False, comment='the name, normalised, for uniqueness'),
    sa.Column('password_hash', sa.String(length=255), nullable=True, comment='Argon2id hash of the password'),
    sa.Column('is_admin', sa.Boolean(), nullable=False, comment='whether the person administers the hub'),
    sa.Column('is_active', sa.Boolean(), nullable=False, comment='whether the account may sign in'),
    sa.Column('created_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False, comment='when the account was made'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_user')),
    sa.UniqueConstraint('name_key', name=op.f('uq_user_name_key')),
    comment='a person with an account',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    op.create_table('account',
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('awaits_approval', sa.Boolean(), nullable=False),
    sa.Column('must_change_password', sa.Boolean(), nullable=False),
    sa.Column('demo_password', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.user_id'], name=op.f('fk_account_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_account')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    op.create_table('chat_thread',
    sa.Column('thread_id', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=True),
    sa.Column('meta', sa.Text().with_variant(mysql.LONGTEXT(), 'mysql'), nullable=True),
    sa.Column('tags', sa.Text().with_variant(mysql.LONGTEXT(), 'mysql'), nullable=True),
    sa.Column('created_at', sa.String(length=32), nullable=False),
    sa.Column('updated_at', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.user_id'], name=op.f('fk_chat_thread_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('thread_id', name=op.f('pk_chat_thread')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('chat_thread', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_chat_thread_updated_at'), ['updated_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_chat_thread_user_id'), ['user_id'], unique=False)

    op.create_table('dataset',
    sa.Column('ds_id', sa.Integer(), nullable=False, comment='number of the dataset'),
    sa.Column('ds_name', sa.String(length=190), nullable=False, comment='name of the dataset'),
    sa.Column('name_key', sa.String(length=190), nullable=False, comment='the name, normalised, for uniqueness'),
    sa.Column('owner_id', sa.Integer(), nullable=False, comment='the person who owns the dataset and decides who may see it'),
    sa.Column('ds_size', sa.BigInteger(), nullable=True, comment='number of rows'),
    sa.Column('media', sa.String(length=16), nullable=False, comment='kind of media in the dataset'),
    sa.Column('created_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False, comment='when the dataset was made or registered'),
    sa.Column('description', sa.Text(), nullable=True, comment='what the dataset holds, in a sentence or two'),
    sa.Column('visibility', sa.String(length=16), nullable=False, comment='who may see it: everyone, or chosen people'),
    sa.CheckConstraint("media in ('text', 'image', 'audio', 'video')", name=op.f('ck_dataset_media')),
    sa.CheckConstraint("visibility in ('public', 'private')", name=op.f('ck_dataset_visibility')),
    sa.CheckConstraint('ds_size >= 0', name=op.f('ck_dataset_ds_size')),
    sa.ForeignKeyConstraint(['owner_id'], ['user.user_id'], name=op.f('fk_dataset_owner_id_user')),
    sa.PrimaryKeyConstraint('ds_id', name=op.f('pk_dataset')),
    sa.UniqueConstraint('owner_id', 'ds_name', name=op.f('uq_dataset_owner_id_ds_name')),
    sa.UniqueConstraint('owner_id', 'name_key', name=op.f('uq_dataset_owner_id_name_key')),
    comment='a data set',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('dataset', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dataset_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_dataset_ds_size'), ['ds_size'], unique=False)
        batch_op.create_index(batch_op.f('ix_dataset_media'), ['media'], unique=False)
        batch_op.create_index(batch_op.f('ix_dataset_name_key'), ['name_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_dataset_owner_id'), ['owner_id'], unique=False)

    op.create_table('model',
    sa.Column('model_id', sa.Integer(), nullable=False, comment='number of the model'),
    sa.Column('model_name', sa.String(length=190), nullable=False, comment='name of the model'),
    sa.Column('name_key', sa.String(length=190), nullable=False, comment='the name, normalised, for uniqueness'),
    sa.Column('owner_id', sa.Integer(), nullable=False, comment='the person who owns the model and decides who may see it'),
    sa.Column('param_num', sa.BigInteger().with_variant(mysql.BIGINT(unsigned=True), 'mysql'), nullable=True, comment='number of parameters'),
    sa.Column('media_type', sa.String(length=16), nullable=False, comment='kind of media the model works on'),
    sa.Column('arch_name', sa.String(length=16), nullable=False, comment='architecture of the model'),
    sa.Column('train_name', sa.String(length=16), nullable=False, comment='how the model was trained'),
    sa.Column('param', sa.LargeBinary().with_variant(mysql.LONGBLOB(), 'mysql'), nullable=True, comment='parameter manifest, encrypted'),
    sa.Column('description', sa.Text(), nullable=True, comment='what the model is, in a sentence or two'),
    sa.Column('created_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False, comment='when the model was made or registered'),
    sa.Column('visibility', sa.String(length=16), nullable=False, comment='who may see it: everyone, or chosen people'),
    sa.CheckConstraint("arch_name in ('transformer', 'cnn', 'rnn')", name=op.f('ck_model_arch_name')),
    sa.CheckConstraint("media_type in ('text', 'image', 'audio', 'video')", name=op.f('ck_model_media_type')),
    sa.CheckConstraint("train_name in ('pretrain', 'finetune', 'rl')", name=op.f('ck_model_train_name')),
    sa.CheckConstraint("visibility in ('public', 'private')", name=op.f('ck_model_visibility')),
    sa.CheckConstraint('param_num >= 0', name=op.f('ck_model_param_num')),
    sa.ForeignKeyConstraint(['owner_id'], ['user.user_id'], name=op.f('fk_model_owner_id_user')),
    sa.PrimaryKeyConstraint('model_id', name=op.f('pk_model')),
    sa.UniqueConstraint('owner_id', 'model_name', name=op.f('uq_model_owner_id_model_name')),
    sa.UniqueConstraint('owner_id', 'name_key', name=op.f('uq_model_owner_id_name_key')),
    comment='a machine-learning model',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('model', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_model_arch_name'), ['arch_name'], unique=False)
        batch_op.create_index(batch_op.f('ix_model_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_model_media_type'), ['media_type'], unique=False)
        batch_op.create_index(batch_op.f('ix_model_name_key'), ['name_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_model_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_model_param_num'), ['param_num'], unique=False)
        batch_op.create_index(batch_op.f('ix_model_train_name'), ['train_name'], unique=False)

    op.create_table('person_permission',
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('permission', sa.String(length=64), nullable=False),
    sa.Column('allowed', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.user_id'], name=op.f('fk_person_permission_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'permission', name=op.f('pk_person_permission')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    op.create_table('user_affil',
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False, comment='the person'),
    sa.Column('affil_id', sa.Integer(), autoincrement=False, nullable=False, comment='the affiliation'),
    sa.ForeignKeyConstraint(['affil_id'], ['affil.affil_id'], name=op.f('fk_user_affil_affil_id_affil'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.user_id'], name=op.f('fk_user_affil_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'affil_id', name=op.f('pk_user_affil')),
    comment='which person belongs to which affiliation',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('user_affil', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_user_affil_affil_id'), ['affil_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_user_affil_user_id'), ['user_id'], unique=False)

    op.create_table('web_session',
    sa.Column('session_id', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False),
    sa.Column('seen_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False),
    sa.Column('expires_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False),
    sa.Column('ended_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=True),
    sa.Column('ended_why', sa.String(length=64), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('browser', sa.String(length=255), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.user_id'], name=op.f('fk_web_session_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('session_id', name=op.f('pk_web_session')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_web_session_user_id'), ['user_id'], unique=False)

    op.create_table('chat_element',
    sa.Column('element_id', sa.String(length=64), nullable=False),
    sa.Column('thread_id', sa.String(length=64), nullable=False),
    sa.Column('step_id', sa.String(length=64), nullable=True),
    sa.Column('data', sa.Text().with_variant(mysql.LONGTEXT(), 'mysql'), nullable=False),
    sa.Column('content', sa.LargeBinary().with_variant(mysql.LONGBLOB(), 'mysql'), nullable=True),
    sa.ForeignKeyConstraint(['thread_id'], ['chat_thread.thread_id'], name=op.f('fk_chat_element_thread_id_chat_thread'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('element_id', name=op.f('pk_chat_element')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('chat_element', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_chat_element_step_id'), ['step_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_chat_element_thread_id'), ['thread_id'], unique=False)

    op.create_table('chat_step',
    sa.Column('step_id', sa.String(length=64), nullable=False),
    sa.Column('thread_id', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.String(length=32), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False, comment='order of arrival in the thread'),
    sa.Column('search', sa.Text().with_variant(mysql.LONGTEXT(), 'mysql'), nullable=False),
    sa.Column('data', sa.Text().with_variant(mysql.LONGTEXT(), 'mysql'), nullable=False),
    sa.ForeignKeyConstraint(['thread_id'], ['chat_thread.thread_id'], name=op.f('fk_chat_step_thread_id_chat_thread'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('step_id', name=op.f('pk_chat_step')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('chat_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_chat_step_thread_id'), ['thread_id'], unique=False)

    op.create_table('cnn',
    sa.Column('model_id', sa.Integer(), autoincrement=False, nullable=False, comment='the model'),
    sa.Column('module_num', sa.Integer(), nullable=True, comment='number of modules'),
    sa.CheckConstraint('module_num >= 0', name=op.f('ck_cnn_module_num')),
    sa.ForeignKeyConstraint(['model_id'], ['model.model_id'], name=op.f('fk_cnn_model_id_model'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('model_id', name=op.f('pk_cnn')),
    comment='the shape of a convolutional model',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('cnn', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_cnn_model_id'), ['model_id'], unique=False)

    op.create_table('dataset_task',
    sa.Column('ds_id', sa.Integer(), autoincrement=False, nullable=False, comment='the dataset'),
    sa.Column('task', sa.String(length=16), nullable=False, comment='task'),
    sa.CheckConstraint("task in ('classification', 'detection', 'generation', 'segmentation', 'regression')", name=op.f('ck_dataset_task_task')),
    sa.ForeignKeyConstraint(['ds_id'], ['dataset.ds_id'], name=op.f('fk_dataset_task_ds_id_dataset'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('ds_id', 'task', name=op.f('pk_dataset_task')),
    comment='the tasks a dataset is for',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('dataset_task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dataset_task_ds_id'), ['ds_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_dataset_task_task'), ['task'], unique=False)

    op.create_table('ds_col',
    sa.Column('ds_id', sa.Integer(), autoincrement=False, nullable=False, comment='the dataset'),
    sa.Column('col_name', sa.String(length=190), nullable=False, comment='name of the column'),
    sa.Column('col_datatype', sa.String(length=190), nullable=False, comment='data type of the column'),
    sa.ForeignKeyConstraint(['ds_id'], ['dataset.ds_id'], name=op.f('fk_ds_col_ds_id_dataset'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('ds_id', 'col_name', 'col_datatype', name=op.f('pk_ds_col')),
    comment='a column of a dataset',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('ds_col', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ds_col_col_datatype'), ['col_datatype'], unique=False)
        batch_op.create_index(batch_op.f('ix_ds_col_col_name'), ['col_name'], unique=False)
        batch_op.create_index(batch_op.f('ix_ds_col_ds_id'), ['ds_id'], unique=False)

    op.create_table('item_grant',
    sa.Column('grant_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('model_id', sa.Integer(), nullable=True),
    sa.Column('ds_id', sa.Integer(), nullable=True),
    sa.Column('permission', sa.String(length=16), nullable=False),
    sa.Column('granted_by', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False),
    sa.Column('expires_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=True),
    sa.CheckConstraint("permission in ('view', 'download')", name=op.f('ck_item_grant_permission')),
    sa.CheckConstraint('(model_id is null) <> (ds_id is null)', name=op.f('ck_item_grant_one_item')),
    sa.ForeignKeyConstraint(['ds_id'], ['dataset.ds_id'], name=op.f('fk_item_grant_ds_id_dataset'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['granted_by'], ['user.user_id'], name=op.f('fk_item_grant_granted_by_user'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['model_id'], ['model.model_id'], name=op.f('fk_item_grant_model_id_model'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.user_id'], name=op.f('fk_item_grant_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('grant_id', name=op.f('pk_item_grant')),
    sa.UniqueConstraint('user_id', 'ds_id', name=op.f('uq_item_grant_user_id_ds_id')),
    sa.UniqueConstraint('user_id', 'model_id', name=op.f('uq_item_grant_user_id_model_id')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('item_grant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_item_grant_ds_id'), ['ds_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_item_grant_model_id'), ['model_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_item_grant_user_id'), ['user_id'], unique=False)

    op.create_table('model_author',
    sa.Column('model_id', sa.Integer(), autoincrement=False, nullable=False, comment='the model'),
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False, comment='the author'),
    sa.ForeignKeyConstraint(['model_id'], ['model.model_id'], name=op.f('fk_model_author_model_id_model'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.user_id'], name=op.f('fk_model_author_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('model_id', 'user_id', name=op.f('pk_model_author')),
    comment='who made which model (credits)',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('model_author', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_model_author_model_id'), ['model_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_model_author_user_id'), ['user_id'], unique=False)

    op.create_table('model_dataset',
    sa.Column('model_id', sa.Integer(), autoincrement=False, nullable=False, comment='the model'),
    sa.Column('ds_id', sa.Integer(), autoincrement=False, nullable=False, comment='the dataset'),
    sa.ForeignKeyConstraint(['ds_id'], ['dataset.ds_id'], name=op.f('fk_model_dataset_ds_id_dataset'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['model_id'], ['model.model_id'], name=op.f('fk_model_dataset_model_id_model'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('model_id', 'ds_id', name=op.f('pk_model_dataset')),
    comment='which model was trained on which dataset',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('model_dataset', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_model_dataset_ds_id'), ['ds_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_model_dataset_model_id'), ['model_id'], unique=False)

    op.create_table('model_task',
    sa.Column('model_id', sa.Integer(), autoincrement=False, nullable=False, comment='the model'),
    sa.Column('task_name', sa.String(length=16), nullable=False, comment='task'),
    sa.CheckConstraint("task_name in ('classification', 'detection', 'generation', 'segmentation', 'regression')", name=op.f('ck_model_task_task_name')),
    sa.ForeignKeyConstraint(['model_id'], ['model.model_id'], name=op.f('fk_model_task_model_id_model'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('model_id', 'task_name', name=op.f('pk_model_task')),
    comment='the tasks a model is for',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('model_task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_model_task_model_id'), ['model_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_model_task_task_name'), ['task_name'], unique=False)

    op.create_table('rnn',
    sa.Column('model_id', sa.Integer(), autoincrement=False, nullable=False, comment='the model'),
    sa.Column('criteria', sa.String(length=190), nullable=True, comment='training loss'),
    sa.Column('batch_size', sa.Integer(), nullable=True, comment='batch size in training'),
    sa.Column('input_size', sa.Integer(), nullable=True, comment='width of the input'),
    sa.CheckConstraint('batch_size >= 0', name=op.f('ck_rnn_batch_size')),
    sa.CheckConstraint('input_size >= 0', name=op.f('ck_rnn_input_size')),
    sa.ForeignKeyConstraint(['model_id'], ['model.model_id'], name=op.f('fk_rnn_model_id_model'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('model_id', name=op.f('pk_rnn')),
    comment='the shape of a recurrent model',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('rnn', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rnn_criteria'), ['criteria'], unique=False)
        batch_op.create_index(batch_op.f('ix_rnn_model_id'), ['model_id'], unique=False)

    op.create_table('transformer',
    sa.Column('model_id', sa.Integer(), autoincrement=False, nullable=False, comment='the model'),
    sa.Column('decoder_num', sa.Integer(), nullable=True, comment='number of transformer blocks'),
    sa.Column('attn_size', sa.Integer(), nullable=True, comment='width of one attention head'),
    sa.Column('up_size', sa.Integer(), nullable=True, comment='width after the feed-forward up projection'),
    sa.Column('down_size', sa.Integer(), nullable=True, comment='width after the feed-forward down projection'),
    sa.Column('embed_size', sa.Integer(), nullable=True, comment='width of the embedding'),
    sa.CheckConstraint('attn_size >= 0', name=op.f('ck_transformer_attn_size')),
    sa.CheckConstraint('decoder_num >= 0', name=op.f('ck_transformer_decoder_num')),
    sa.CheckConstraint('down_size >= 0', name=op.f('ck_transformer_down_size')),
    sa.CheckConstraint('embed_size >= 0', name=op.f('ck_transformer_embed_size')),
    sa.CheckConstraint('up_size >= 0', name=op.f('ck_transformer_up_size')),
    sa.ForeignKeyConstraint(['model_id'], ['model.model_id'], name=op.f('fk_transformer_model_id_model'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('model_id', name=op.f('pk_transformer')),
    comment='the shape of a transformer model',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('transformer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_transformer_model_id'), ['model_id'], unique=False)

    op.create_table('user_dataset',
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False, comment='the person'),
    sa.Column('ds_id', sa.Integer(), autoincrement=False, nullable=False, comment='the dataset'),
    sa.ForeignKeyConstraint(['ds_id'], ['dataset.ds_id'], name=op.f('fk_user_dataset_ds_id_dataset'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.user_id'], name=op.f('fk_user_dataset_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'ds_id', name=op.f('pk_user_dataset')),
    comment='who published which dataset (credits)',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('user_dataset', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_user_dataset_ds_id'), ['ds_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_user_dataset_user_id'), ['user_id'], unique=False)

    op.create_table('chat_feedback',
    sa.Column('feedback_id', sa.String(length=64), nullable=False),
    sa.Column('step_id', sa.String(length=64), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.Column('comment', sa.Text().with_variant(mysql.LONGTEXT(), 'mysql'), nullable=True),
    sa.ForeignKeyConstraint(['step_id'], ['chat_step.step_id'], name=op.f('fk_chat_feedback_step_id_chat_step'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('feedback_id', name=op.f('pk_chat_feedback')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('chat_feedback', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_chat_feedback_step_id'), ['step_id'], unique=False)

    op.create_table('module',
    sa.Column('id', sa.Integer(), nullable=False, comment='number of the module'),
    sa.Column('model_id', sa.Integer(), autoincrement=False, nullable=False, comment='the convolutional model'),
    sa.Column('conv_size', sa.Integer(), nullable=True, comment='kernel size of its convolution'),
    sa.Column('pool_type', sa.String(length=16), nullable=True, comment='pooling after it'),
    sa.CheckConstraint("pool_type in ('max', 'min', 'avg', 'other')", name=op.f('ck_module_pool_type')),
    sa.CheckConstraint('conv_size >= 0', name=op.f('ck_module_conv_size')),
    sa.ForeignKeyConstraint(['model_id'], ['cnn.model_id'], name=op.f('fk_module_model_id_cnn'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_module')),
    comment='one module of a convolutional model',
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('module', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_module_model_id'), ['model_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('module', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_module_model_id'))

    op.drop_table('module')
    with op.batch_alter_table('chat_feedback', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_chat_feedback_step_id'))

    op.drop_table('chat_feedback')
    with op.batch_alter_table('user_dataset', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_user_dataset_user_id'))
        batch_op.drop_index(batch_op.f('ix_user_dataset_ds_id'))

    op.drop_table('user_dataset')
    with op.batch_alter_table('transformer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_transformer_model_id'))

    op.drop_table('transformer')
    with op.batch_alter_table('rnn', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rnn_model_id'))
        batch_op.drop_index(batch_op.f('ix_rnn_criteria'))

    op.drop_table('rnn')
    with op.batch_alter_table('model_task', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_model_task_task_name'))
        batch_op.drop_index(batch_op.f('ix_model_task_model_id'))

    op.drop_table('model_task')
    with op.batch_alter_table('model_dataset', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_model_dataset_model_id'))
        batch_op.drop_index(batch_op.f('ix_model_dataset_ds_id'))

    op.drop_table('model_dataset')
    with op.batch_alter_table('model_author', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_model_author_user_id'))
        batch_op.drop_index(batch_op.f('ix_model_author_model_id'))

    op.drop_table('model_author')
    with op.batch_alter_table('item_grant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_item_grant_user_id'))
        batch_op.drop_index(batch_op.f('ix_item_grant_model_id'))
        batch_op.drop_index(batch_op.f('ix_item_grant_ds_id'))

    op.drop_table('item_grant')
    with op.batch_alter_table('ds_col', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ds_col_ds_id'))
        batch_op.drop_index(batch_op.f('ix_ds_col_col_name'))
        batch_op.drop_index(batch_op.f('ix_ds_col_col_datatype'))

    op.drop_table('ds_col')
    with op.batch_alter_table('dataset_task', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dataset_task_task'))
        batch_op.drop_index(batch_op.f('ix_dataset_task_ds_id'))

    op.drop_table('dataset_task')
    with op.batch_alter_table('cnn', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_cnn_model_id'))

    op.drop_table('cnn')
    with op.batch_alter_table('chat_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_chat_step_thread_id'))

    op.drop_table('chat_step')
    with op.batch_alter_table('chat_element', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_chat_element_thread_id'))
        batch_op.drop_index(batch_op.f('ix_chat_element_step_id'))

    op.drop_table('chat_element')
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_web_session_user_id'))

    op.drop_table('web_session')
    with op.batch_alter_table('user_affil', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_user_affil_user_id'))
        batch_op.drop_index(batch_op.f('ix_user_affil_affil_id'))

    op.drop_table('user_affil')
    op.drop_table('person_permission')
    with op.batch_alter_table('model', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_model_train_name'))
        batch_op.drop_index(batch_op.f('ix_model_param_num'))
        batch_op.drop_index(batch_op.f('ix_model_owner_id'))
        batch_op.drop_index(batch_op.f('ix_model_name_key'))
        batch_op.drop_index(batch_op.f('ix_model_media_type'))
        batch_op.drop_index(batch_op.f('ix_model_created_at'))
        batch_op.drop_index(batch_op.f('ix_model_arch_name'))

    op.drop_table('model')
    with op.batch_alter_table('dataset', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dataset_owner_id'))
        batch_op.drop_index(batch_op.f('ix_dataset_name_key'))
        batch_op.drop_index(batch_op.f('ix_dataset_media'))
        batch_op.drop_index(batch_op.f('ix_dataset_ds_size'))
        batch_op.drop_index(batch_op.f('ix_dataset_created_at'))

    op.drop_table('dataset')
    with op.batch_alter_table('chat_thread', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_chat_thread_user_id'))
        batch_op.drop_index(batch_op.f('ix_chat_thread_updated_at'))

    op.drop_table('chat_thread')
    op.drop_table('account')
    op.drop_table('user')
    with op.batch_alter_table('name_token', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_name_token_token'))
        batch_op.drop_index('ix_name_token_owner')

    op.drop_table('name_token')
    op.drop_table('hub_key')
    with op.batch_alter_table('audit_log', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_log_at_us'))
        batch_op.drop_index(batch_op.f('ix_audit_log_actor_id'))
        batch_op.drop_index(batch_op.f('ix_audit_log_action'))

    op.drop_table('audit_log')
    op.drop_table('audit_head')
    op.drop_table('affil')
