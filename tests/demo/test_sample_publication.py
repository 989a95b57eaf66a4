"""The sample publication is the real configuration with other addresses, and an editor's work fits the drafted file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from publisher.demo import editor, people, publication
from publisher.errors import ContentError, OutputError
from publisher.folders import issue_file
from publisher.issue import Entry, Issue, Section

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIG = (ROOT / "config.toml").read_text(encoding="utf-8")
TITLES = {
    "rtes:2": "Vingt-deux communes, une seule cuisine : le pari de Valbrune",
    "rtes:3": "À Port-Sérin, les premiers logements en bail réel solidaire sont habités",
    "rtes:4": "Trois collectivités rejoignent le réseau",
    **{f"irev:{number}": title for number, title in enumerate(editor.LATER, start=1)},
    "localtis:1": "La caravane des services publics fait étape dans quarante villages",
}
PARTNERS = tuple(item for item in TITLES if not item.startswith("rtes:"))


def placed(item: str) -> Entry:
    """Return an entry without a word of the editor's."""
    return Entry(item=item)


def drafted() -> str:
    """Return an issue file as the draft stage composes it."""
    issue = Issue(
        key="2026-11",
        subject="Lettre",
        sections=(
            Section(key="une", title="À la une"),
            Section(key="reseau", title="Réseau", entries=tuple(map(placed, ("rtes:2", "rtes:3", "rtes:4")))),
            Section(key="partenaires", title="Partenaires", entries=tuple(map(placed, PARTNERS))),
        ),
    )
    return issue_file.compose(issue, TITLES)


def test_every_comment_of_the_configuration_is_kept() -> None:
    """Replacing the addresses loses no comment, so that the sample teaches what the real file does."""
    told = publication.configuration(CONFIG)
    for line in CONFIG.splitlines():
        if "#" in line:
            assert line.partition("#")[2] in told


def test_no_real_address_is_left() -> None:
    """Every address and mail address of the sample configuration is a reserved one."""
    raw = tomllib.loads(publication.configuration(CONFIG))
    text = str(raw)
    assert "rtes.fr" not in text
    assert "irev.fr" not in text
    assert "banquedesterritoires" not in text
    assert raw["sources"]["agenda"]["kind"] == "calendar"
    assert raw["sections"] == tomllib.loads(CONFIG)["sections"]


def test_an_smtp_transport_becomes_a_maildir() -> None:
    """Whatever way out the real configuration names, the sample one writes to a mailbox on disk."""
    text = CONFIG.replace(
        'kind = "maildir"\npath = "var/maildir"', 'kind = "smtp"\nhost = "relais.example"\nport = 587'
    )
    assert tomllib.loads(publication.configuration(text))["transport"] == {"kind": "maildir", "path": "var/maildir"}


def test_paths_are_set_when_asked(tmp_path: Path) -> None:
    """The sample publication can use another's templates and feeds folder, and is written the same twice."""
    first = publication.prepare(tmp_path, CONFIG, paths={"templates": "../../templates"})
    text = first.read_bytes()
    assert publication.prepare(tmp_path, CONFIG, paths={"templates": "../../templates"}).read_bytes() == text
    assert tomllib.loads(text.decode())["paths"] == {"templates": "../../templates"}
    assert sorted(path.name for path in (tmp_path / "content").iterdir()) == ["articles", "issues"]
    assert list((tmp_path / "content" / "articles").iterdir())


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """Where the folder cannot be written the error says so, and what to look at."""
    (tmp_path / "demo").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match="droits du dossier"):
        publication.prepare(tmp_path / "demo", CONFIG)


def test_editor_work_is_a_good_issue_file() -> None:
    """After the editor's work the file still parses: subject, opening word, two headlines, one rewritten entry."""
    issue = issue_file.parse(editor.edit(drafted()), "2026-11.md")
    assert issue.subject == "Lettre du réseau – Novembre 2026"
    assert issue.preheader == editor.PREHEADER
    assert issue.editorial.author == "Hélène Marchand-Roy"
    assert 80 <= len(issue.editorial.text.split()) <= 120
    sections = {section.key: [entry.item for entry in section.entries] for section in issue.sections}
    assert issue.later == tuple(item for item in PARTNERS if item != "localtis:1")
    assert sections == {"une": ["rtes:3", "rtes:2"], "reseau": ["rtes:4"], "partenaires": ["localtis:1"]}
    rewritten = issue.sections[2].entries[0].overrides
    assert rewritten.title == "Les services publics prennent la route"
    assert rewritten.summary is not None
    assert rewritten.summary.startswith("Deux camions aménagés en guichets, quarante villages, le même agent")


def test_editor_says_which_entry_is_missing() -> None:
    """A draft without an entry that the editor works on is refused with its title, and not half edited."""
    with pytest.raises(ContentError, match="Vingt-deux communes"):
        editor.edit(drafted().replace("Vingt-deux", "Onze"))


def test_twenty_subscribers() -> None:
    """The list has twenty different people, with accents, quotes and no name, on reserved hosts, the same each time."""
    sample = people.subscribers()
    assert len({each.address for each in sample}) == len({each.token for each in sample}) == 20
    assert all(each.address.endswith(".example") for each in sample)
    assert any('"' in each.name for each in sample)
    assert any(not each.name for each in sample)
    assert sample == people.subscribers()
