"""Approved editions: which bytes may be sent for an issue, and who said so. It renders nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from publisher import edition as frozen
from publisher.errors import ApprovalError, StoreError
from publisher.protocols import Approval
from publisher.store.database import reading, writing
from publisher.store.schema import approval, campaign
from publisher.store.sentences import place

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from publisher.edition import Edition


class Editions:
    """``protocols.EditionStore`` over the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def approve(self, edition: Edition, *, by: str, now: datetime) -> Approval:
        """Freeze this edition for its issue and return the approval in force.

        Approving the same edition again keeps the first approval. Raises ``ApprovalError`` once deliveries of
        another digest exist: what some people received is what the others will.
        """
        digest = edition.digest
        of_issue = approval.c.issue == edition.issue
        with writing(self._engine, durable=True) as connection:
            sent = connection.execute(sa.select(campaign.c.digest).where(campaign.c.issue == edition.issue)).scalar()
            if sent is not None and sent != digest:
                raise ApprovalError(
                    f"Le numéro {edition.issue} est déjà en cours d’envoi ou envoyé\u00a0: "
                    "une autre version ne peut plus être approuvée.",
                    remedy="Une correction se publie dans le numéro suivant.",
                )
            connection.execute(sa.update(approval).where(of_issue, approval.c.digest != digest).values(in_force=False))
            again = sa.update(approval).where(of_issue, approval.c.digest == digest, ~approval.c.in_force)
            connection.execute(again.values(in_force=True, by=by, approved=now))
            known = sa.select(approval.c.id).where(of_issue, approval.c.digest == digest)
            if connection.execute(known).first() is None:
                row = {"issue": edition.issue, "digest": digest, "approved": now, "by": by}
                connection.execute(sa.insert(approval).values(**row, body=frozen.dumps(edition), in_force=True))
            found = connection.execute(sa.select(approval).where(of_issue, approval.c.in_force)).one()
        return self._approval(found)

    def approved(self, issue: str) -> Approval | None:
        """Return the approval in force. Raises ``StoreError`` when the stored edition is not what was approved."""
        query = sa.select(approval).where(approval.c.issue == issue, approval.c.in_force)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return self._approval(row) if row is not None else None

    def approvals(self) -> tuple[Approval, ...]:
        """Return every approval in force, oldest issue first."""
        query = sa.select(approval).where(approval.c.in_force).order_by(approval.c.issue)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(self._approval(row) for row in rows)

    def _approval(self, row: sa.Row[tuple[int, str, str, datetime, str, str, bool]]) -> Approval:
        try:
            edition = frozen.loads(row.body)
            intact = edition.digest == row.digest
        except (ValueError, TypeError, KeyError) as error:
            raise self._damaged(row.issue) from error
        if not intact:
            raise self._damaged(row.issue)
        return Approval(issue=row.issue, digest=row.digest, approved=row.approved, by=row.by, edition=edition)

    def _damaged(self, issue: str) -> StoreError:
        return StoreError(
            f"l’édition approuvée du numéro {issue} n’est plus celle qui avait été approuvée.",
            place=place(self._engine.url),
            remedy=f"Rien ne sera envoyé. Regardez le numéro puis relancez «\u00a0publisher approve {issue}\u00a0».",
        )
