"""invitations and grants are for a key, and an invitation has the grant's signature"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, sqlite

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime().with_variant(sqlite.DATETIME(), "sqlite")
SIGNATURE = sa.LargeBinary(512).with_variant(mysql.VARBINARY(512), "mysql")


def upgrade() -> None:
    # No row of these tables was ever made: nobody could invite yet.
    with op.batch_alter_table("item_grant") as table:
        table.add_column(
            sa.Column("key_id", sa.String(64), nullable=True, comment="the person's encryption key that it is for")
        )
    with op.batch_alter_table("invitation") as table:
        table.drop_column("grant_expires_at")
        table.alter_column(
            "expires_at", existing_type=MOMENT, existing_nullable=True, comment="when it ends, and what it lets in to"
        )
        table.alter_column(
            "signed_by", existing_type=sa.String(64), existing_nullable=False, comment="the owner's signing key"
        )
        table.alter_column(
            "signature",
            existing_type=SIGNATURE,
            existing_nullable=False,
            comment="the owner's, over what the invitation says",
        )
        table.add_column(
            sa.Column("key_id", sa.String(64), nullable=False, comment="the invitee's encryption key that it is for")
        )
        table.add_column(
            sa.Column("grant_signature", SIGNATURE, nullable=False, comment="the owner's, over the grant it becomes")
        )
    with op.batch_alter_table("invitation_wrap") as table:
        table.drop_column("key_id")


def downgrade() -> None:
    with op.batch_alter_table("invitation_wrap") as table:
        table.add_column(sa.Column("key_id", sa.String(64), nullable=False))
    with op.batch_alter_table("invitation") as table:
        table.drop_column("grant_signature")
        table.drop_column("key_id")
        table.add_column(sa.Column("grant_expires_at", MOMENT, nullable=True))
    with op.batch_alter_table("item_grant") as table:
        table.drop_column("key_id")
