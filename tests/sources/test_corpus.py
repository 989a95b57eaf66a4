"""Every odd feed, page, calendar, letter and map that was met, one file each in tests/corpus/feeds: input, expectation.

A file holds ``what`` (the fact), ``kind`` (feed, page, calendar, letter, sitemap, listing), ``input``, and what is
expected: ``items`` (only the fields that the case is about), ``pages`` and ``nested`` (addresses, a sitemap's with
their dates), ``faults`` and ``error`` (words that the sentence holds). ``encoding`` and ``gzip`` tell how the input
becomes bytes, ``cut`` after which words the server stopped.
"""

from __future__ import annotations

import gzip
import tomllib
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from publisher.errors import PublisherError
from publisher.sources import feed, ics, letters, listing, page, sitemap
from publisher.sources.reading import Origin, Reading

CORPUS = Path(__file__).resolve().parent.parent / "corpus" / "feeds"
CASES = sorted(CORPUS.glob("*.toml"))
PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 10, 27, 10, 0, tzinfo=PARIS)
NO_FIELD = {"has", "lacks"}


def body(case: dict[str, Any]) -> bytes:
    """Return the octets that the server sent."""
    text: str = case["input"]
    if "cut" in case:
        text = text[: text.index(case["cut"])]
    if case["kind"] == "letter":
        text = text.lstrip("\n")
    octets = text.encode(case.get("encoding", "utf-8"))
    return gzip.compress(octets) if case.get("gzip") else octets


def origin_of(case: dict[str, Any]) -> Origin:
    """Return where the case's input comes from."""
    return Origin(
        key="essai",
        address=case.get("address", "https://site.example/flux"),
        now=NOW,
        zone=PARIS,
        cms=case.get("cms", ""),
        charset=case.get("charset", ""),
        media_type=case.get("media_type", ""),
        whole="cut" not in case,
    )


def read(case: dict[str, Any]) -> Reading:
    """Return what the reader of the case's kind makes of its input."""
    origin = origin_of(case)
    if case["kind"] == "page":
        return Reading(items=(page.read(body(case), origin),))
    if case["kind"] == "calendar":
        return ics.read(body(case), origin, back=7, ahead=120)
    if case["kind"] == "letter":
        found = letters.letter(body(case), origin)
        return Reading(items=(found,) if found else ())
    return feed.read(body(case), origin)


def named(case: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the addresses that a listing or a sitemap names."""
    if case["kind"] == "listing":
        return {"pages": list(listing.read(body(case), origin_of(case), case["selector"]))}
    found = sitemap.read(body(case), origin_of(case))
    said = {"pages": found.pages, "nested": found.nested}
    return {
        name: [[each.address, plain(each.changed) if each.changed else ""] for each in places]
        for name, places in said.items()
    }


def plain(value: Any) -> Any:
    """Return a value of an item as TOML can write it; times are in Paris, RFC 3339 to the minute where they can be."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(PARIS).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def check(field: str, got: Any, expected: Any) -> None:
    """Compare what the case names: of a record only the fields it writes, of remarks only their codes."""
    got = plain(got)
    if field == "remarks" and isinstance(got, list):
        got = [each["code"] for each in got]
    if field in {"themes", "images", "documents", "videos", "citations", "event"} and expected:
        several = isinstance(got, list)
        assert not several or len(got) == len(expected), field
        pairs = zip(got, expected, strict=True) if several else ((got, expected),)
        for each, wanted in pairs:
            assert isinstance(each, dict), field
            assert {key: each[key] for key in wanted} == wanted, field
        return
    assert got == expected, field


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_corpus(path: Path) -> None:
    """What each file says is expected is what the reader gives."""
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    assert case["what"]
    if "error" in case:
        with pytest.raises(PublisherError) as caught:
            (named if case["kind"] in {"listing", "sitemap"} else read)(case)
        assert case["error"] in str(caught.value)
        assert caught.value.remedy
        return
    if case["kind"] in {"listing", "sitemap"}:
        for name, places in named(case).items():
            assert places == case.get(name, []), name
        return
    found = read(case)
    assert [item["title"] for item in case["items"]] == [item.title for item in found.items]
    for wanted, item in zip(case["items"], found.items, strict=True):
        for field, expected in wanted.items():
            if field not in NO_FIELD:
                check(field, getattr(item, field), expected)
        for words in wanted.get("has", ()):
            assert words in item.html
        for words in wanted.get("lacks", ()):
            assert words not in item.html + item.summary
        assert item.source == "essai"
        assert item.published is None or item.published.tzinfo is not None
    faults = case.get("faults", [])
    assert len(found.faults) == len(faults)
    for fault, words in zip(found.faults, faults, strict=True):
        assert words in str(fault)


def test_corpus_is_there() -> None:
    """The corpus is found, so that the test above proves something."""
    assert len(CASES) >= 30
