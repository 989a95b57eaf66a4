"""The text of a PDF, page after page. What the text means is for the readers of text."""

from __future__ import annotations

import io
import logging
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from publisher.errors import ReadError

if TYPE_CHECKING:
    import pypdf

_PAGES = 300
"""Pages read at most: an article has a few, a report goes to the letter as a link."""
_LETTERS = 500_000  # characters: what more pages say is no article
_WHOLE = 0.95  # of the characters
_APART = 0.8  # of the lines
_FEW = 8  # lines
# What pypdf would log of a damaged file is either mended by it or told by the error that we raise.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)

_WIDE = re.compile(r"(?<=\S) {2,}")


def text(data: bytes, place: str) -> str:
    """Return the text of a PDF. Raises ``ReadError`` when it is damaged, encrypted, or holds pictures of text only."""
    try:
        whole = _extracted(data)
    except Exception as error:  # pypdf raises more than its own errors on damaged files
        raise ReadError(
            "le PDF est abîmé et ne peut pas être lu.", place=place, remedy="Enregistrez-le de nouveau depuis le site."
        ) from error
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
    import pypdf  # noqa: PLC0415 - 9 MB for those who have a PDF

    document = pypdf.PdfReader(io.BytesIO(data))
    if document.is_encrypted and not document.decrypt(""):
        return None
    said: list[str] = []
    for page in document.pages[:_PAGES]:
        said.append(_page(page))
        if sum(map(len, said)) > _LETTERS:
            break
    return "\n".join(said)


def _page(page: pypdf.PageObject) -> str:
    """Return a page's lines as they stand on paper, with blank ones between paragraphs, where pypdf can tell.

    Its plain mode gives words in the order of the file, one line for each change of font; it is for pages that the
    other one cannot lay out, or whose lines all stand apart.
    """
    plain = _narrow(page.extract_text())
    try:
        laid_out = _narrow(page.extract_text(extraction_mode="layout"))
    except Exception:  # noqa: BLE001 - fonts without widths and the like; the plain text is there
        return plain
    lines = laid_out.split("\n")
    apart = sum(bool(a.strip()) and not b.strip() for a, b in pairwise(lines))
    written = sum(bool(line.strip()) for line in lines)
    whole = len("".join(laid_out.split())) >= _WHOLE * len("".join(plain.split()))
    return laid_out if whole and (written < _FEW or apart <= _APART * written) else plain


def _narrow(text: str) -> str:
    """Return lines with one space between words; what sets a line in stays."""
    return "\n".join(_WIDE.sub(" ", line.expandtabs(1).rstrip()) for line in text.split("\n"))
