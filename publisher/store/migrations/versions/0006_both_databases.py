"""Indexes that serve, and what made PostgreSQL stricter than SQLite: lengths of words, order of a language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_WORDS = (
    ("subscriber", "language"),
    ("subscriber_segment", "segment"),
    ("suppression", "reason"),
    ("delivery", "reason"),
    ("returned", "key"),
    ("pace", "key"),
)


def upgrade() -> None:
    """Change the indexes; on PostgreSQL widen the words that come from outside."""
    op.drop_index("ix_delivery_planned", "delivery")
    op.drop_index("ix_delivery_subscriber", "delivery")
    named = sa.text("message_id <> ''")
    op.create_index(
        "ix_delivery_message_id",
        "delivery",
        ["message_id"],
        unique=False,
        sqlite_where=named,
        postgresql_where=named,
    )
    if op.get_bind().dialect.name != "postgresql":
        return
    op.create_index(
        "ix_delivery_planned",
        "delivery",
        ["campaign", "attempts", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'planned'"),
    )
    for table, column in _WORDS:
        op.alter_column(table, column, type_=sa.Text())
    op.drop_constraint("ck_story_decision_order", "story_decision")
    op.create_check_constraint(op.f("ck_story_decision_order"), "story_decision", '"left" COLLATE "C" < "right"')
