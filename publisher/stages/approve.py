"""Approve: freeze an edition as the only one of its issue that may be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.errors import ApprovalError
from publisher.protocols import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from publisher.edition import Edition
    from publisher.preflight import Finding
    from publisher.protocols import Approval, Diary, EditionStore

APPROVED = "approved"


def approve(  # noqa: PLR0913 - the ports of one stage
    edition: Edition, findings: Sequence[Finding], *, editions: EditionStore, diary: Diary, by: str, now: datetime
) -> Approval:
    """Store the approval and return it. Raises ``ApprovalError`` while preflight still finds an error."""
    refuse_errors(edition, findings)
    approval = editions.approve(edition, by=by, now=now)
    diary.mark(Mark(issue=edition.issue, action=APPROVED, at=now))
    return approval


def refuse_errors(edition: Edition, findings: Sequence[Finding]) -> None:
    """Raise ``ApprovalError`` while preflight still finds an error."""
    errors = tuple(finding for finding in findings if finding.level == "error")
    if errors:
        count = "une erreur reste" if len(errors) == 1 else f"{len(errors)} erreurs restent"
        raise ApprovalError(
            f"Le numéro {edition.issue} n’est pas approuvé : {count} à corriger.",
            remedy=f"« publisher check {edition.issue} » dit lesquelles et comment.",
        )


def approved(issue: str, editions: EditionStore) -> Approval:
    """Return the approval in force. Raises ``ApprovalError`` when the issue bears none."""
    approval = editions.approved(issue)
    if approval is None:
        raise ApprovalError(
            f"Le numéro {issue} n’est pas approuvé ; rien n’a été envoyé.",
            remedy=f"Regardez-le (« publisher preview {issue} »), puis « publisher approve {issue} ».",
        )
    return approval
