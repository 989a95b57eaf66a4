"""A person's word on whether two items tell the same news."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.schema import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "story_decision",
        sa.Column("left", sa.String(250), nullable=False),
        sa.Column("right", sa.String(250), nullable=False),
        sa.Column("together", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint('"left" < "right"', name=op.f("ck_story_decision_order")),
        sa.ForeignKeyConstraint(["left"], ["item.id"], name=op.f("fk_story_decision_left")),
        sa.ForeignKeyConstraint(["right"], ["item.id"], name=op.f("fk_story_decision_right")),
        sa.PrimaryKeyConstraint("left", "right", name=op.f("pk_story_decision")),
    )
