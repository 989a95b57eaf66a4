"""The text of a PDF, page after page. What the text means is for the readers of text."""

from __future__ import annotations

import io
import logging

import pypdf

from publisher.errors import ReadError

_PAGES = 300
"""Pages read at most: an article has a few, a report goes to the letter as a link."""
_LETTERS = 500_000  # characters: what more pages say is no article


def text(data: bytes, place: str) -> str:
    """Return the text of a PDF. Raises ``ReadError`` when it is damaged, encrypted, or holds pictures of text only."""
    log = logging.getLogger("pypdf")
    level = log.level
    log.setLevel(logging.CRITICAL)  # what it would log is either mended by it or told by the error below
    try:
        whole = _extracted(data)
    except Exception as error:  # pypdf raises more than its own errors on damaged files
        raise ReadError(
            "le PDF est abîmé et ne peut pas être lu.", place=place, remedy="Enregistrez-le de nouveau depuis le site."
        ) from error
    finally:
        log.setLevel(level)
    if whole is None:
        raise ReadError(
            "le PDF est protégé par un mot de passe.", place=place, remedy="Enregistrez-le sans protection."
        )
    if not whole.strip():
        raise ReadError(
            "le PDF ne contient pas de texte, seulement des images de pages.",
            place=place,
            remedy="Saisissez l’article en Markdown, ou faites reconnaître le texte (OCR).",
        )
    return whole


def _extracted(data: bytes) -> str | None:
    """Return the pages' text, ``None`` when a password is wanted."""
    document = pypdf.PdfReader(io.BytesIO(data))
    if document.is_encrypted and not document.decrypt(""):
        return None
    said: list[str] = []
    for page in document.pages[:_PAGES]:
        said.append(page.extract_text())
        if sum(map(len, said)) > _LETTERS:
            break
    return "\n".join(said)
