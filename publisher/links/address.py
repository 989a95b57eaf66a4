"""The identity of an address. What it returns is for comparing and storing, never for following."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from publisher.links.parts import cut, name_of, pieces, web
from publisher.links.tracking import without_tracking

_BLANK = re.compile(r"[\t\r\n]+")  # WHATWG URL, 4.4: browsers drop them wherever they stand
_DEFAULT_PORTS = frozenset({"", "80", "443"})
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT = "%/:@!$&'()*+,;=?[]~"  # RFC 3986 reserved characters and "%" stand as they are
_ROUTE = ("!", "/")  # fragments that name a page for a script: #!/fiche/12, #/fiche/12

_FRONT_FILES = re.compile(r"^/(?:index|spip)\.php(?=/|$)", re.IGNORECASE)
_INDEX_FILES = re.compile(r"/index\.(?:php|html?)$", re.IGNORECASE)
_DOUBLES = ("-0", "index.", "/spip.php")  # an address without one of these has no double that its words tell
_ALIAS = re.compile(r"(?:(?<=[^/\d-])|(?<=\D\d{4}))-0$")  # x-0 and bilan-2018-0, but not version-2-0
_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"[a-z0-9._-]+")
# What is its own identity but for the scheme: nearly every address of an article. The rest of this file need not run.
_PLAIN = re.compile(r"https?://((?!www\.)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+)")


@lru_cache(maxsize=4096)
def canonical(address: str) -> str:
    """Return the identity form of an http(s) address; any other text comes back stripped.

    Equal for http and https, any case of scheme and host, with and without ``www.``, default port, final dot, final
    slash, dot segments, equivalent escapes (RFC 3986, 6.2.2), order of parameters, tracking parameters and page
    anchors. Path and parameters keep their case. Different pages never get the same form: ``-0`` aliases and
    ``/index.php/`` doubles are for ``kin``. Idempotent; never raises.
    """
    plain = _PLAIN.fullmatch(address)
    if plain:
        return f"https://{plain[1]}"
    text = _BLANK.sub("", address.strip())
    parts = cut(without_tracking(text))
    front = web(parts.before)
    if front is None:
        return text
    port = "" if front.port in _DEFAULT_PORTS else f":{front.port}"
    path = _path(front.path)
    query = _query(parts.query or "")
    fragment = f"#{_escapes(parts.fragment)}" if parts.fragment and parts.fragment.startswith(_ROUTE) else ""
    return f"https://{front.user}{_host(front.host)}{port}{path}{query}{fragment}"


def kin(address: str) -> str:
    """Return a weaker key: equal for addresses that *often* are one page, a hint and never a proof.

    Drupal's second alias (``x`` and ``x-0``; it may also be a different page whose slug collided), a front script in
    the path (``/index%2Ephp/x``, ``/spip.php``) and ``index.html``.
    """
    same = canonical(address)
    low = same.lower()
    if not any(sign in low for sign in _DOUBLES):
        return same
    parts = cut(same)
    front = web(parts.before)
    if front is None:
        return same
    path = _INDEX_FILES.sub("", _FRONT_FILES.sub("", front.path))
    path = _ALIAS.sub("", path.rstrip("/")) or "/"
    before = parts.before.removesuffix(front.path) + path
    return str(type(parts)(before=before, query=parts.query, fragment=parts.fragment))


def _host(host: str) -> str:
    name = host.lower()
    if not name.isascii():
        try:
            encoded = name.encode("idna").decode("ascii").lower()
        except UnicodeError:  # a label too long or a character that no registry takes: compared as written
            encoded = ""
        name = encoded if _HOST.fullmatch(encoded) else name
    name = name.rstrip(".")
    while name.startswith("www.") and "." in name.removeprefix("www."):
        name = name.removeprefix("www.")
    return name


def _path(path: str) -> str:
    segments: list[str] = []
    for segment in _escapes(path.replace("\\", "/")).split("/")[1:]:
        if segment == "..":
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    return "/" + "/".join(segments).rstrip("/")


def _query(query: str) -> str:
    if not query:
        return ""
    found = [(name_of(piece), _escapes(piece)) for _, piece in pieces(query) if piece]
    if not found:
        return ""
    # stable: several values of one name keep their order, which may mean something
    return "?" + "&".join(piece for _, piece in sorted(found, key=lambda pair: pair[0]))


def _escapes(text: str) -> str:
    """Return the text with escapes in one spelling: unreserved characters bare, others %XX in upper case."""
    bare = _ESCAPE.sub(_one_escape, _STRAY.sub("%25", text))
    return quote(bare, safe=_KEPT, errors="replace")


def _one_escape(found: re.Match[str]) -> str:
    octet = unquote_to_bytes(found[0])
    return octet.decode("ascii") if octet[0] in _UNRESERVED else found[0].upper()
