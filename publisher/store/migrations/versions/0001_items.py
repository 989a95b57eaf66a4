"""Items and what is remembered of their sources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOVED = "NEW.first_seen <> OLD.first_seen"
_ON = "item_first_seen_stays BEFORE UPDATE OF first_seen ON item FOR EACH ROW"
_REFUSED = "RAISE EXCEPTION 'first_seen never moves' USING ERRCODE = 'integrity_constraint_violation'"
TRIGGERS = {
    "sqlite": (f"CREATE TRIGGER {_ON} WHEN {_MOVED} BEGIN SELECT RAISE(ABORT, 'first_seen never moves'); END",),
    "postgresql": (
        f"CREATE FUNCTION item_first_seen_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_REFUSED}; END $$",
        f"CREATE TRIGGER {_ON} WHEN ({_MOVED}) EXECUTE FUNCTION item_first_seen_stays()",
    ),
}


def upgrade() -> None:
    """Make the tables and their rules."""
    op.create_table(
        "source",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_new", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("configured", sa.Text(), nullable=False),
        sa.Column("numbers", sa.Integer(), nullable=False),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_source_failures")),
        sa.CheckConstraint("numbers >= 0", name=op.f("ck_source_numbers")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_source")),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.String(length=250), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = source || ':' || CAST(number AS VARCHAR(20))", name=op.f("ck_item_id")),
        sa.CheckConstraint("number > 0", name=op.f("ck_item_number")),
        sa.CheckConstraint("version > 0", name=op.f("ck_item_version")),
        sa.ForeignKeyConstraint(["source"], ["source.key"], name=op.f("fk_item_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("source", "number", name=op.f("uq_item_source_number")),
    )
    op.create_index("ix_item_first_seen", "item", ["first_seen"], unique=False)
    op.create_table(
        "item_alias",
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("item", sa.String(length=250), nullable=False),
        sa.CheckConstraint("kind IN ('guid', 'address', 'content')", name=op.f("ck_item_alias_kind")),
        sa.CheckConstraint("value <> ''", name=op.f("ck_item_alias_value")),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name=op.f("fk_item_alias_item")),
        sa.ForeignKeyConstraint(["source"], ["source.key"], name=op.f("fk_item_alias_source")),
        sa.PrimaryKeyConstraint("source", "kind", "value", name=op.f("pk_item_alias")),
    )
    op.create_index("ix_item_alias_item", "item_alias", ["item"], unique=False)
    op.create_table(
        "item_version",
        sa.Column("item", sa.String(length=250), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_item_version_version")),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name=op.f("fk_item_version_item")),
        sa.PrimaryKeyConstraint("item", "version", name=op.f("pk_item_version")),
    )
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)
