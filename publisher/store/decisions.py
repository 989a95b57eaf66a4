"""A person's word on which items tell the same news. It weighs nothing: ``stories.group`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from publisher.errors import StoreError
from publisher.store.database import reading, upsert, writing
from publisher.store.schema import item, story_decision
from publisher.stories import Decision

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine


class Decisions:
    """The decisions in force, one for each pair of items."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> tuple[Decision, ...]:
        """Return every decision, in the order of the items' ids."""
        columns = story_decision.c
        query = sa.select(columns.left, columns.right, columns.together, columns.at)
        with reading(self._engine) as connection:
            return tuple(
                Decision(left=row.left, right=row.right, together=row.together, at=row.at)
                for row in connection.execute(query.order_by(columns.left, columns.right))
            )

    def decide(self, decision: Decision, *, by: str, now: datetime) -> None:
        """Store a decision; a later one on the same two items replaces it. Raises ``StoreError`` for unknown items."""
        left, right = sorted((decision.left, decision.right))
        with writing(self._engine, durable=True) as connection:
            known = set(connection.execute(sa.select(item.c.id).where(item.c.id.in_([left, right]))).scalars())
            for name in (left, right):
                if name not in known:
                    raise StoreError(
                        f"l’article «\u00a0{name}\u00a0» n’existe pas.",
                        remedy="«\u00a0publisher items\u00a0» les montre.",
                    )
            if left == right:
                raise StoreError(f"«\u00a0{left}\u00a0» est nommé deux fois\u00a0: il en faut deux.")
            upsert(
                connection,
                story_decision,
                key={"left": left, "right": right},
                values={"together": decision.together, "by": by, "at": now},
            )
