"""The operator's rule packs and what was done with them; notices about delivered pictures; answers that were read."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appeals", sa.Column("seen_at", sa.BigInteger()))
    appeals = sa.table("appeals", sa.column("seen_at", sa.BigInteger()), sa.column("decided_at", sa.BigInteger()))
    op.execute(appeals.update().values(seen_at=appeals.c.decided_at))  # answers of before are no news
    op.create_index("ix_appeals_account", "appeals", ["account"])
    op.create_table(
        "packs",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signer", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_packs_account"),
        sa.PrimaryKeyConstraint("name", "version", name="pk_packs"),
    )
    op.create_table(
        "pack_moves",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_pack_moves_account"),
        sa.ForeignKeyConstraint(["name", "version"], ["packs.name", "packs.version"], name="fk_pack_moves_name"),
        sa.PrimaryKeyConstraint("number", name="pk_pack_moves"),
    )
    op.create_table(
        "shadow_hits",
        sa.Column("rule", sa.String(length=160), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "day", name="pk_shadow_hits"),
    )
    op.create_table(
        "searches",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("looked", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_searches_account"),
        sa.PrimaryKeyConstraint("id", name="pk_searches"),
    )
    op.create_table(
        "notices",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("receipt", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_notices_account"),
        sa.ForeignKeyConstraint(["receipt"], ["receipts.id"], name="fk_notices_receipt"),
        sa.PrimaryKeyConstraint("number", name="pk_notices"),
    )
    op.create_index("ix_notices_receipt", "notices", ["receipt"])


def downgrade() -> None:
    for table in ("notices", "searches", "shadow_hits", "pack_moves", "packs"):
        op.drop_table(table)
    op.drop_index("ix_appeals_account", "appeals")
    op.drop_column("appeals", "seen_at")
