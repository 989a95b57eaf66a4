"""The triggers: what a constraint cannot say, said to SQLite and to PostgreSQL each in its own words.

They run nothing by themselves; ``attach`` hangs them on the tables for ``metadata.create_all``, and each
migration carries its own frozen copy.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import DDL, MetaData, event


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


RULES = (
    Rule(
        name="item_first_seen_stays",
        table="item",
        action="UPDATE OF first_seen",
        condition="NEW.first_seen <> OLD.first_seen",
        text="first_seen never moves",
    ),
)


def attach(metadata: MetaData) -> None:
    """Make ``metadata.create_all`` create the rules after the tables."""
    for rule in RULES:
        for dialect, statements in (("sqlite", rule.sqlite()), ("postgresql", rule.postgresql())):
            for statement in statements:
                words = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
                event.listen(metadata.tables[rule.table], "after_create", words.execute_if(dialect=dialect))
