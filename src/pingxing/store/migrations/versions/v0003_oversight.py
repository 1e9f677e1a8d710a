"""Appeals that the house opens by itself, and by when each is to be answered; jobs found by their time."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WEEK_US = 7 * 24 * 3600 * 1_000_000  # what was promised before there was a setting


def upgrade() -> None:
    op.add_column("appeals", sa.Column("kind", sa.String(length=16), nullable=False, server_default="contested"))
    op.add_column("appeals", sa.Column("due_at", sa.BigInteger(), nullable=False, server_default="0"))
    appeals = sa.table("appeals", sa.column("due_at", sa.BigInteger()), sa.column("created_at", sa.BigInteger()))
    op.execute(appeals.update().values(due_at=appeals.c.created_at + _WEEK_US))
    op.create_index("ix_jobs_created_at", "jobs", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_jobs_created_at", "jobs")
    op.drop_column("appeals", "due_at")
    op.drop_column("appeals", "kind")
