"""Agreements, and copies without a visible mark."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("terms", sa.String(length=64), nullable=False),
        sa.Column("credential", sa.String(length=80), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_agreements_account_accounts")),
        sa.PrimaryKeyConstraint("account", "terms", name=op.f("pk_agreements")),
    )
    op.create_table(
        "copies",
        sa.Column("receipt", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_copies_account_accounts")),
        sa.ForeignKeyConstraint(["origin"], ["receipts.id"], name=op.f("fk_copies_origin_receipts")),
        sa.ForeignKeyConstraint(["receipt"], ["receipts.id"], name=op.f("fk_copies_receipt_receipts")),
        sa.PrimaryKeyConstraint("receipt", name=op.f("pk_copies")),
    )
    op.create_index(op.f("ix_copies_origin"), "copies", ["origin"])


def downgrade() -> None:
    op.drop_table("copies")
    op.drop_table("agreements")
