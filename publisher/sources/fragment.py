"""A piece of a site's HTML taken apart: images, documents, videos, citations, and what is left to read.

It works on a tree in memory and fetches nothing; what it gives as HTML went through ``clean.safe``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from publisher import clean, links
from publisher.item import Citation, Document, Image, Video

if TYPE_CHECKING:
    from collections.abc import Iterator

# What may be attached to an article, and the media type to say when the source does not.
_DOCUMENTS = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "epub": "application/epub+zip",
    "zip": "application/zip",
}
_SIZE = re.compile(r"(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>octets|[kKmMgG]?[oB])\b")
# « (PDF - 214.3 ko) » behind a title
_HINT = 300  # characters: a longer text is no title of a file, and the patterns are not linear
_SIZE_NOTE = re.compile(rf"\s*[(\[]?\s*(?:[A-Za-z]{{2,5}}\s*[-–—,:]\s*)?{_SIZE.pattern}\s*[)\]]?\s*$")
_UNITS = {"o": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3}

# Pictures that are no pictures of the article: icons of file types, list marks, smileys, and counters.
_ORNAMENT = re.compile(
    r"/prive/vignettes/|/modules/file/icons/|/puce|/smileys?/|/feedburner/|/pixel|/spacer\.|\.ico$", re.IGNORECASE
)
_SMALLEST = 8  # pixels: below, a counter or a mark

# SPIP cuts thumbnails that expire (local/cache-vignettes/L150xH100/arton512-0c1d2.jpg); the logo of an article keeps
# its name under IMG/. Other thumbnails do not tell where their original lies, so they are left out.
_THUMBNAIL = re.compile(r"local/cache-(?:vignettes|gd2|texte)/")
_LOGO = re.compile(
    r"local/cache-vignettes/[^/]+/(?P<name>(?:art|rub|breve|site)on\d+)-[0-9a-f]+(?P<end>\.\w+)(?:\?.*)?$"
)

_PLAYERS = (
    # (host ends with, path of the player, address that a person can open)
    ("dailymotion.com", re.compile(r"^/embed/video/(?P<id>\w+)"), "https://www.dailymotion.com/video/{id}"),
    ("youtube.com", re.compile(r"^/(?:embed|v)/(?P<id>[\w-]+)"), "https://www.youtube.com/watch?v={id}"),
    ("youtube-nocookie.com", re.compile(r"^/embed/(?P<id>[\w-]+)"), "https://www.youtube.com/watch?v={id}"),
    ("player.vimeo.com", re.compile(r"^/video/(?P<id>\d+)"), "https://vimeo.com/{id}"),
)
_PEERTUBE = re.compile(r"^/videos/embed/(?P<id>[\w-]+)")
_BLANKS = re.compile(r"[ \t\r\n]+")  # no others part classes (XPath 1.0, 4.2)
_CLASSES = etree.XPath("descendant-or-self::*/@class", smart_strings=False)
_WITH_CLASS = etree.XPath("descendant-or-self::*[@class][contains(concat(' ', normalize-space(@class), ' '), $name)]")
_BLOCKS = frozenset(
    ["p", "li", "div", "h1", "h2", "h3", "h4", "h5", "h6", "td", "dt", "dd", "figcaption", "blockquote"]
)
_PARSER = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
_PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))  # lxml.html asks Python for each
_WHOLE = re.compile(rb"^\s*<(?:html|!doctype)", re.IGNORECASE)

# What joining need not be asked for: a plain path from the root of a plain site.
_ROOT = re.compile(r"https?://[A-Za-z0-9.:-]+(?=[/?#]|$)")
_BRACKET = re.compile(r"[\[\]]")  # of an IPv6 address, or of one that is none: ``urlsplit`` raises at it
_FROM_ROOT = re.compile(r"/(?!/)[A-Za-z0-9_/~%.,@+=()-]*(?:\?[A-Za-z0-9_/~%.,@+=&-]+)?")

_FILE = re.compile(r"https?://[A-Za-z0-9.:-]+/[A-Za-z0-9_/~%.,@+=()-]+")


def parse(html: str) -> HtmlElement:
    """Return the fragment as the children of one ``div``; any text gives a tree."""
    data = clean.printable(html).encode("utf-8", "replace")
    if not _WHOLE.match(data):
        data = b"<html><body>%b</body></html>" % data
    try:
        return _body(etree.fromstring(data, _PARSER))
    except (etree.LxmlError, ValueError):  # nothing but a comment, nesting without end, …
        tree = _body(etree.fromstring(b"<html><body></body></html>", _PARSER))
        tree.text = "".join(char for char in clean.text(html) if char.isprintable() or char in "\n\t")
        return tree


def _body(document: etree._Element | None) -> HtmlElement:
    """Return the body of a document as a tree of its own, a bare ``div``; nothing but a doctype has none."""
    bodies = [] if document is None else [child for child in document if child.tag == "body"]
    if document is None or len(bodies) != 1:
        raise ValueError("not one body")
    root = bodies[0]
    document.remove(root)
    root.tag = "div"
    root.tail = None
    if root.keys():
        root.attrib.clear()
    if root.text and not root.text.strip():
        root.text = None
    return cast("HtmlElement", root)


def inner(root: HtmlElement) -> str:
    """Return what stands inside an element as HTML."""
    said = etree.tostring(root, encoding="unicode", method="html", with_tail=False)
    return said[said.find(">") + 1 : said.rfind("</")]


def readable(root: HtmlElement) -> str:
    """Return the inside of an element as a safe fragment.

    ``take_images`` and ``citations`` have made its addresses absolute: one cleaner, without a base, then serves every
    article (a cleaner per article cost as much as the cleaning).
    """
    return clean.safe(inner(root))


def words(element: HtmlElement) -> str:
    """Return an element's text on one line."""
    text = element.text or ""
    if len(element):
        text = etree.tostring(element, method="text", encoding="unicode", with_tail=False)
    return " ".join(text.split())


def has_class(element: HtmlElement, name: str) -> bool:
    """Say whether an element has exactly this class among its classes."""
    return name in (element.get("class") or "").split()


def by_class(root: HtmlElement, name: str) -> list[HtmlElement]:
    """Return the element and its descendants that have this class, in document order."""
    found: list[HtmlElement] = _WITH_CLASS(root, name=f" {name} ")
    return found


def within(element: HtmlElement, name: str) -> list[HtmlElement]:
    """Return what ``by_class`` does: sooner in a few elements, much later in a whole page."""
    return [
        each
        for each in element.iter()
        if name in (classes := each.get("class") or "") and (classes == name or name in _BLANKS.split(classes))
    ]


def class_names(root: HtmlElement) -> frozenset[str]:
    """Return every class that an element of the tree has: ``by_class`` need not look for others."""
    found: list[str] = _CLASSES(root)
    return frozenset(" ".join(found).split())


def drop(element: HtmlElement) -> None:
    """Take an element out of its tree; the text after it stays."""
    if element.getparent() is not None:
        element.drop_tree()


def absolute(address: str, base: str) -> str:
    """Return the address joined to ``base``, "" when it is empty or leads nowhere on the web."""
    address = "".join(address.split()) if "\n" in address else address.strip()
    if not address:
        return ""
    if not address.isprintable() or not base.isprintable():  # lxml takes no control character back
        address, base = clean.printable(address), clean.printable(base)
    if "/." not in address and address.isascii() and not _BRACKET.search(address):  # nothing to do or to refuse
        if address.startswith(("http://", "https://")):
            return address
        root = _ROOT.match(base) if _FROM_ROOT.fullmatch(address) else None
        if root:
            return root[0] + address
    try:
        joined = urljoin(base, address)
    except ValueError:
        return ""
    return joined if joined.startswith(("http://", "https://")) else ""


def take_images(root: HtmlElement, base: str) -> tuple[Image, ...]:
    """Return the article's images, each once; ornaments and thumbnails that expire leave the tree."""
    found: dict[str, Image] = {}
    for element in list(root.iter("img")):
        raw = element.get("src") or element.get("data-src") or ""
        width, height = _pixels(element.get("width")), _pixels(element.get("height"))
        address = absolute(raw, base)
        logo = _LOGO.search(address)
        if logo:
            address, width, height = f"{address[: logo.start()]}IMG/{logo['name']}{logo['end']}", 0, 0
        small = 0 < width <= _SMALLEST or 0 < height <= _SMALLEST
        if not address or small or _ORNAMENT.search(address) or _THUMBNAIL.search(address):
            drop(element)
            continue
        alt = clean.meaningful_alt(element.get("alt") or "")
        element.set("src", address)
        element.set("alt", alt)
        if address not in found or (alt and not found[address].alt):
            found[address] = Image(address=address, alt=alt, width=width, height=height)
    return tuple(found.values())


def documents(root: HtmlElement, base: str) -> tuple[Document, ...]:
    """Return the files that links lead to, each once, with the size that the page writes beside them."""
    found: dict[str, Document] = {}
    for element in root.iter("a"):
        address = absolute(element.get("href") or "", base)
        media_type = document_type(address)
        if not media_type:
            continue
        hint = f"{element.get('title') or ''} {words(element)}"
        if address not in found:
            found[address] = Document(
                address=address, title=_title(element, address), media_type=media_type, size=octets(hint)
            )
    return tuple(found.values())


def document_type(address: str) -> str:
    """Return the media type of an attached file by its name, "" when the address is no such file."""
    name = address.partition("#")[0].partition("?")[0]
    ending = name.rpartition(".")[2].lower()
    if address.isprintable() and ending not in _DOCUMENTS:
        return ""
    if _FILE.fullmatch(name):
        return _DOCUMENTS.get(ending, "")  # an address that cannot be printed comes this far
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    return _DOCUMENTS.get(path.rsplit(".", 1)[-1].lower(), "") if "." in path else ""


def octets(text: str) -> int:
    """Return the size written as « 214.3 ko » in octets (1 ko is 1,024 octets, as SPIP counts), 0 for none."""
    found = _SIZE.search(text[:_HINT])
    if not found:
        return 0
    unit = found["unit"].lower()
    factor = 1 if unit == "octets" else _UNITS[unit[0]]
    return round(float(found["number"].replace(",", ".")) * factor)


def file_title(address: str) -> str:
    """Return the name of a file without its path and ending, spaces for underscores."""
    name = unquote(urlsplit(address).path).rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return " ".join(re.split(r"[_\s]+", name)).strip()


def _title(element: HtmlElement, address: str) -> str:
    said = words(element)[:_HINT]
    bare = _SIZE_NOTE.sub("", said).strip(" -–—")
    return bare if bare and bare.lower() not in _DOCUMENTS and "://" not in bare else file_title(address)


def take_videos(root: HtmlElement, base: str) -> tuple[Video, ...]:
    """Return the embedded videos; their frames leave the tree."""
    found: dict[str, Video] = {}
    for element in list(root.iter("iframe", "embed", "video", "object")):
        raw = element.get("src") or element.get("data-src") or element.get("data") or ""
        if not raw:
            raw = next((each.get("src") or "" for each in element.iter("source")), "")
        address = watchable(absolute(raw, base), of_player=element.tag != "video")
        if address:
            poster = absolute(element.get("poster") or "", base)
            title = " ".join((element.get("title") or element.get("aria-label") or "").split())
            found.setdefault(address, Video(title=title, address=address, thumbnail=poster))
        drop(element)
    return tuple(found.values())


def watchable(address: str, *, of_player: bool = True) -> str:
    """Return where a person can watch what a player shows, "" when the frame is no player that we know."""
    if not address:
        return ""
    parts = urlsplit(address)
    host = parts.hostname or ""
    for ending, pattern, form in _PLAYERS:
        found = pattern.match(parts.path)
        if found and (host == ending or host.endswith(f".{ending}")):
            return form.format(id=found["id"])
    if host.endswith("dailymotion.com") and parts.path.startswith("/player"):
        ids = parse_qs(parts.query).get("video", [])
        return f"https://www.dailymotion.com/video/{ids[0]}" if ids else ""
    found = _PEERTUBE.match(parts.path)
    if found:
        return f"{parts.scheme}://{parts.netloc}/w/{found['id']}"
    return "" if of_player else address


def citations(root: HtmlElement, base: str) -> tuple[Citation, ...]:
    """Return the addresses that the text cites, each once, and take other people's campaign tags off in the tree."""
    found: dict[str, Citation] = {}
    for element in list(root.iter("a")):
        href = element.get("href") or ""
        if not href or href.startswith("#"):  # a footnote's mark: its words stay
            element.drop_tag()
            continue
        address = absolute(href, base)
        if not address:
            continue
        address = links.without_tracking(address)
        element.set("href", address)
        if not document_type(address):
            found.setdefault(address, Citation(address=address, text=words(element)))
    return tuple(found.values())


def lines(root: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """Yield each element that holds a line of its own, with its text; it may be dropped meanwhile."""
    for element in _leaves(root):
        said = words(element)
        if said:
            yield element, said


def first_line(root: HtmlElement) -> tuple[HtmlElement, str] | None:
    """Return what ``lines`` gives first, without looking at all the others."""
    for element in root.iter():
        tag = element.tag
        own = tag in _BLOCKS if tag != "span" else element.getparent() is root
        if own and element is not root and not any(child.tag in _BLOCKS for child in element):
            said = words(element)
            if said:
                return element, said
    return None


def _leaves(root: HtmlElement) -> list[HtmlElement]:
    """Return the blocks below ``root`` that hold no block, and its own spans that hold none, in document order."""
    found: list[HtmlElement] = []
    holders: set[HtmlElement | None] = set()
    for element in root.iter():
        tag = element.tag
        if tag in _BLOCKS and element is not root:
            found.append(element)
            holders.add(element.getparent())
        elif tag == "span" and element.getparent() is root:
            found.append(element)
    return [element for element in found if element not in holders]


def _pixels(value: str | None) -> int:
    digits = (value or "").strip().removesuffix("px")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 5 else 0  # noqa: PLR2004 - a sane picture
