"""Which form an entry takes, and what happens at the edges: no date, no catalogue, no template."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import jinja2
import pytest
from render import reading, sampling

from publisher.errors import RenderError
from publisher.links import feed_tagger
from publisher.render import archive, environment, feeds, images, inlining, letter
from publisher.render.environment import sayer

if TYPE_CHECKING:
    from publisher.edition import Edition


def told(**entry: object) -> Edition:
    """Return the edition of a letter with this one entry."""
    one = {"id": "reseau:1", "title": "Mot", **entry}
    part = {"key": "divers", "title": "Divers", "entry": [one]}
    return sampling.opened({"key": "2026-11", "subject": "Mot", "section": [part]}).frozen()


@pytest.mark.parametrize(
    ("entry", "label", "classes"),
    [
        ({}, "Lire la suite", ()),
        ({"kind": "job"}, "Voir l’offre", ()),
        ({"kind": "job", "deadline": sampling.day(2026, 11, 30)}, "Voir l’offre", ("deadline",)),
        ({"kind": "call"}, "Voir l’appel", ()),
        ({"deadline": sampling.day(2026, 11, 30)}, "Voir l’appel", ("deadline",)),
        ({"kind": "resource"}, "Consulter", ()),
        ({"kind": "event"}, "Lire la suite", ()),
        ({"kind": "event", "event": {"start": sampling.hour(2026, 11, 30, 14)}}, "En savoir plus", ("day", "moment")),
        ({"event": {"start": sampling.hour(2026, 11, 30, 14)}}, "Lire la suite", ("moment",)),
    ],
)
def test_an_entry_takes_the_form_of_its_kind(entry: dict[str, object], label: str, classes: tuple[str, ...]) -> None:
    """Label, date block and deadline follow from the kind and from what is known; an event without a date has none."""
    edition = told(**entry)
    document = reading.tree(edition.page)  # the mail keeps only classes that its style sheet names
    names = {name for element in document.iter() for name in (element.get("class") or "").split()}
    assert names & {"deadline", "day", "moment"} == set(classes)
    assert f"{label}\u00a0[1]" in edition.text


def test_a_registration_at_the_same_page_is_not_said_twice() -> None:
    """« S’inscrire » that leads where « En savoir plus » leads is left out."""
    start = sampling.hour(2026, 11, 30, 14)
    page = "https://reseau.example/articles/1"
    assert "S’inscrire" not in told(kind="event", event={"start": start, "registration": page}).text
    assert "S’inscrire" in told(kind="event", event={"start": start, "registration": f"{page}/inscription"}).text


def test_files_say_their_kind_and_size_as_far_as_known() -> None:
    """The type comes from the media type or the address; an address that nobody should follow is left out."""
    documents = [
        {"address": "https://a.example/x.pdf?v=2", "title": "Un"},
        {"address": "https://a.example/x", "media_type": "application/zip", "size": 2048},
        {"address": "javascript:alert(1)", "title": "Trois"},
    ]
    text = told(kind="resource", documents=documents).text
    assert "Un\u00a0[1] (PDF)" in text
    assert "Télécharger\u00a0[2] (ZIP, 2\u00a0ko)" in text
    assert "Trois" not in text


def test_code_is_kept_line_by_line() -> None:
    """A block of code in the édito keeps its lines in the text part."""
    sample = sampling.opened({"key": "2026-11", "subject": "Mot", "editorial": {"text": "```\nun\n  deux\n```"}})
    assert "    un\n" in sample.frozen().text


@pytest.mark.parametrize("key", ["2026-13", "novembre", "2026-1", ""])
def test_a_key_that_is_no_month_is_refused(key: str) -> None:
    """Without a month there is no date to give the edition."""
    with pytest.raises(RenderError, match="AAAA-MM"):
        letter.nominal(key, sampling.SETTINGS)


def test_an_archive_template_that_fails_is_named() -> None:
    """A fault in the list's template is a RenderError, not Jinja's."""
    loader = jinja2.DictLoader({"index.html": "{{ issues.nothing.at.all }}"})
    with pytest.raises(RenderError, match="pages d’archives"):
        archive.build([], sampling.SETTINGS, environment.make(loader))


def test_a_foreign_environment_is_refused() -> None:
    """Only an environment of ``environment.make`` knows the catalogue."""
    with pytest.raises(TypeError, match=r"environment\.make"):
        sayer(jinja2.Environment(autoescape=True))


def test_inlining_that_fails_says_so() -> None:
    """What premailer cannot read is a RenderError."""
    with pytest.raises(RenderError, match="feuille de style"):
        inlining.inline("")


def test_the_plan_skips_what_is_not_there() -> None:
    """An id without a story asks for no picture; of two uses the wider one is planned."""
    sample = sampling.read("usual")
    address = "https://reseau.example/portraits/camille-aubry.jpg"
    found = images.plan(sample.issue, {}, press=frozenset())
    assert [(wanted.address, wanted.use) for wanted in found] == [(address, "portrait")]


def test_an_event_told_in_another_zone_is_told_at_our_hour() -> None:
    """A source that writes UTC gives the hour of the publication's zone in the letter, its feeds and its page."""
    start = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    edition = told(kind="event", event={"start": start})
    assert "Mardi 1er décembre 2026 à 0\u00a0h\u00a030" in edition.text
    assert edition.entries[0].start == start
    assert str(edition.entries[0].start) == "2026-12-01 00:30:00+01:00"
    rss = feeds.build([edition], sampling.SETTINGS, feed_tagger(sampling.CAMPAIGN))["rss.xml"].decode()
    assert "Mardi 1er décembre 2026 à 0\u00a0h\u00a030" in rss
    assert '"startDate": "2026-12-01T00:30:00+01:00"' in edition.page
