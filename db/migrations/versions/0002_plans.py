"""plans"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import sqlite
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('plan',
    sa.Column('plan_ref', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.String(length=64), nullable=False),
    sa.Column('planned', sa.String(length=64), nullable=False),
    sa.Column('arguments', sa.LargeBinary().with_variant(mysql.LONGBLOB(), 'mysql'), nullable=True, comment='sealed; gone once the plan is settled'),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('said', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False),
    sa.Column('expires_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False),
    sa.CheckConstraint("state in ('open', 'done', 'cancelled', 'stale')", name=op.f('ck_plan_state')),
    sa.ForeignKeyConstraint(['user_id'], ['user.user_id'], name=op.f('fk_plan_user_id_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('plan_ref', name=op.f('pk_plan')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('plan', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_plan_user_id'), ['user_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('plan', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_user_id'))
        batch_op.drop_index(batch_op.f('ix_plan_expires_at'))

    op.drop_table('plan')
