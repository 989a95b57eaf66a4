"""Documents of every kind, one self-describing file each: what goes in, and what must come out."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from publisher.sources import folder
from publisher.sources.settings import AnySource, FeedSource, FolderSource

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.item import ItemData

PARIS = ZoneInfo("Europe/Paris")
CORPUS = Path(__file__).parent.parent / "corpus" / "documents"
FOLDER = FolderSource(name="Documents", path="documents")
SOURCES: dict[str, AnySource] = {
    "centre": FeedSource(name="Centre", url="https://www.centre-ressources.example/rss.xml", cms="drupal"),
    "quotidien": FeedSource(name="Quotidien", url="https://quotidien.example/flux.xml", cms="localtis"),
    "reseau": FeedSource(name="Réseau", url="https://reseau.example/spip.php?page=backend", cms="spip"),
    "rtes": FeedSource(name="RTES", url="https://rtes.example/rss.xml"),
    "documents": FOLDER,
}
PLAIN = ("source", "title", "title_proposed", "rubric", "summary", "html", "link", "published", "updated", "deadline")
READERS: dict[str, Any] = {
    **{name: lambda item, name=name: getattr(item, name) for name in (*PLAIN, "members_only")},
    "kind": lambda item: str(item.kind),
    "credits": lambda item: list(item.credits),
    "themes": lambda item: [[theme.name, theme.address] for theme in item.themes],
    "citations": lambda item: [each.address for each in item.citations],
    "videos": lambda item: [video.title for video in item.videos],
    "event": lambda item: item.event and item.event.start,
    "event_end": lambda item: item.event and item.event.end,
    "event_place": lambda item: item.event and item.event.place,
    "remarks": lambda item: sorted(remark.code for remark in item.remarks),
}


def read(root: Path, now: datetime) -> tuple[tuple[ItemData, ...], list[str]]:
    """Return the items of the folder and its faults as sentences."""
    found = folder.read(FOLDER, "documents", root=root, sources=SOURCES, zone=PARIS, now=now)
    return found.items, [str(fault).removeprefix("documents/") for fault in found.faults]


@pytest.mark.parametrize("case", sorted(CORPUS.glob("*.toml")), ids=lambda file: file.stem)
def test_corpus(case: Path, tmp_path: Path, now: datetime) -> None:
    """Each document gives exactly what its file expects, item or faults."""
    data = tomllib.loads(case.read_text("utf-8"))
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / data["name"]).write_text(data["text"], "utf-8")
    items, faults = read(tmp_path, now)
    expected = data["expected"]
    if "faults" in expected:
        assert items == ()
        assert len(faults) == len(expected["faults"]), faults
        begun = [
            said.replace("\u00a0", " ")[: len(begins)] for said, begins in zip(faults, expected["faults"], strict=True)
        ]
        assert begun == expected["faults"]
        return
    assert faults == []
    (item,) = items
    said = " ".join(remark.text for remark in item.remarks)
    assert all(words in item.html for words in expected.pop("kept", []))
    assert expected.pop("said", "") in said.replace("\u00a0", " ")
    if "html" in expected:
        expected["html"] = expected["html"].lstrip("\n").replace("\n", " ")
    for name, value in expected.items():
        found = READERS[name](item)
        assert (found.replace("&nbsp;", " ") if name == "html" else found) == value, name
