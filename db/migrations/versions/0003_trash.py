"""what was deleted and can be restored"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import sqlite
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('trash',
    sa.Column('trash_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('item_id', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('item_name', sa.String(length=190), nullable=False),
    sa.Column('name_key', sa.String(length=190), nullable=False),
    sa.Column('deleted_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False),
    sa.Column('last_model', sa.Integer(), nullable=False),
    sa.Column('last_dataset', sa.Integer(), nullable=False),
    sa.Column('kept', sa.Text().with_variant(mysql.LONGTEXT(), 'mysql'), nullable=False, comment='JSON: the rows of each table'),
    sa.CheckConstraint("kind in ('model', 'dataset')", name=op.f('ck_trash_kind')),
    sa.ForeignKeyConstraint(['owner_id'], ['user.user_id'], name=op.f('fk_trash_owner_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('trash_id', name=op.f('pk_trash')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('trash', schema=None) as batch_op:
        batch_op.create_index('ix_trash_item', ['kind', 'item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_trash_deleted_at'), ['deleted_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_trash_owner_id'), ['owner_id'], unique=False)


def downgrade() -> None:
    op.drop_table('trash')
