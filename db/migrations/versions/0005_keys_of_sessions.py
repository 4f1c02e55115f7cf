"""keys of sessions, and challenges to prove them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import sqlite
revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('public_key', sa.LargeBinary().with_variant(mysql.LONGBLOB(), 'mysql'), nullable=True, comment="the browser's, bound once: a point on P-256"))
        batch_op.add_column(sa.Column('proved_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=True))
    op.create_table('session_challenge',
    sa.Column('nonce_hash', sa.String(length=64), nullable=False),
    sa.Column('session_id', sa.String(length=64), nullable=False),
    sa.Column('expires_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=False),
    sa.Column('used_at', sa.DateTime().with_variant(sqlite.DATETIME(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['session_id'], ['web_session.session_id'], name=op.f('fk_session_challenge_session_id_web_session'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('nonce_hash', name=op.f('pk_session_challenge')),
    mysql_collate='utf8mb4_bin',
    mysql_default_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    with op.batch_alter_table('session_challenge', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_session_challenge_expires_at'), ['expires_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_session_challenge_session_id'), ['session_id'], unique=False)


def downgrade() -> None:
    op.drop_table('session_challenge')
    with op.batch_alter_table('web_session', schema=None) as batch_op:
        batch_op.drop_column('proved_at')
        batch_op.drop_column('public_key')
