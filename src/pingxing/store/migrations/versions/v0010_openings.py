"""Who asked to see whose name, why, and who approved."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "openings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("asker", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("second", sa.String(length=32)),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("shown_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["subject"], ["accounts.id"], name="fk_openings_subject"),
        sa.ForeignKeyConstraint(["asker"], ["accounts.id"], name="fk_openings_asker"),
        sa.ForeignKeyConstraint(["second"], ["accounts.id"], name="fk_openings_second"),
        sa.PrimaryKeyConstraint("id", name="pk_openings"),
    )


def downgrade() -> None:
    op.drop_table("openings")
