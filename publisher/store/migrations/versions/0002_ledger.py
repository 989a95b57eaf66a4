"""Approved editions, what was done when, subscribers, and the ledger with its rules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RULES = (
    (
        "approval_stays",
        "approval",
        "UPDATE OF issue, digest, body",
        "NEW.issue <> OLD.issue OR NEW.digest <> OLD.digest OR NEW.body <> OLD.body",
        "an approved edition never changes",
    ),
    (
        "campaign_moves_legally",
        "campaign",
        "UPDATE OF state",
        (
            "OLD.state || '>' || NEW.state NOT IN ("
            "'running>paused', 'running>cancelled', 'running>done', 'paused>running', "
            "'paused>cancelled', 'paused>done', 'done>running')"
        ),
        "illegal move of a campaign",
    ),
    (
        "campaign_stays",
        "campaign",
        "UPDATE OF issue, digest",
        "NEW.issue <> OLD.issue OR NEW.digest <> OLD.digest",
        "a campaign never changes its edition",
    ),
    (
        "delivery_starts_legally",
        "delivery",
        "INSERT",
        "NEW.state NOT IN ('planned', 'excluded')",
        "a delivery starts planned or excluded",
    ),
    (
        "delivery_moves_legally",
        "delivery",
        "UPDATE OF state",
        (
            "OLD.state || '>' || NEW.state NOT IN ("
            "'planned>claimed', 'planned>excluded', 'planned>cancelled', 'claimed>sent', "
            "'claimed>deferred', 'claimed>failed', 'claimed>uncertain', 'claimed>planned', "
            "'deferred>claimed', 'deferred>excluded', 'deferred>cancelled', 'failed>planned', "
            "'uncertain>sent', 'uncertain>deferred', 'uncertain>failed', 'uncertain>planned')"
        ),
        "illegal move of a delivery",
    ),
    (
        "delivery_stays",
        "delivery",
        "UPDATE OF campaign, subscriber",
        "NEW.campaign <> OLD.campaign OR NEW.subscriber <> OLD.subscriber",
        "a delivery never changes its recipient",
    ),
    (
        "delivery_message_id_stays",
        "delivery",
        "UPDATE OF message_id",
        "OLD.message_id <> '' AND NEW.message_id <> OLD.message_id",
        "a delivery keeps its Message-ID",
    ),
    (
        "delivery_is_never_forgotten",
        "delivery",
        "DELETE",
        "OLD.state NOT IN ('planned', 'excluded', 'cancelled')",
        "the ledger forgets nothing that went out",
    ),
)


def upgrade() -> None:
    """Make the tables and their rules."""
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("approved", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint("issue", "digest", name=op.f("uq_approval_issue_digest")),
    )
    op.create_index(
        "ix_approval_in_force",
        "approval",
        ["issue"],
        unique=True,
        sqlite_where=sa.text("in_force"),
        postgresql_where=sa.text("in_force"),
    )
    op.create_table(
        "delivery_told",
        sa.Column("issue", sa.String(length=20), nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("issue", "fingerprint", name=op.f("pk_delivery_told")),
    )
    op.create_table(
        "journal_mark",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("octets", sa.Integer(), nullable=False),
        sa.CheckConstraint("octets >= 0", name=op.f("ck_journal_mark_octets")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_journal_mark")),
    )
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("token", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("added", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'unsubscribed', 'bounced', 'complained')", name=op.f("ck_subscriber_state")
        ),
        sa.CheckConstraint("token <> ''", name=op.f("ck_subscriber_token")),
        sa.CheckConstraint("length(fingerprint) = 32", name=op.f("ck_subscriber_fingerprint")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_subscriber_fingerprint")),
        sa.UniqueConstraint("token", name=op.f("uq_subscriber_token")),
    )
    op.create_table(
        "suppression",
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_suppression_reason")),
        sa.CheckConstraint("length(fingerprint) = 32", name=op.f("ck_suppression_fingerprint")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_suppression")),
    )
    op.create_table(
        "timetable_event",
        sa.Column("issue", sa.String(length=20), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("issue", "action", name=op.f("pk_timetable_event")),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("segments", sa.Text(), nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("excluded", sa.Integer(), nullable=False),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.Column("pace_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pace_last", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pace_count", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('running', 'paused', 'cancelled', 'done')", name=op.f("ck_campaign_state")),
        sa.CheckConstraint("candidates = planned + excluded", name=op.f("ck_campaign_everybody")),
        sa.CheckConstraint("planned >= 0 AND excluded >= 0", name=op.f("ck_campaign_counts")),
        sa.ForeignKeyConstraint(
            ["issue", "digest"], ["approval.issue", "approval.digest"], name=op.f("fk_campaign_issue_digest")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("issue", name=op.f("uq_campaign_issue")),
    )
    op.create_table(
        "subscriber_segment",
        sa.Column("subscriber", sa.Integer(), nullable=False),
        sa.Column("segment", sa.String(length=100), nullable=False),
        sa.CheckConstraint("segment <> ''", name=op.f("ck_subscriber_segment_segment")),
        sa.ForeignKeyConstraint(["subscriber"], ["subscriber.id"], name=op.f("fk_subscriber_segment_subscriber")),
        sa.PrimaryKeyConstraint("subscriber", "segment", name=op.f("pk_subscriber_segment")),
    )
    op.create_index("ix_subscriber_segment_segment", "subscriber_segment", ["segment"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Integer(), nullable=False),
        sa.Column("subscriber", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'claimed') = (leased_until IS NOT NULL)", name=op.f("ck_delivery_lease")),
        sa.CheckConstraint("(state = 'deferred') = (next_try IS NOT NULL)", name=op.f("ck_delivery_next_try")),
        sa.CheckConstraint("state <> 'claimed' OR owner <> ''", name=op.f("ck_delivery_owner")),
        sa.CheckConstraint(
            "state IN ('planned', 'claimed', 'sent', 'deferred', 'failed', 'uncertain', 'excluded', 'cancelled')",
            name=op.f("ck_delivery_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('claimed', 'sent', 'uncertain') OR message_id <> ''", name=op.f("ck_delivery_message_id")
        ),
        sa.CheckConstraint(
            "state NOT IN ('failed', 'deferred', 'excluded') OR reason <> ''", name=op.f("ck_delivery_reason")
        ),
        sa.CheckConstraint("attempts >= 0 AND epoch >= attempts AND repeats >= 0", name=op.f("ck_delivery_counts")),
        sa.ForeignKeyConstraint(["campaign"], ["campaign.id"], name=op.f("fk_delivery_campaign")),
        sa.ForeignKeyConstraint(["subscriber"], ["subscriber.id"], name=op.f("fk_delivery_subscriber")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("campaign", "subscriber", name=op.f("uq_delivery_campaign_subscriber")),
    )
    op.create_index(
        "ix_delivery_claimed",
        "delivery",
        ["campaign", "owner"],
        unique=False,
        sqlite_where=sa.text("state = 'claimed'"),
        postgresql_where=sa.text("state = 'claimed'"),
    )
    op.create_index(
        "ix_delivery_deferred",
        "delivery",
        ["campaign", "next_try"],
        unique=False,
        sqlite_where=sa.text("state = 'deferred'"),
        postgresql_where=sa.text("state = 'deferred'"),
    )
    op.create_index(
        "ix_delivery_planned",
        "delivery",
        ["campaign", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index(
        "ix_delivery_reason",
        "delivery",
        ["campaign", "state", "reason"],
        unique=False,
        sqlite_where=sa.text("reason <> ''"),
        postgresql_where=sa.text("reason <> ''"),
    )
    op.create_index(
        "ix_delivery_repeats",
        "delivery",
        ["campaign", "repeats"],
        unique=False,
        sqlite_where=sa.text("repeats > 0"),
        postgresql_where=sa.text("repeats > 0"),
    )
    op.create_index("ix_delivery_state", "delivery", ["campaign", "state"], unique=False)
    op.create_index("ix_delivery_subscriber", "delivery", ["subscriber"], unique=False)
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, action, condition, text in RULES:
        on = f"BEFORE {action} ON {table} FOR EACH ROW"
        if sqlite:
            op.execute(
                f"CREATE TRIGGER {name} {on} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{text}'); END",
            )
            continue
        refuse = f"RAISE EXCEPTION '{text}' USING ERRCODE = 'integrity_constraint_violation'"
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse}; END $$")
        op.execute(f"CREATE TRIGGER {name} {on} WHEN ({condition}) EXECUTE FUNCTION {name}()")
