"""Newsletters received in a Maildir become items that say nothing of the address that received them."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from sources.loopback import settings

from publisher.errors import SourceError
from publisher.sources import letters
from publisher.sources.collector import Collector
from publisher.sources.reading import Origin
from publisher.sources.settings import LetterSource

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.item import ItemData
    from publisher.protocols import Collected

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 10, 27, 10, 0, tzinfo=PARIS)
ORIGIN = Origin(key="s", address="new/1", now=NOW, zone=PARIS)
HTML = """\
<html><head><style>p { color: red }</style></head><body>
<div style="display:none">Les nouvelles d’octobre</div>
<p>Un souci d’affichage ? <a href="https://lettre.example/v/octobre?utm_source=x">Version en ligne</a></p>
<table><tr><td><h2>Un tiers-lieu ouvre</h2><p>À Castelmarin, <a href="https://partenaire.example/tl?utm_medium=email">le
tiers-lieu</a> accueille 45 <a href="https://reseau.example/s?mc_eid=abc123">structures</a>.</p>
<img src="https://lettre.example/i.jpg" alt="La cour" width="600"></td></tr></table>
<p><a href="https://lettre.example/u/JETON?mc_eid=abc123">Se désinscrire</a> | <a href="https://lettre.example/p/JETON">
Modifier mes préférences</a></p>
<img src="https://lettre.example/o/JETON.gif" width="1" height="1"></body></html>"""


def message(
    *, sender: str = "Réseau <lettre@partenaire.example>", date: str = "Mon, 05 Oct 2026 10:00:00 +0200"
) -> EmailMessage:
    """Return a newsletter as it is received."""
    made = EmailMessage()
    made["From"], made["Subject"], made["Date"] = sender, "Lettre d’octobre – nº 12", date
    made["Message-ID"] = "<octobre@partenaire.example>"
    made.set_content("Un tiers-lieu ouvre.\n\nÀ Castelmarin.")
    made.add_alternative(HTML, subtype="html")
    return made


def maildir(folder: Path, *messages: EmailMessage) -> Path:
    """Return a Maildir that holds these messages, the last in cur."""
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    for number, each in enumerate(messages):
        place = folder / ("cur" if number == len(messages) - 1 else "new")
        (place / f"{number}.eml").write_bytes(each.as_bytes())
    return folder


def collected(folder: Path, *, senders: tuple[str, ...] = ()) -> Collected:
    """Collect a Maildir."""
    source = LetterSource(name="Lettres", path="boite", senders=senders)
    (done,) = Collector({"s": source}, settings(), folder, PARIS).collect({}, NOW)
    return done


def letter(made: EmailMessage) -> ItemData:
    """Return the item of one message."""
    found = letters.letter(made.as_bytes(), ORIGIN)
    assert found is not None
    return found


def test_a_letter_is_an_item() -> None:
    """Subject, date, identity, text, images and clean citations come out; the web version is its address."""
    item = letter(message())
    assert item.title == "Lettre d’octobre – nº 12"
    assert item.guid == "octobre@partenaire.example"
    assert item.published == datetime(2026, 10, 5, 10, 0, tzinfo=PARIS)
    assert item.link == "https://lettre.example/v/octobre"
    assert "accueille 45 " in item.html
    assert [each.address for each in item.citations] == ["https://partenaire.example/tl", "https://reseau.example/s"]
    assert [(each.address, each.alt) for each in item.images] == [("https://lettre.example/i.jpg", "La cour")]


def test_nothing_personal_survives() -> None:
    """Unsubscribe and preference links, counters and styles are gone from text, links and images."""
    item = letter(message())
    everything = repr(item)
    for words in ("JETON", "mc_eid", "désinscrire", "préférences", "color: red", "Version en ligne", "Les nouvelles"):
        assert words not in everything


def test_a_letter_without_html() -> None:
    """The text part makes paragraphs."""
    made = EmailMessage()
    made.set_content("Un < deux.\n\nTrois.")
    assert letter(made).html == "<p>Un &lt; deux.</p><p>Trois.</p>"


def test_a_maildir_is_collected(tmp_path: Path) -> None:
    """Letters of new and cur are read, those too old or of other senders are not, and nothing is moved."""
    old = message(date="Mon, 05 Jan 2026 10:00:00 +0100")
    old.replace_header("Message-ID", "<janvier@partenaire.example>")
    other = message(sender="pub@ailleurs.example")
    other.replace_header("Message-ID", "<pub@ailleurs.example>")
    maildir(tmp_path / "boite", old, other, message())
    files = sorted(tmp_path.rglob("*.eml"))
    done = collected(tmp_path, senders=("partenaire.example",))
    assert [item.guid for item in done.items] == ["octobre@partenaire.example"]
    assert len(collected(tmp_path).items) == 2
    assert sorted(tmp_path.rglob("*.eml")) == files


def test_a_missing_maildir_says_so(tmp_path: Path) -> None:
    """A path that is no Maildir is an error with what to do."""
    done = collected(tmp_path)
    assert isinstance(done.error, SourceError)
    assert "Maildir" in done.error.text
    assert done.error.remedy


@given(
    st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda text: f"Subject: {text}\n\n{text}".encode()))
)
def test_any_message_is_read_or_left(body: bytes) -> None:
    """No bytes make the reader fail."""
    letters.letter(body, ORIGIN)
    letters.letter(b"Content-Type: text/html; charset=x-inconnu\n\n" + body, ORIGIN)
    letters.letter(b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" + body, ORIGIN)
