"""Coverage-guided fuzzing of every reader: any bytes give items or a ``PublisherError``, in bounded time.

``python benchmarks/fuzz/readers.py TARGET [seconds]``; without a target it names them. Inputs start from tests/corpus;
those that fail are kept in var/fuzz/. Needs atheris (requirements-fuzz.txt), which has wheels for Linux on x86-64 only.
"""

from __future__ import annotations

import re
import sys
import tomllib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import atheris

with atheris.instrument_imports(include=["publisher"]):
    from publisher import clean
    from publisher.errors import PublisherError
    from publisher.sources import (
        documents_reader,
        feed,
        head,
        ics,
        lenient,
        letters,
        listing,
        page,
        plain,
        robots,
        sitemap,
        strict,
        systems,
    )
    from publisher.sources.charset import decode
    from publisher.sources.reading import Origin
    from publisher.sources.settings import FolderSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
NOW = datetime(2026, 10, 27, tzinfo=UTC)
ORIGIN = Origin(key="x", address="https://x.example/flux", now=NOW, zone=UTC)
READER = documents_reader.Reader(folder=FolderSource(name="X", path="x"), key="x", sources={}, zone=UTC, now=NOW)
OURS = re.compile(r"""</?p>|<br>|<a href="[^"<>]*">|</a>""")
ENDINGS = sorted(documents_reader.ENDINGS)
SLOWEST = 10  # seconds for one input of at most LONGEST octets
LONGEST = 20_000


def _clean(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    safe = clean.safe(text, "https://x.example/")
    if clean.text(clean.safe(safe)).split() != clean.text(safe).split():
        raise AssertionError("a second cleaning loses words that the first left")
    low = safe.lower()
    if "<script" in low or '<a href="javascript' in low:
        raise AssertionError("something that acts came through")
    if len(clean.summary(clean.text(text), 200)) > 200:  # noqa: PLR2004 - the limit just given
        raise AssertionError("a summary is too long")
    clean.mend(text)
    clean.unescaped(text)
    clean.without_shortcuts(text)
    clean.credits(text)
    clean.title_from_address(text)
    clean.meaningful_alt(text)
    for line in text.splitlines():
        clean.sort_line(line)


def _documents(data: bytes) -> None:
    if data:
        with suppress(PublisherError, documents_reader.RefusedError):
            READER.read(data[1:], f"x{ENDINGS[data[0] % len(ENDINGS)]}", "x")


def _with_origin(read: Callable[[bytes, Origin], Any]) -> Callable[[bytes], None]:
    def target(data: bytes) -> None:
        with suppress(PublisherError):
            read(data, ORIGIN)

    return target


def _parsers(data: bytes) -> None:
    """Read a feed by both parsers: where the quick one reads it at all, it finds what the other finds (decision 0020).

    What broken markup in a title or a broken address means may differ.
    """
    quick = strict.parse(data, ORIGIN)
    if quick is None:
        return
    with suppress(PublisherError):
        found, other = (
            [(bool(item.link), item.published, bool(item.html)) for item in feed.understood(each, ORIGIN).items]
            for each in (quick, lenient.parse(data, ORIGIN))
        )
        if found != other:
            raise AssertionError(f"the parsers differ:\n{found}\n{other}")


def _listing(data: bytes) -> None:
    """Read a page by a selector that stands in its first line."""
    selector, _, body = data.partition(b"\n")
    with suppress(PublisherError):
        listing.read(body, ORIGIN, selector.decode("utf-8", "replace"))
    with suppress(PublisherError):
        listing.read(data, ORIGIN, "h2 a")


def _discovery(data: bytes) -> None:
    """Look at a page as ``publisher sources add`` does, and at a feed's head."""
    markup = decode(data)
    root = head.tree(markup)
    head.announced(root, ORIGIN.address)
    head.name(root)
    systems.by_generator(head.generator(root))
    systems.by_marks(markup)
    head.cms_of_feed(data)
    head.calendar_title(data)
    if not data.lstrip().startswith(b"{"):
        head.feed_title(data)
    robots.read(data).allows(ORIGIN.address)
    if "<" in OURS.sub("", plain.paragraphs(markup)):
        raise AssertionError("plain text became markup")


TARGETS: dict[str, Callable[[bytes], None]] = {
    "calendar": _with_origin(lambda data, origin: ics.read(data, origin, back=7, ahead=120)),
    "clean": _clean,
    "discovery": _discovery,
    "documents": _documents,
    "feed": _with_origin(feed.read),
    "letter": _with_origin(letters.letter),
    "listing": _listing,
    "page": _with_origin(page.read),
    "parsers": _parsers,
    "sitemap": _with_origin(sitemap.read),
}
KINDS = {
    "letter": {"letter"},
    "sitemap": {"sitemap"},
    "listing": {"listing", "page"},
    "calendar": {"calendar"},
    "parsers": {"feed"},
}
"""Whose cases a target starts from, where not all are good to start from."""


def seeds(name: str) -> Iterator[bytes]:
    """Yield the inputs of the corpus that the target reads."""
    for file in sorted((ROOT / "tests" / "corpus").glob("*/*.toml")):
        case = tomllib.loads(file.read_text("utf-8"))
        text = case.get("text") or case.get("input") or ""
        if name in KINDS and case.get("kind") not in KINDS[name]:
            continue
        if isinstance(text, str) and text:
            ending = Path(case.get("name", "x.txt")).suffix
            first = bytes([ENDINGS.index(ending)]) if name == "documents" and ending in ENDINGS else b""
            head = f"{case['selector']}\n" if name == "listing" and "selector" in case else ""
            yield first + (head + text).lstrip("\n").encode("utf-8")


def main() -> None:
    """Fuzz one target for a time and keep what fails."""
    if len(sys.argv) == 1:
        print(*TARGETS)
        return
    name, seconds = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "60"  # noqa: PLR2004 - program, target, seconds
    kept = ROOT / "var" / "fuzz" / name
    (kept / "corpus").mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds(name)):
        (kept / "corpus" / f"seed-{number}").write_bytes(data)
    flags = [f"-max_total_time={seconds}", f"-timeout={SLOWEST}", f"-max_len={LONGEST}", f"-artifact_prefix={kept}/"]
    atheris.Setup([sys.argv[0], *flags, str(kept / "corpus")], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
