"""Facts about a folder of documents: what is read of it, what a bad file costs, and whose document each is."""

from __future__ import annotations

import time
import tomllib
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources.pdf_writer import pdf

from publisher import clean
from publisher.errors import ReadError
from publisher.sources import documents_markdown, documents_pdf, documents_plain, documents_reader, folder, print_export
from publisher.sources.settings import AnySource, FeedSource, FolderSource

if TYPE_CHECKING:
    from publisher.sources.reading import Reading

PARIS = ZoneInfo("Europe/Paris")
CORPUS = Path(__file__).parent.parent / "corpus" / "documents"
FOLDER = FolderSource(name="Documents", path="content/articles", names={"orsee-": "reseau"})
SOURCES: dict[str, AnySource] = {
    "centre": FeedSource(name="Centre", url="https://centre-ressources.example/rss.xml"),
    "reseau": FeedSource(name="Réseau", url="https://reseau.example/rss.xml"),
    "documents": FOLDER,
}


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """Return the folder that the source reads."""
    path = tmp_path / "content" / "articles"
    path.mkdir(parents=True)
    return path


def read(articles: Path, now: datetime, *, largest: int = folder.LARGEST) -> Reading:
    """Return what the folder gives."""
    root = articles.parent.parent
    return folder.read(FOLDER, "documents", root=root, sources=SOURCES, zone=PARIS, now=now, largest=largest)


def test_no_folder_is_an_error(tmp_path: Path, now: datetime) -> None:
    """A folder that does not exist is said, with what to do."""
    with pytest.raises(ReadError, match=r"content/articles : ce dossier n’existe pas\. Créez-le"):
        read(tmp_path / "content" / "articles", now)


def test_an_empty_folder_gives_nothing(articles: Path, now: datetime) -> None:
    """Nothing there, nothing wrong."""
    found = read(articles, now)
    assert (found.items, found.faults) == ((), ())


def test_only_documents_are_read(articles: Path, now: datetime) -> None:
    """Notes about the folder, hidden files and other formats are passed over; folders inside are read."""
    for name in ("README.md", ".brouillon.md", "photo.jpg", "_modele.txt"):
        (articles / name).write_text("Un titre\n\nUn texte.", "utf-8")
    (articles / "2026").mkdir()
    (articles / "2026" / "halle.txt").write_text("La halle\n\nElle rouvre.", "utf-8")
    found = read(articles, now)
    assert [item.place for item in found.items] == ["content/articles/2026/halle.txt"]
    assert found.faults == ()


def test_a_bad_file_never_stops_the_others(articles: Path, now: datetime) -> None:
    """An empty file, bytes that are no text, a broken PDF, a page without text, a file too large: one fault each."""
    (articles / "a-vide.txt").write_bytes(b" \n")
    (articles / "b-octets.txt").write_bytes(b"\x80\x00\x01")
    (articles / "c-casse.pdf").write_bytes(b"%PDF-1.4\nrien de plus")
    (articles / "d-page.html").write_bytes(b"<html><body><script>1</script></body></html>")
    (articles / "e-lourd.txt").write_bytes(b"x" * 3001)
    (articles / "f-octets.md").write_bytes(b"\x80\x00\x81")
    (articles / "g-bon.txt").write_text("La halle\n\nElle rouvre.", "utf-8")
    found = read(articles, now, largest=3000)
    assert [item.title for item in found.items] == ["La halle"]
    assert [Path(fault.place).name[0] for fault in found.faults] == ["a", "b", "c", "d", "e", "f"]
    assert all(fault.text and fault.remedy for fault in found.faults)


def test_a_source_that_is_not_configured_is_a_fault(articles: Path, now: datetime) -> None:
    """A Markdown file that names an unknown source gives no item, and the known ones are listed."""
    (articles / "a.md").write_text('+++\ntitle = "T"\nsource = "reso"\n+++\nTexte.', "utf-8")
    (fault,) = read(articles, now).faults
    assert "reso" in fault.text
    assert "centre, reseau, documents" in fault.remedy


@pytest.mark.parametrize(
    ("name", "text", "source"),
    [
        ("orsee-1.txt", "La halle\n\nElle rouvre.", "reseau"),
        ("centre_2.txt", "La halle\n\nElle rouvre.", "centre"),
        ("x.txt", "La halle\n\nElle rouvre.\n\nURL : https://www.centre-ressources.example/p", "centre"),
        ("centrer.txt", "La halle\n\nElle rouvre.", "documents"),
    ],
)
def test_whose_document_it_is(articles: Path, now: datetime, name: str, text: str, source: str) -> None:
    """The beginning of the file's name says it, configured or the source's own key; else the address's host does."""
    (articles / name).write_text(text, "utf-8")
    (item,) = read(articles, now).items
    assert (item.source, item.via) == (source, "documents")


def test_a_text_in_windows_1252_is_read(articles: Path, now: datetime) -> None:
    """A text that is no UTF-8 is read as Windows-1252, one with a UTF-16 mark as UTF-16."""
    (articles / "a.txt").write_bytes("L’été à Orsée\n\nCœur de ville.".encode("cp1252"))
    (articles / "b.txt").write_bytes("L’été à Orsée\n\nCœur de ville.".encode("utf-16"))
    assert [item.title for item in read(articles, now).items] == ["L’été à Orsée"] * 2


def test_a_pdf_of_a_print_export_reads_like_its_text(articles: Path, now: datetime) -> None:
    """The same lines as PDF, cut over two pages, give the same item as the text."""
    text = tomllib.loads((CORPUS / "print_export.toml").read_text("utf-8"))["text"]
    lines = text.splitlines()
    (articles / "a.pdf").write_bytes(pdf(lines[:14], lines[14:]))
    (articles / "b.txt").write_text(text, "utf-8")
    one, other = read(articles, now).items
    assert one.link == other.link
    assert (one.published, one.updated, one.event) == (other.published, other.updated, other.event)
    assert (one.themes, one.citations) == (other.themes, other.citations)
    assert one.title == other.title
    assert one.html == other.html


@pytest.mark.parametrize("leading", [12, 40])
def test_a_pdf_keeps_its_paragraphs(leading: int) -> None:
    """Lines on paper make whole paragraphs, also where every line stands apart from the next."""
    one = "La halle aux grains de Valbrune rouvre ses portes après deux ans de travaux, avec vingt"
    lines = [one, one, one, "producteurs.", "", one, one, one, one, "artisans."]
    found = documents_plain.read(documents_pdf.text(pdf(lines, leading=leading), "x"), PARIS)
    assert clean.text(found.html).split("\n\n") == [
        f"{one} {one} {one} producteurs.",
        f"{one} {one} {one} {one} artisans.",
    ]


def test_a_pdf_of_pictures_is_a_fault(articles: Path, now: datetime) -> None:
    """A PDF without text says so, with what to do."""
    (articles / "a.pdf").write_bytes(pdf([]))
    (fault,) = read(articles, now).faults
    assert "ne contient pas de texte" in fault.text


def test_the_editors_page_names_every_key() -> None:
    """docs/articles.md tells of every key of the front matter and every ending of a name; its example is read."""
    page = (CORPUS.parent.parent.parent / "docs" / "articles.md").read_text("utf-8")
    keys = (*documents_markdown.KEYS, *documents_markdown.EVENT_KEYS)
    assert [key for key in keys if f"`{key}`" not in page and f"`[{key}]`" not in page] == []
    assert [ending for ending in documents_reader.ENDINGS if f"`{ending}`" not in page] == []
    example = page.split("```markdown\n")[1].split("```")[0]
    read_example = documents_markdown.read(example, "exemple.md", PARIS)
    assert (read_example.faults, read_example.source) == ((), "rtes")
    assert read_example.found.event is not None


PREFIXES = (
    b"",
    b"%PDF-1.7\n",
    b"<html><body><h1>T</h1><p>",
    b"<div class='print-content'>",
    b"+++\ntitle = ",
    b"URL de la source: ",
    b"Liens\n[1] http",
    b"\xff\xfe",
)


@given(
    st.sampled_from(PREFIXES), st.binary(max_size=400) | st.text(max_size=200).map(lambda said: said.encode("utf-8"))
)
def test_any_bytes_give_an_item_or_an_error(prefix: bytes, data: bytes) -> None:
    """Whatever the bytes and the name, a document gives an item or a ``ReadError`` or its faults, and nothing else."""
    moment = datetime(2026, 10, 27, tzinfo=PARIS)
    reader = documents_reader.Reader(folder=FOLDER, key="documents", sources=SOURCES, zone=PARIS, now=moment)
    for ending in sorted(documents_reader.ENDINGS):
        with suppress(ReadError, documents_reader.RefusedError):
            item = reader.read(prefix + data, f"x{ending}", "x")
            assert item.title
            assert item.source in SOURCES


LINES = st.lists(
    st.sampled_from(
        (
            "", "- a", "-b", "1. un", "2. deux", "    note", "Un titre", "Une phrase.", "http://x.example/a?b",
            "bcd [1]", "Liens", "[1] http://x.example/a?b", "Dates:  1er mars 2021", "Thématiques:  A [1]", "Archives",
            "document.jpgX", "URL de la source: https://x.example/a-", "Publié le 1er mars 2021", "Sources : A et B",
            "V... par abc",
        )
    ),
    max_size=12,
)  # fmt: skip


@given(LINES)
def test_no_word_of_prose_is_lost(lines: list[str]) -> None:
    """However lines are mixed, the prose among them stands in the item."""
    text = "\n".join(lines)
    for reader in (documents_plain, print_export):
        found = reader.read(text, PARIS)
        said = f"{found.title} {found.html} {found.themes}"  # a theme may be cut over two lines, so may prose be one
        assert all(line in said for line in lines if line in {"Un titre", "Une phrase."})


@pytest.mark.parametrize(
    "line",
    [
        "> " + " " * 50_000 + ">",
        "Publié le " + " " * 50_000 + "x",
        "Thématiques: a [1]\n" + "b " * 50_000,
        "URL de la source (modifié " + "1" * 50_000,
    ],
    ids=["white space in a page", "white space after a label", "a theme without end", "a date without end"],
)
def test_long_lines_cost_little(line: str) -> None:
    """A line made to be searched again and again takes no more than a moment in any reader."""
    moment = datetime(2026, 10, 27, tzinfo=PARIS)
    reader = documents_reader.Reader(folder=FOLDER, key="documents", sources=SOURCES, zone=PARIS, now=moment)
    begun = time.perf_counter()
    for ending in (".txt", ".html", ".md"):
        with suppress(ReadError):
            reader.read(f"Titre\n\n{line}\n".encode(), f"x{ending}", "x")
    assert time.perf_counter() - begun < 20
