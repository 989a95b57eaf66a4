"""Issue files read and written: every fault with its line, and a round trip that loses nothing."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import ContentError
from publisher.folders import front_matter, issue_file
from publisher.issue import Editorial, Entry, Issue, Overrides, Section, Waiver

PARIS = ZoneInfo("Europe/Paris")
CORPUS = sorted((Path(__file__).parent.parent / "corpus" / "issues").glob("*.toml"))
FILE = "content/issues/2026-11.md"

WHOLE = Issue(
    key="2026-11",
    subject="Newsletter RTES – Novembre 2026",
    preheader="Les infos du réseau",
    editorial=Editorial(
        text="Chères et chers collègues,\n\n**Bonne** lecture.",
        title="Le mot de la présidente",
        author="A. Martin",
        role="Présidente",
        portrait="images/portrait.jpg",
        portrait_alt="A. Martin à son bureau",
    ),
    sections=(
        Section(key="une", title="À la une", entries=(Entry(item="rtes:101"),)),
        Section(
            key="reseau",
            title="Les actualités du réseau",
            intro="Trois brèves.",
            entries=(
                Entry(
                    item="localtis:7",
                    overrides=Overrides(
                        title='Un "autre" titre',
                        summary="Une.\nDeux \\ trois.",
                        link="https://site.example/page",
                        link_text="Lire chez Localtis",
                        image="images/photo.jpg",
                        alt="",
                        credit="Photo\u00a0: X",
                        place="Lyon",
                        start=datetime(2026, 11, 12, 14, 30, tzinfo=PARIS),
                        deadline=date(2026, 12, 15),
                    ),
                ),
            ),
        ),
        Section(key="agenda", title="Agenda"),
    ),
    waivers=(Waiver(code="alt-missing", reason="Photo décorative."),),
    later=("irev:3",),
    file=FILE,
)


def bare(issue: Issue) -> Issue:
    """Return the issue without the lines that only a file gives."""
    return replace(
        issue,
        editorial=replace(issue.editorial, line=0),
        sections=tuple(
            replace(section, line=0, entries=tuple(replace(entry, line=0) for entry in section.entries))
            for section in issue.sections
        ),
        waivers=tuple(replace(waiver, line=0) for waiver in issue.waivers),
    )


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_each_faulty_file_says_all_its_faults_with_their_lines(path: Path) -> None:
    """Every file of the corpus gives exactly the faults it announces: lines, words, remedies."""
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    file = case.get("file", FILE)
    with pytest.raises(ContentError) as caught:
        issue_file.parse(case["input"], file)
    said = [
        (one.line, one.text.replace("\u00a0", " "), one.remedy.replace("\u00a0", " ")) for one in caught.value.faults
    ]
    assert [line for line, *_ in said] == [fault["line"] for fault in case["fault"]], said
    for (_, text, remedy), expected in zip(said, case["fault"], strict=True):
        assert expected["says"] in text
        assert expected.get("remedy", "") in remedy
    assert {fault.place for fault in caught.value.faults} == {file}


def test_what_is_written_is_read_back_whole() -> None:
    """Every field that an editor may set survives the file."""
    text = issue_file.compose(WHOLE, {"rtes:101": "Titre"})
    assert bare(issue_file.parse(text, FILE)) == WHOLE


def test_lines_point_at_the_ids_sections_text_and_waivers() -> None:
    """A finding can name the line an editor has to look at."""
    text = issue_file.compose(WHOLE, {})
    lines = text.split("\n")
    issue = issue_file.parse(text, FILE)
    for section in issue.sections:
        assert lines[section.line - 1] == "[[section]]"
        for entry in section.entries:
            assert entry.item in lines[entry.line - 1]
    assert lines[issue.editorial.line - 1] == "Chères et chers collègues,"
    assert lines[issue.waivers[0].line - 1].startswith("alt-missing")


def test_the_written_file_reads_well() -> None:
    """Ids stand one a line with their titles, a header says how to edit, an example shows an override."""
    issue = replace(WHOLE, sections=(Section(key="une", title="À la une", entries=(Entry(item="rtes:101"),)),))
    text = issue_file.compose(issue, {"rtes:101": "Le titre\u2028sur deux lignes\tet trois" + " long" * 40})
    assert '\n  "rtes:101",  # Le titre sur deux lignes et trois long' in text
    assert "long…\n]" in text
    assert "publisher check 2026-11" in text
    assert '# [entry."rtes:101"]' in text
    assert max(map(len, text.split("\n"))) <= 120


def test_remarks_stand_above_the_id_they_speak_of() -> None:
    """What the editor must know of an item is read where the item is, wrapped, and cannot become TOML."""
    issue = replace(WHOLE, sections=(Section(key="une", title="À la une", entries=(Entry(item="rtes:101"),)),))
    long = "Une vidéo a perdu son adresse et voici pourquoi il faut la chercher " * 3
    text = issue_file.compose(issue, {"rtes:101": f'Titre\nSans date.\n{long}\nFin\r"]'})
    assert "  # Sans date.\n  # Une vidéo" in text
    assert '  # Fin "]\n  "rtes:101",  # Titre\n' in text
    assert max(map(len, text.split("\n"))) <= 120
    assert bare(issue_file.parse(text, FILE)).sections == issue.sections


def test_the_commented_example_is_itself_valid() -> None:
    """An editor who removes the comment signs of the example gets a file that can be read."""
    issue = replace(WHOLE, sections=(Section(key="une", title="À la une", entries=(Entry(item="rtes:101"),)),))
    head, example = issue_file.compose(issue, {}).split('# [entry."rtes:101"]')
    mended = head + '[entry."rtes:101"]' + example.replace("\n# ", "\n")
    told = issue_file.parse(mended, FILE).sections[0].entries[0].overrides
    assert told.start == datetime(2026, 11, 3, 14, 0, tzinfo=PARIS)
    assert told.deadline == date(2026, 12, 15)
    assert told.title == "Un titre plus court"


def test_an_editors_system_does_not_matter() -> None:
    """A byte order mark and the line ends of Windows change neither the issue nor its lines."""
    text = issue_file.compose(WHOLE, {})
    assert issue_file.parse("\ufeff" + text.replace("\n", "\r\n"), FILE) == issue_file.parse(text, FILE)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-12T14:30:00", datetime(2026, 11, 12, 14, 30, tzinfo=PARIS)),
        ("2026-11-12T13:30:00Z", datetime(2026, 11, 12, 14, 30, tzinfo=PARIS)),
        ("2026-11-12", datetime(2026, 11, 12, 0, 0, tzinfo=PARIS)),
        ('"jeudi 12 novembre 2026 à 14 h 30"', datetime(2026, 11, 12, 14, 30, tzinfo=PARIS)),
        ('"12 novembre 2026 à 14\u00a0h"', datetime(2026, 11, 12, 14, 0, tzinfo=PARIS)),
        ('"1er décembre 2026"', datetime(2026, 12, 1, 0, 0, tzinfo=PARIS)),
        ('"Lundi 16 juillet 2018 - 16:30"', datetime(2018, 7, 16, 16, 30, tzinfo=PARIS)),
        ('"12/11/2026"', datetime(2026, 11, 12, 0, 0, tzinfo=PARIS)),
        ('"2026-11-12"', datetime(2026, 11, 12, 0, 0, tzinfo=PARIS)),
    ],
)
def test_dates_are_read_as_people_write_them(written: str, meant: datetime) -> None:
    """TOML dates and French words give the same aware time."""
    section = '[[section]]\nkey = "a"\ntitle = "A"\nentries = ["x:1"]\n'
    text = f'+++\nsubject = "S"\n{section}[entry."x:1"]\nstart = {written}\n+++\n'
    start = issue_file.parse(text, FILE).sections[0].entries[0].overrides.start
    assert start == meant
    assert start is not None
    assert start.utcoffset() is not None


def test_missing_items_are_named_with_their_line_and_the_same_number_elsewhere() -> None:
    """A mistyped source is shown with the one that was meant; another number of a source is never guessed."""
    issue = issue_file.parse(issue_file.compose(WHOLE, {}), FILE)
    (fault,) = issue_file.missing(issue, {"rts:101", "rtes:102", "localtis:7"})
    assert fault.line == issue.sections[0].entries[0].line
    assert "rtes:101" in fault.text
    assert "« rts:101 »" in fault.remedy.replace("\u00a0", " ")
    (fault,) = issue_file.missing(issue, {"rtes:102", "localtis:7"})
    assert "publisher items" in fault.remedy
    assert issue_file.missing(issue, {"rtes:101", "localtis:7"}) == ()


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(lambda text: text.replace("\ufeff", ""))
SHORT = st.none() | TEXT
IDS = st.builds("{}:{}".format, st.sampled_from(["rtes", "irev", "a_b-c"]), st.integers(1, 999))
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(PARIS))  # noqa: DTZ001 - bounds
OVERRIDES = st.builds(
    Overrides,
    title=SHORT,
    summary=SHORT,
    link=SHORT,
    image=SHORT,
    alt=SHORT,
    place=SHORT,
    start=st.none() | TIMES.map(lambda time: time.astimezone(ZoneInfo("UTC"))),
    deadline=st.none() | st.dates(),
)


@st.composite
def issues(draw: st.DrawFn) -> Issue:
    """Draw any issue that a file can hold."""
    ids = draw(st.lists(IDS, max_size=8, unique=True))
    cut = sorted(draw(st.lists(st.integers(0, len(ids)), min_size=2, max_size=2)))
    parts = (ids[: cut[0]], ids[cut[0] : cut[1]])
    return Issue(
        key="2026-11",
        subject=draw(TEXT),
        preheader=draw(TEXT),
        editorial=Editorial(text=draw(TEXT).replace("\r", "").strip(), title=draw(TEXT), portrait=draw(TEXT)),
        sections=tuple(
            Section(
                key=f"s{number}",
                title=draw(TEXT),
                intro=draw(TEXT),
                entries=tuple(Entry(item=item, overrides=draw(OVERRIDES)) for item in part),
            )
            for number, part in enumerate(parts)
        ),
        waivers=tuple(
            Waiver(code=code, reason=f"r{draw(TEXT)}") for code in draw(st.lists(TEXT, max_size=2, unique=True))
        ),
        later=tuple(ids[cut[1] :]),
        file=FILE,
    )


@given(issues(), st.dictionaries(IDS, TEXT, max_size=4))
def test_any_issue_survives_its_file(issue: Issue, titles: dict[str, str]) -> None:
    """Quotes, backslashes, control characters, several lines, ``+++`` in a text: nothing is lost."""
    assert bare(issue_file.parse(issue_file.compose(issue, titles), FILE)) == issue


def test_what_has_no_line_of_its_own_gets_that_of_what_is_around_it() -> None:
    """A fault about something that is not written stands at the nearest thing that is, or at the first line."""
    matter, _ = front_matter.split('+++\nsubject = "S"\n[editorial]\n+++\n', FILE)
    assert matter is not None
    assert (matter.line("editorial", "title"), matter.line("waive", "emoji"), matter.line()) == (3, 1, 1)
