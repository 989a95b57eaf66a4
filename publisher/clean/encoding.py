"""Text whose encoding was mistaken on its way, put right. It never touches text that reads as French already.

ftfy would mend more languages than this network writes and weighs the whole text with heuristics; here each run
of wrong characters is decoded again only when it gives one of the characters that French uses, so that a correct
« É» » stays (docs/decisions/0030).
"""

from __future__ import annotations

import re

# What may come out of mending: Latin-1 letters and signs, œ and Œ and Ÿ, and the punctuation of French typography.
_FRENCH = frozenset(
    [chr(code) for code in range(0xA0, 0x100)]
    + list("ŒœŸ")
    + list("\u2009\u200a\u200b\u2010\u2011\u2012\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2020\u2022")
    + list("\u2026\u202f\u2030\u2032\u2033\u2039\u203a\u20ac\u2122\u2192\ufeff"),
)
# The first octet, in UTF-8, of every character above: anything else is not the start of a mistake.
_LEADS = (0xC2, 0xC3, 0xC5, 0xE2, 0xEF)

# The wrong readings met: Windows-1252 everywhere, Windows-1250 on one site (« dĂ©butĂ© »), Latin-1 in old feeds.
_CODECS = ("cp1252", "cp1250", "latin-1")

# Code points of C1 are Windows-1252 octets that an old Latin-1 site wrote as numeric references (&#156; is œ).
_C1 = {code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}}
_C1_RUN = re.compile("[\x80-\x9f]")

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_CHARACTERS = ("\ufffe", "\uffff")
_NO_CHARACTERS_OCTETS = b"\xef\xbf"  # what both begin with in UTF-8
# References that may lead to one of these: one or two digits, or the numbers of surrogates and of no characters.
_REFERENCE = re.compile(
    r"&#(?:0*(\d{1,2}|5[5-7]\d{3}|6553[45])(?!\d)|[xX]0*([\da-fA-F]{1,2}|[dD][\da-fA-F]{3}|[fF]{3}[eEfF])(?![\da-fA-F]));?"
)

# Markup written one escape too deep: a known tag's name must follow, or « 15 &lt; 20 % » would be touched.
_ESCAPED_TAG = re.compile(
    r"&lt;/?(?:p|br|div|span|a|strong|em|b|i|ul|ol|li|img|h[1-6]|blockquote|table)\b", re.IGNORECASE
)
_REAL_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_ESCAPED_TWICE = re.compile(r"&amp;(?=(?:#\d{1,6}|#x[0-9a-fA-F]{1,5}|[a-zA-Z][a-zA-Z0-9]{1,20});)")


def _octets(codec: str) -> dict[str, int]:
    """Return the octet behind each non-ASCII character of ``codec``; an unassigned octet stands for itself."""
    table: dict[str, int] = {}
    for octet in range(0x80, 0x100):
        try:
            table[bytes([octet]).decode(codec)] = octet
        except UnicodeDecodeError:
            table[chr(octet)] = octet
    return table


def _pattern(table: dict[str, int]) -> re.Pattern[str]:
    follow = "".join(re.escape(char) for char, octet in table.items() if octet < 0xC0)  # noqa: PLR2004 - UTF-8, 10xxxxxx
    two = "".join(char for char, octet in table.items() if octet in _LEADS and octet < 0xE0)  # noqa: PLR2004 - 110xxxxx
    three = "".join(char for char, octet in table.items() if octet in _LEADS and octet >= 0xE0)  # noqa: PLR2004
    return re.compile(f"[{two}][{follow}]|[{three}][{follow}]{{2}}")


_TABLES = tuple((table, _pattern(table)) for table in map(_octets, _CODECS))
# The letters that a mistake may begin with. Looking for each of a few signs is much quicker than for any of a set.
_SUSPECTS = tuple(sorted({char for table, _ in _TABLES for char in table if table[char] in _LEADS}))
_C1_OCTETS = re.compile(rb"\xc2[\x80-\x9f]")
_CONTROL_OCTETS = bytes(code for code in range(0x20) if code not in b"\t\n\r")


def mend(text: str) -> str:
    """Return ``text`` with UTF-8 that was read as Windows-1252, Windows-1250 or Latin-1 read as UTF-8 again.

    Runs are mended one by one, since real pages hold both in one paragraph; twice, since some pass two wrong
    readers. Stray C1 controls become the Windows-1252 characters they stand for (WHATWG HTML, 13.2.5.80).
    """
    if text.isascii():
        return text
    for _ in range(2):
        if not any(map(text.__contains__, _SUSPECTS)):
            break
        before = text
        for table, pattern in _TABLES:
            text = pattern.sub(lambda found, table=table: _decoded(found.group(), table), text)  # type: ignore[misc]
        if text == before:
            break
    if not _C1_OCTETS.search(text.encode("utf-8", "surrogatepass")):
        return text
    return _C1_RUN.sub(lambda found: _C1.get(ord(found.group()), ""), text)


def _decoded(run: str, table: dict[str, int]) -> str:
    read = bytes(table[char] for char in run).decode("utf-8")  # the pattern lets only whole characters through
    return read if read in _FRENCH else run


def printable(text: str) -> str:
    """Return text or HTML without the control characters that XML 1.0 forbids, raw or as references; lxml refuses them.

    Tab and line ends stay.
    """
    try:
        octets = text.encode("utf-8")  # much quicker to look at than characters are
    except UnicodeEncodeError:
        text = _SURROGATE.sub("", text)
        octets = text.encode("utf-8")
    if len(octets.translate(None, _CONTROL_OCTETS)) != len(octets):
        text = _CONTROL.sub("", text)
    if _NO_CHARACTERS_OCTETS in octets:
        for char in _NO_CHARACTERS:
            text = text.replace(char, "")
    return _REFERENCE.sub(_allowed, text) if "&#" in text else text


def has_controls(text: str) -> bool:
    """Say whether text holds a control character that XML 1.0 forbids."""
    octets = text.encode("utf-8", "surrogatepass")
    return len(octets.translate(None, _CONTROL_OCTETS)) != len(octets)


def _allowed(found: re.Match[str]) -> str:
    char = chr(int(found[1]) if found[1] else int(found[2], 16))
    forbidden = char in _NO_CHARACTERS or _CONTROL.match(char) or _SURROGATE.match(char)
    return "" if forbidden else found[0]


def unescaped(html: str) -> str:
    """Return ``html`` with markup that was escaped once more than needed brought back; other text is untouched."""
    for _ in range(2):
        if _REAL_TAG.search(html) or not (_ESCAPED_TAG.search(html) or _ESCAPED_TAG.search(_once(html))):
            break
        html = _once(html)
        if _ESCAPED_TAG.search(html):
            html = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&#039;", "'")
    return _once(html)


def _once(html: str) -> str:
    return html if "&amp;" not in html else _ESCAPED_TWICE.sub("&", html)
