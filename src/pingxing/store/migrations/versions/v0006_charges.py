"""What a job costs and was charged, by when it must be ready; an account's weight and allowance."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("cost", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("spent", sa.BigInteger()))
    op.add_column("jobs", sa.Column("due_at", sa.BigInteger()))
    op.add_column("accounts", sa.Column("weight", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("accounts", sa.Column("steps_per_day", sa.BigInteger()))
    # Jobs of before cost nothing.
    op.execute("UPDATE jobs SET spent = 0 WHERE state NOT IN ('queued', 'running')")


def downgrade() -> None:
    for name in ("steps_per_day", "weight"):
        op.drop_column("accounts", name)
    for name in ("due_at", "spent", "cost"):
        op.drop_column("jobs", name)
