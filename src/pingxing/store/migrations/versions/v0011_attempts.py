"""How people tried to be verified: what they entered themselves, and what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("case", sa.String(length=32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("appeal", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("refused_by", sa.String(length=32)),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_attempts_account"),
        sa.ForeignKeyConstraint(["refused_by"], ["accounts.id"], name="fk_attempts_refused_by"),
        sa.PrimaryKeyConstraint("account", name="pk_attempts"),
    )


def downgrade() -> None:
    op.drop_table("attempts")
