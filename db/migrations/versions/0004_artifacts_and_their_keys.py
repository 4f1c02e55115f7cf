"""artifacts and their keys"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import sqlite

from db.encrypted import cipher_of, open_text, seal_text

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('person_key',
    sa.Column('key_id', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('purpose', sa.String(length=16), nullable=False),
    sa.Column('public_pem', sa.Text(), nullable=False),
    sa.Column('wrapped_private', sa.LargeBinary().with_variant(mysql.LONGBLOB(), 'mysql'), nullable=True),
    sa.Column('salt', sa.LargeBinary(length=32).with_variant(mysql.VARBINARY(length=32), 'mysql'), nullable=False, comment='of the key derived from the password'),
    sa.Column('statement', sa.Text(), nullable=False, comment='JSON: what the hub signed: whose key this is'),
    sa.Column('certificate', sa.LargeBinary(length=512).with_variant(mysql.VARBINARY(length=512), 'mysql'), nullable=False, comment="the hub's signature of the statement"),
    sa.Column('created_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False),
    sa.Column('retired_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=True),
    sa.CheckConstraint("purpose in ('encryption', 'signing')", name=op.f('ck_person_key_purpose')),
    sa.ForeignKeyConstraint(['user_id'], ['user.user_id'], name=op.f('fk_person_key_user_id_user'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('key_id', name=op.f('pk_person_key')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('person_key', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_person_key_user_id'), ['user_id'], unique=False)

    op.create_table('staged_file',
    sa.Column('blob_id', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.Text().with_variant(mysql.LONGTEXT(), 'mysql'), nullable=False),
    sa.Column('key_id', sa.String(length=64), nullable=False, comment="the uploader's encryption key"),
    sa.Column('sealed_key', sa.LargeBinary(length=512).with_variant(mysql.VARBINARY(length=512), 'mysql'), nullable=False),
    sa.Column('sealed_facts', sa.LargeBinary().with_variant(mysql.LONGBLOB(), 'mysql'), nullable=True, comment="size and digests, under the hub's key; none while the upload is under way"),
    sa.Column('created_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False),
    sa.Column('expires_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.user_id'], name=op.f('fk_staged_file_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('blob_id', name=op.f('pk_staged_file')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('staged_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_staged_file_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_staged_file_user_id'), ['user_id'], unique=False)

    op.create_table('artifact',
    sa.Column('blob_id', sa.String(length=64), nullable=False),
    sa.Column('model_id', sa.Integer(), nullable=True),
    sa.Column('ds_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(length=255), nullable=False),
    sa.Column('media_type', sa.String(length=127), nullable=False, comment='MIME type'),
    sa.Column('format', sa.String(length=32), nullable=False, comment='what the file turned out to be; empty: unknown'),
    sa.Column('warning', sa.String(length=255), nullable=False, comment='label that is shown with it, or empty'),
    sa.Column('size', sa.BigInteger().with_variant(mysql.BIGINT(unsigned=True), 'mysql'), nullable=False, comment='bytes of plaintext'),
    sa.Column('sha256', sa.String(length=64), nullable=False, comment='of the plaintext'),
    sa.Column('signed_by', sa.String(length=64), nullable=False, comment="key_id of the owner's signing key"),
    sa.Column('signature', sa.LargeBinary(length=512).with_variant(mysql.VARBINARY(length=512), 'mysql'), nullable=False),
    sa.Column('mac', sa.LargeBinary(length=32).with_variant(mysql.VARBINARY(length=32), 'mysql'), nullable=False),
    sa.Column('created_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False),
    sa.CheckConstraint('(model_id is null) <> (ds_id is null)', name=op.f('ck_artifact_one_item')),
    sa.CheckConstraint('size >= 0', name=op.f('ck_artifact_size')),
    sa.ForeignKeyConstraint(['ds_id'], ['dataset.ds_id'], name=op.f('fk_artifact_ds_id_dataset'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['model_id'], ['model.model_id'], name=op.f('fk_artifact_model_id_model'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('blob_id', name=op.f('pk_artifact')),
    sa.UniqueConstraint('ds_id', 'version', name=op.f('uq_artifact_ds_id_version')),
    sa.UniqueConstraint('model_id', 'version', name=op.f('uq_artifact_model_id_version')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('artifact', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_artifact_created_at'), ['created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_artifact_ds_id'), ['ds_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_artifact_model_id'), ['model_id'], unique=False)

    op.create_table('invitation',
    sa.Column('invitation_id', sa.String(length=64), nullable=False),
    sa.Column('model_id', sa.Integer(), nullable=True),
    sa.Column('ds_id', sa.Integer(), nullable=True),
    sa.Column('inviter_id', sa.Integer(), nullable=False),
    sa.Column('invitee_id', sa.Integer(), nullable=False),
    sa.Column('permission', sa.String(length=16), nullable=False),
    sa.Column('version', sa.Integer(), nullable=True, comment='the only version it is for; none: all, later ones too'),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('note', sa.Text().with_variant(mysql.LONGTEXT(), 'mysql'), nullable=True),
    sa.Column('grant_expires_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=True),
    sa.Column('expires_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=True, comment='until when it can be accepted'),
    sa.Column('signed_by', sa.String(length=64), nullable=False),
    sa.Column('signature', sa.LargeBinary(length=512).with_variant(mysql.VARBINARY(length=512), 'mysql'), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False),
    sa.Column('settled_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=True),
    sa.CheckConstraint("permission in ('view', 'download')", name=op.f('ck_invitation_permission')),
    sa.CheckConstraint("state in ('open', 'accepted', 'declined', 'revoked')", name=op.f('ck_invitation_state')),
    sa.CheckConstraint('(model_id is null) <> (ds_id is null)', name=op.f('ck_invitation_one_item')),
    sa.ForeignKeyConstraint(['ds_id'], ['dataset.ds_id'], name=op.f('fk_invitation_ds_id_dataset'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['invitee_id'], ['user.user_id'], name=op.f('fk_invitation_invitee_id_user'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['inviter_id'], ['user.user_id'], name=op.f('fk_invitation_inviter_id_user'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['model_id'], ['model.model_id'], name=op.f('fk_invitation_model_id_model'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('invitation_id', name=op.f('pk_invitation')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invitation_ds_id'), ['ds_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invitation_invitee_id'), ['invitee_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invitation_inviter_id'), ['inviter_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invitation_model_id'), ['model_id'], unique=False)

    op.create_table('item_epoch',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('model_id', sa.Integer(), nullable=True),
    sa.Column('ds_id', sa.Integer(), nullable=True),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('mac', sa.LargeBinary(length=32).with_variant(mysql.VARBINARY(length=32), 'mysql'), nullable=False),
    sa.CheckConstraint('(model_id is null) <> (ds_id is null)', name=op.f('ck_item_epoch_one_item')),
    sa.ForeignKeyConstraint(['ds_id'], ['dataset.ds_id'], name=op.f('fk_item_epoch_ds_id_dataset'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['model_id'], ['model.model_id'], name=op.f('fk_item_epoch_model_id_model'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_epoch')),
    sa.UniqueConstraint('ds_id', name=op.f('uq_item_epoch_ds_id')),
    sa.UniqueConstraint('model_id', name=op.f('uq_item_epoch_model_id')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    op.create_table('invitation_wrap',
    sa.Column('invitation_id', sa.String(length=64), nullable=False),
    sa.Column('blob_id', sa.String(length=64), nullable=False),
    sa.Column('key_id', sa.String(length=64), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(length=512).with_variant(mysql.VARBINARY(length=512), 'mysql'), nullable=False),
    sa.ForeignKeyConstraint(['blob_id'], ['artifact.blob_id'], name=op.f('fk_invitation_wrap_blob_id_artifact'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['invitation_id'], ['invitation.invitation_id'], name=op.f('fk_invitation_wrap_invitation_id_invitation'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('invitation_id', 'blob_id', name=op.f('pk_invitation_wrap')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('invitation_wrap', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invitation_wrap_blob_id'), ['blob_id'], unique=False)

    op.create_table('key_wrap',
    sa.Column('blob_id', sa.String(length=64), nullable=False),
    sa.Column('key_id', sa.String(length=64), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(length=512).with_variant(mysql.VARBINARY(length=512), 'mysql'), nullable=False),
    sa.ForeignKeyConstraint(['blob_id'], ['artifact.blob_id'], name=op.f('fk_key_wrap_blob_id_artifact'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('blob_id', 'key_id', name=op.f('pk_key_wrap')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('key_wrap', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_key_wrap_key_id'), ['key_id'], unique=False)

    _encrypt()

    with op.batch_alter_table('hub_key', schema=None) as batch_op:
        batch_op.add_column(sa.Column('mac', sa.LargeBinary(length=32).with_variant(mysql.VARBINARY(length=32), 'mysql'), nullable=True))
        batch_op.alter_column('wrapped_private',
               existing_type=_LONG,
               nullable=True)

    with op.batch_alter_table('item_grant', schema=None) as batch_op:
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=True, comment='the only version it is for; none: all, later ones too'))
        batch_op.add_column(sa.Column('epoch', sa.Integer(), nullable=True, comment="the item's epoch that the signature is for"))
        batch_op.add_column(sa.Column('invitation_id', sa.String(length=64), nullable=True, comment='the invitation it came from'))
        batch_op.add_column(sa.Column('signed_by', sa.String(length=64), nullable=True, comment="the owner's signing key"))
        batch_op.add_column(sa.Column('signature', sa.LargeBinary(length=512).with_variant(mysql.VARBINARY(length=512), 'mysql'), nullable=True, comment="the owner's, over what the grant says"))

    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('keys_box', sa.LargeBinary().with_variant(mysql.LONGBLOB(), 'mysql'), nullable=True, comment="the person's private keys, sealed under what only the browser's cookie holds"))



def downgrade() -> None:
    op.drop_column('web_session', 'keys_box')
    for column in ('signature', 'signed_by', 'invitation_id', 'epoch', 'version'):
        op.drop_column('item_grant', column)
    op.execute("DELETE FROM hub_key WHERE wrapped_private IS NULL")
    with op.batch_alter_table('hub_key', schema=None) as batch_op:
        batch_op.alter_column('wrapped_private', existing_type=_LONG, nullable=False)
        batch_op.drop_column('mac')
    _decrypt()
    for table in ('key_wrap', 'invitation_wrap', 'item_epoch', 'invitation', 'artifact', 'staged_file', 'person_key'):
        op.drop_table(table)


# --- what was kept in clear so far ----------------------------------------------------------------

_LONG = sa.LargeBinary().with_variant(mysql.LONGBLOB(), 'mysql')
_TEXTS = {
    'chat_thread': ('thread_id', ('title', 'meta', 'tags')),
    'chat_step': ('step_id', ('search', 'data')),
    'chat_element': ('element_id', ('data', 'content')),
    'chat_feedback': ('feedback_id', ('comment',)),
}


def _encrypt() -> None:
    """The name of a conversation was too narrow a column for this, so there is a new one for it."""
    op.add_column('chat_thread', sa.Column('title', sa.Text().with_variant(mysql.LONGTEXT(), 'mysql'), nullable=True))
    op.execute('UPDATE chat_thread SET title = name')
    op.drop_column('chat_thread', 'name')
    _convert(seal_text, lambda cipher, plain, where: cipher.seal(plain, where))


def _decrypt() -> None:
    _convert(open_text, lambda cipher, sealed, where: cipher.open(sealed, where))
    op.add_column('chat_thread', sa.Column('name', sa.String(255), nullable=True))
    op.execute('UPDATE chat_thread SET name = title')
    op.drop_column('chat_thread', 'title')


def _convert(text: Callable[..., str], binary: Callable[..., bytes]) -> None:
    connection = op.get_bind()
    for name, (key, columns) in _TEXTS.items():
        table = sa.table(name, *(sa.column(column) for column in (key, *columns)))
        keys = list(connection.scalars(sa.select(table.c[key])))
        for each in keys:
            row = connection.execute(sa.select(table).where(table.c[key] == each)).mappings().one()
            changed = {}
            for column in columns:
                value, where = row[column], f'{name}.{column}'
                if isinstance(value, bytes):
                    changed[column] = binary(cipher_of(connection.dialect), value, where)
                elif value is not None:
                    changed[column] = text(connection.dialect, value, where)
            if changed:
                connection.execute(sa.update(table).where(table.c[key] == each).values(**changed))
