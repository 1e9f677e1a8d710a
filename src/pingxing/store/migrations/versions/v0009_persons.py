"""Who was verified (deep-synthesis provisions, art. 9)."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "persons",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("mark", sa.String(length=64)),
        sa.Column("means", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=32)),
        sa.Column("log_index", sa.BigInteger()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_persons_account"),
        sa.ForeignKeyConstraint(["by"], ["accounts.id"], name="fk_persons_by"),
        sa.PrimaryKeyConstraint("account", name="pk_persons"),
        sa.UniqueConstraint("mark", name="uq_persons_mark"),
    )
    op.create_index("ix_persons_ends_at", "persons", ["ends_at"])


def downgrade() -> None:
    op.drop_table("persons")
