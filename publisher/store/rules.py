"""The triggers: what a constraint cannot say, said to SQLite and to PostgreSQL each in its own words.

They run nothing by themselves; ``attach`` hangs them on the tables for ``metadata.create_all``, and each
migration carries its own frozen copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import DDL, MetaData, event

from publisher.delivery import LEGAL

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A refusal: ``condition`` (over OLD and NEW) makes ``action`` on ``table`` fail with ``text``."""

    name: str
    table: str
    action: str
    condition: str
    text: str

    def sqlite(self) -> tuple[str, ...]:
        """Return the statements for SQLite."""
        when = f"BEFORE {self.action} ON {self.table} FOR EACH ROW WHEN {self.condition}"
        return (f"CREATE TRIGGER {self.name} {when} BEGIN SELECT RAISE(ABORT, '{self.text}'); END",)

    def postgresql(self) -> tuple[str, ...]:
        """Return the statements for PostgreSQL."""
        refuse = f"RAISE EXCEPTION '{self.text}' USING ERRCODE = 'integrity_constraint_violation'"
        when = f"BEFORE {self.action} ON {self.table} FOR EACH ROW WHEN ({self.condition})"
        return (
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse}; END $$",
            f"CREATE TRIGGER {self.name} {when} EXECUTE FUNCTION {self.name}()",
        )


def _illegal(legal: Iterable[tuple[str, str]]) -> str:
    moves = ", ".join(f"'{old}>{new}'" for old, new in legal)
    return f"OLD.state || '>' || NEW.state NOT IN ({moves})"


CAMPAIGN_LEGAL = (
    ("running", "paused"),
    ("running", "cancelled"),
    ("running", "done"),
    ("paused", "running"),
    ("paused", "cancelled"),
    ("paused", "done"),
    ("done", "running"),
)
"""Which state of a campaign may follow which."""

RULES = (
    Rule(
        name="item_first_seen_stays",
        table="item",
        action="UPDATE OF first_seen",
        condition="NEW.first_seen <> OLD.first_seen",
        text="first_seen never moves",
    ),
    Rule(
        name="approval_stays",
        table="approval",
        action="UPDATE OF issue, digest, body",
        condition="NEW.issue <> OLD.issue OR NEW.digest <> OLD.digest OR NEW.body <> OLD.body",
        text="an approved edition never changes",
    ),
    Rule(
        name="campaign_moves_legally",
        table="campaign",
        action="UPDATE OF state",
        condition=_illegal(CAMPAIGN_LEGAL),
        text="illegal move of a campaign",
    ),
    Rule(
        name="campaign_stays",
        table="campaign",
        action="UPDATE OF issue, digest",
        condition="NEW.issue <> OLD.issue OR NEW.digest <> OLD.digest",
        text="a campaign never changes its edition",
    ),
    Rule(
        name="delivery_starts_legally",
        table="delivery",
        action="INSERT",
        condition="NEW.state NOT IN ('planned', 'excluded')",
        text="a delivery starts planned or excluded",
    ),
    Rule(
        name="delivery_moves_legally",
        table="delivery",
        action="UPDATE OF state",
        condition=_illegal((old.value, new.value) for old, followers in LEGAL.items() for new in followers),
        text="illegal move of a delivery",
    ),
    Rule(
        name="delivery_stays",
        table="delivery",
        action="UPDATE OF campaign, subscriber",
        condition="NEW.campaign <> OLD.campaign OR NEW.subscriber <> OLD.subscriber",
        text="a delivery never changes its recipient",
    ),
    Rule(
        name="delivery_message_id_stays",
        table="delivery",
        action="UPDATE OF message_id",
        condition="OLD.message_id <> '' AND NEW.message_id <> OLD.message_id",
        text="a delivery keeps its Message-ID",
    ),
    Rule(
        name="delivery_is_never_forgotten",
        table="delivery",
        action="DELETE",
        condition="OLD.state NOT IN ('planned', 'excluded', 'cancelled')",
        text="the ledger forgets nothing that went out",
    ),
)


def attach(metadata: MetaData) -> None:
    """Make ``metadata.create_all`` create the rules after the tables."""
    for rule in RULES:
        for dialect, statements in (("sqlite", rule.sqlite()), ("postgresql", rule.postgresql())):
            for statement in statements:
                words = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
                event.listen(metadata.tables[rule.table], "after_create", words.execute_if(dialect=dialect))
