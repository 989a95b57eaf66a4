"""The five real documents come out as the project promises. Their words are read from them, never copied here."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from publisher import clean, links
from publisher.item import Event, ItemData, Kind, Theme
from publisher.sources import folder, print_export
from publisher.sources.settings import AnySource, FeedSource, FolderSource

if TYPE_CHECKING:
    from pathlib import Path

PARIS = ZoneInfo("Europe/Paris")
FOLDER = FolderSource(name="Documents", path="seeds")
SOURCES: dict[str, AnySource] = {
    "rtes": FeedSource(name="RTES", url="https://www.rtes.fr/rss.xml", cms="drupal"),
    "irev": FeedSource(name="IREV", url="https://irev.fr/rss.xml", cms="drupal"),
    "localtis": FeedSource(
        name="Localtis", url="https://www.banquedesterritoires.fr/flux/localtis.xml", cms="localtis"
    ),
    "documents": FOLDER,
}
pytestmark = pytest.mark.seeds


@pytest.fixture
def items(seeds: Path, now: datetime) -> dict[str, ItemData]:
    """Return the items of the five documents by file name."""
    found = folder.read(FOLDER, "documents", root=seeds.parent, sources=SOURCES, zone=PARIS, now=now)
    assert found.faults == ()
    return {item.place.removeprefix("seeds/"): item for item in found.items}


def lines(seeds: Path, name: str) -> list[str]:
    """Return the document's lines that say something."""
    return [line.strip() for line in (seeds / name).read_text("utf-8").splitlines() if line.strip()]


def listed(html: str, tag: str) -> list[list[str]]:
    """Return the items of each list, as HTML."""
    found = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", html)
    return [re.findall(r"<li>(.*?)</li>", each) for each in found]


def codes(item: ItemData) -> set[str]:
    """Return the codes of an item's remarks."""
    return {remark.code for remark in item.remarks}


def test_all_five_give_an_item(items: dict[str, ItemData]) -> None:
    """Each document gives one item, brought by the folder, of the source that its name or its words say."""
    assert {name: (item.source, item.via) for name, item in items.items()} == {
        "irev-2018-journee-nationale-print.txt": ("irev", "documents"),
        "localtis-2019-metropoles.txt": ("localtis", "documents"),
        "partner-2021-kits-elections.txt": ("documents", "documents"),
        "rtes-2018-haut-commissaire.txt": ("rtes", "documents"),
        "rtes-conference-table-ronde-1.txt": ("rtes", "documents"),
    }


def test_rtes_article(items: dict[str, ItemData], seeds: Path) -> None:
    """Title in full, date in Paris, site-name line gone, lists of five and three, closing paragraph kept."""
    name = "rtes-2018-haut-commissaire.txt"
    item, said = items[name], lines(seeds, name)
    assert (item.title, item.title_proposed) == (said[2], False)
    assert item.published == datetime(2018, 1, 9, tzinfo=PARIS)
    assert said[0] not in clean.text(item.html)
    assert said[1] not in clean.text(item.html)
    assert [len(each) for each in listed(item.html, "ul")] == [5, 3]
    dashed = [line[1:] for line in said if line.startswith("-")]
    assert [clean.text(each) for part in listed(item.html, "ul") for each in part] == dashed
    assert item.html.endswith(f"<p>{said[-1]}</p>")


def test_localtis_article(items: dict[str, ItemData], seeds: Path) -> None:
    """Rubric apart from the title, banner gone, intermediate title kept as one, and the missing date is said."""
    name = "localtis-2019-metropoles.txt"
    item, said = items[name], lines(seeds, name)
    assert (item.rubric, item.title) == tuple(said[1].split(" - ", 1))
    assert item.rubric == "Economie sociale et solidaire"
    assert said[0] == "Archives"
    assert "Archives" not in clean.text(item.html)
    assert f"<h3>{said[4]}</h3>" in item.html
    assert item.published is None
    assert "no-date" in codes(item)
    assert item.html.endswith(f"{said[-1]}</p>")


def test_round_table(items: dict[str, ItemData], seeds: Path) -> None:
    """Image names gone and counted, the video kept by its title without the login, the closing line kept as text."""
    name = "rtes-conference-table-ronde-1.txt"
    item, said = items[name], lines(seeds, name)
    lost = sum(line.startswith("document.jpg") for line in said)
    assert lost == 5
    assert "document.jpg" not in item.html
    remark = next(each.text for each in item.remarks if each.code == "image-without-alt")
    assert remark.startswith(f"{lost}\u00a0images")
    caption = next(line for line in said if line.endswith("par reseauRTES"))
    assert [(video.title, video.address) for video in item.videos] == [(caption.partition("...")[0] + "…", "")]
    assert "reseauRTES" not in item.html
    assert "video-without-address" in codes(item)
    assert item.html.endswith(f"<p>{said[-1]}</p>")
    assert item.title == said[1]


def test_partner_article(items: dict[str, ItemData], seeds: Path) -> None:
    """Credits of both, and two ordered lists of seven and six with the note kept under the seventh."""
    name = "partner-2021-kits-elections.txt"
    item, said = items[name], lines(seeds, name)
    assert item.credits == ("Localtis", "RTES")
    assert "Sources" not in clean.text(item.html)
    assert [len(each) for each in listed(item.html, "ol")] == [7, 6]
    seventh = next(place for place, line in enumerate(said) if line.startswith("7. "))
    words, note = listed(item.html, "ol")[0][6].split("<br>")
    assert clean.inline_text(words) == said[seventh].removeprefix("7. ")
    assert " ".join(clean.inline_text(note).split()) == " ".join(said[seventh + 1].split())
    assert item.title == said[0]


def test_irev_export(items: dict[str, ItemData], seeds: Path) -> None:
    """Three dates in Paris, four themes with addresses, one joined address, and a title marked as proposed."""
    item = items["irev-2018-journee-nationale-print.txt"]
    assert item.published == datetime(2018, 7, 16, tzinfo=PARIS)
    assert item.updated == datetime(2018, 8, 8, 16, 10, tzinfo=PARIS)
    assert item.event == Event(start=datetime(2018, 7, 16, 16, 30, tzinfo=PARIS))
    assert item.kind is Kind.ARTICLE
    assert item.themes == (
        Theme(name="Développement économique", address="https://irev.fr/taxonomy/term/3678"),
        Theme(name="Emploi, Insertion, Formation", address="https://irev.fr/taxonomy/term/3682"),
        Theme(name="Participation citoyenne", address="https://irev.fr/taxonomy/term/3675"),
        Theme(name="Politique de la ville - DSU", address="https://irev.fr/taxonomy/term/3692"),
    )
    text = (seeds / "irev-2018-journee-nationale-print.txt").read_text("utf-8")
    cut = re.search(r"16:10\): (\S+)\n(\S+)", text)
    assert cut is not None
    assert item.link == item.address == cut[1] + cut[2]
    assert item.title_proposed
    assert item.title == clean.title_from_address(item.link)
    assert "proposed-title" in codes(item)


def test_irev_footnotes(items: dict[str, ItemData], seeds: Path) -> None:
    """The link to rtes.fr is joined, unescaped, without campaign tags; the raw one keeps every byte of its tags."""
    item = items["irev-2018-journee-nationale-print.txt"]
    text = (seeds / "irev-2018-journee-nationale-print.txt").read_text("utf-8")
    raw = print_export.footnotes(text)[1]
    assert [each.address for each in item.citations] == ["http://rtes.fr/Retour-sur-la-7eme-Rencontre"]
    assert links.without_tracking(raw) == item.citations[0].address
    assert '<a href="http://rtes.fr/Retour-sur-la-7eme-Rencontre">' in item.html
    assert not re.search(r"\[\d\]|utm_|&amp;utm|Liens|Thématiques|URL de la source", item.html)
    body = re.search(r"http://rtes\.fr/.*?(?=\[1\])", text, re.DOTALL)
    assert body is not None
    assert raw == re.sub(r"\s+", "", body[0])


def test_wrapped_paragraphs_are_whole(items: dict[str, ItemData], seeds: Path) -> None:
    """Every word of the export's prose stands in the item, in its order, and no paragraph ends in mid-sentence."""
    item = items["irev-2018-journee-nationale-print.txt"]
    text = (seeds / "irev-2018-journee-nationale-print.txt").read_text("utf-8")
    prose = text[: text.index("http://")].split()
    assert clean.text(item.html).split()[: len(prose)] == prose
    for paragraph in re.findall(r"<p>(.*?)</p>", item.html)[:6]:
        assert paragraph.rstrip("\u00a0 ").endswith((".", "»"))
