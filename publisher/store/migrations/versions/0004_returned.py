"""What came back: every decision about a returned message, with its evidence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.schema import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "returned",
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("subscriber", sa.Integer(), nullable=True),
        sa.Column("delivery", sa.Integer(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint(
            "action IN ('strike', 'count', 'complaint', 'unsubscribe', 'ignore', 'show')",
            name=op.f("ck_returned_action"),
        ),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name=op.f("fk_returned_delivery")),
        sa.ForeignKeyConstraint(["subscriber"], ["subscriber.id"], name=op.f("fk_returned_subscriber")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_returned")),
    )
    op.create_index("ix_returned_at", "returned", ["at"], unique=False)
    op.create_index(
        "ix_returned_soft",
        "returned",
        ["subscriber", "at"],
        unique=False,
        sqlite_where=sa.text("action = 'count'"),
        postgresql_where=sa.text("action = 'count'"),
    )
