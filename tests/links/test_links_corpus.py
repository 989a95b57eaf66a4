"""The corpus of tests/corpus/links, and the shared samples where they are there."""

from __future__ import annotations

import itertools
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from publisher.links import Tagger, canonical, kin, tag_html, without_tracking

CORPUS = Path(__file__).resolve().parent.parent / "corpus" / "links"
OURS = (("utm_source", "S"),)


def cases(name: str) -> list[Any]:
    """Return the cases of one corpus file, each named by the fact it states."""
    found = tomllib.loads((CORPUS / f"{name}.toml").read_text(encoding="utf-8"))["case"]
    return [pytest.param(case, id=case["fact"]) for case in found]


def tagger(case: dict[str, Any]) -> Tagger:
    """Return the tagger that a corpus case asks for."""
    return Tagger(
        tags=tuple(tuple(pair) for pair in case.get("tags", OURS)),
        term="as written" if case.get("term") else "",
        existing=case.get("existing", "keep"),
        deny_hosts=tuple(case.get("deny_hosts", ())),
        allow_hosts=tuple(case.get("allow_hosts", ())),
        own=tuple(case.get("own", ())),
    )


@pytest.mark.parametrize("case", cases("tagging"))
def test_tagging(case: dict[str, Any]) -> None:
    """Each tagging case of the corpus holds, and tagging its result again changes nothing."""
    expected = case["address"] if case["expected"] == "=" else case["expected"]
    assert tagger(case).tag(case["address"]) == expected
    assert tagger(case).tag(expected) == expected


@pytest.mark.parametrize("case", cases("tracking"))
def test_tracking_removed(case: dict[str, Any]) -> None:
    """Each tracking case of the corpus holds, and cleaning its result again changes nothing."""
    expected = case["address"] if case["expected"] == "=" else case["expected"]
    assert without_tracking(case["address"]) == expected
    assert without_tracking(expected) == expected


@pytest.mark.parametrize("case", cases("identity"))
def test_identity(case: dict[str, Any]) -> None:
    """Each identity case of the corpus holds: one page, different pages, probably one page."""
    assert len({canonical(address) for address in case.get("same", ["x"])}) == 1
    for left, right in itertools.combinations(case.get("different", ()), 2):
        assert canonical(left) != canonical(right)
    if "kin" in case:
        assert len({canonical(address) for address in case["kin"]}) > 1
        assert len({kin(address) for address in case["kin"]}) == 1
    for left, right in itertools.combinations(case.get("different_kin", ()), 2):
        assert kin(left) != kin(right)


@pytest.mark.parametrize("case", cases("html"))
def test_html(case: dict[str, Any]) -> None:
    """Each HTML case of the corpus holds, and tagging its result again changes nothing."""
    expected = case["html"] if case["expected"] == "=" else case["expected"]
    assert tag_html(case["html"], tagger(case)) == expected
    assert tag_html(expected, tagger(case)) == expected


def test_shared_samples(samples: Path) -> None:
    """Every case of the shared utm_cases.json that states an address in and an address out holds."""
    found = json.loads((samples / "utm_cases.json").read_text(encoding="utf-8"))
    keep = Tagger(tags=OURS, own=("https://news.a.example/u/",))
    replace = Tagger(tags=OURS, existing="replace", own=keep.own)
    told = {case["case"]: case for case in found}
    for case in found:
        address, expected = case["input"], case["expected"]
        if expected.startswith("https://"):
            assert keep.tag(address) == expected, case
            assert replace.tag(address) == expected, case
        elif expected.startswith(("unchanged (policy keep)",)):
            assert keep.tag(address) == address, case
            assert replace.tag(address) == "https://a.example/p?utm_source=S", case
        elif expected.startswith("unchanged") or "images are not links" in expected:
            assert keep.tag(address) == address, case
            assert replace.tag(address) == address, case
    accents = told["IDN + accents in path"]["input"]
    assert keep.tag(accents) == f"{accents}&utm_source=S"
    escaped = told["&amp; escaped in HTML source"]["input"]
    assert tag_html(f"<a {escaped}>x</a>", keep) == f'<a {escaped[:-1]}&amp;utm_source=S">x</a>'
    assert keep.tag(f"https://a.example/?{told['seed literal +']['input']}").endswith("2018+CID_0f1e&utm_source=S")
