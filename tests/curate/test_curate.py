"""What an issue is proposed with, in which order, and why the rest is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import curate
from publisher.curate import Proposal, Rules, SectionRule
from publisher.errors import PublisherError
from publisher.item import Event, Image, Item, Kind, Merge, Remark, Story

if TYPE_CHECKING:
    from random import Random

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 10, 27, 10, 0, tzinfo=PARIS)
SECTIONS = (
    SectionRule(key="une", title="À la une"),
    SectionRule(key="reseau", title="Réseau", sources=("rtes",)),
    SectionRule(key="partenaires", title="Partenaires"),
    SectionRule(key="agenda", title="Agenda", kinds=(Kind.EVENT,)),
    SectionRule(key="appels", title="Appels", kinds=(Kind.CALL,)),
)
RULES = Rules(sections=SECTIONS, subject="Newsletter RTES – {Month} {year}", preheader="Les infos - {number}/{year}")


def item(name: str, *, days: int = 1, **said: Any) -> Item:
    """Return an item of the source in its id, published ``days`` before the clock."""
    source = name.partition(":")[0]
    seen = NOW - timedelta(days=days)
    told: dict[str, Any] = {"source": source, "title": f"Titre {name}", "published": seen, "first_seen": seen}
    return Item(**{"id": name, **told, **said})


def event(name: str, start: datetime, **said: Any) -> Item:
    """Return an event of that day."""
    return item(name, kind=Kind.EVENT, event=Event(start=start), **said)


def propose(*items: Item | Story, rules: Rules = RULES, **facts: Any) -> Proposal:
    """Propose the issue of November 2026 at the tests' clock."""
    stories = tuple(one if isinstance(one, Story) else Story(main=one) for one in items)
    return curate.propose("2026-11", stories, rules, **{"carried": {}, "now": NOW, **facts})


def placed(proposal: Proposal) -> dict[str, list[str]]:
    """Return the ids by section, without the empty sections."""
    return {
        section.key: [entry.item for entry in section.entries] for section in proposal.issue.sections if section.entries
    }


def test_sections_follow_kind_then_source_then_default() -> None:
    """An event of ours is agenda, an article of ours is ours, another's is the partners'."""
    made = propose(
        event("rtes:1", NOW + timedelta(days=20)),
        item("rtes:2"),
        item("localtis:3"),
        item("irev:4", kind=Kind.CALL),
        item("irev:5", kind=Kind.JOB),
    )
    assert placed(made) == {
        "agenda": ["rtes:1"],
        "reseau": ["rtes:2"],
        "partenaires": ["irev:5", "localtis:3"],
        "appels": ["irev:4"],
    }


def test_a_section_naming_kind_and_source_wins_over_either_alone() -> None:
    """The rule that says most about an item takes it."""
    rules = replace(
        RULES, sections=(*SECTIONS, SectionRule(key="nos", title="N", sources=("rtes",), kinds=(Kind.CALL,)))
    )
    assert placed(propose(item("rtes:1", kind=Kind.CALL), rules=rules)) == {"nos": ["rtes:1"]}


def test_every_configured_section_stands_in_the_issue_in_order() -> None:
    """Sections without entries stay, so that an editor has a place to put something."""
    assert [section.key for section in propose().issue.sections] == [rule.key for rule in SECTIONS]


def test_subject_and_preheader_carry_the_month() -> None:
    """The month of the key is written in French, the patterns are the configuration's."""
    made = propose()
    assert (made.issue.subject, made.issue.preheader) == ("Newsletter RTES – Novembre 2026", "Les infos - 11/2026")


def test_newest_first_and_equal_dates_by_number() -> None:
    """Order is by date, and the same day gives the same order whatever came first."""
    items = [item("rtes:10", days=2), item("rtes:9", days=2), item("rtes:3", days=5), item("rtes:4", days=1)]
    assert (
        placed(propose(*items))
        == placed(propose(*reversed(items)))
        == {"reseau": ["rtes:4", "rtes:9", "rtes:10", "rtes:3"]}
    )


def test_agenda_is_by_date_of_event_and_undated_events_come_last() -> None:
    """The next event comes first, whenever it was published."""
    made = propose(
        event("rtes:1", NOW + timedelta(days=40), days=1),
        event("rtes:2", NOW + timedelta(days=10), days=9),
        item("rtes:3", kind=Kind.EVENT),
    )
    assert placed(made) == {"agenda": ["rtes:2", "rtes:1", "rtes:3"]}
    assert ("rtes:3", "événement sans date\u00a0: placé à la fin de l’agenda") in made.remarks


def test_of_an_event_that_comes_back_the_next_date_alone_is_proposed() -> None:
    """A monthly appointment fills one line of the agenda, and its later dates are left out with their reason."""
    later = event("agenda:1", NOW + timedelta(days=40), title="Le café du jeudi")
    sooner = event("agenda:2", NOW + timedelta(days=10), title="Le café du jeudi")
    elsewhere = event("irev:1", NOW + timedelta(days=40), title="Le café du jeudi")
    proposal = propose(later, sooner, elsewhere)
    assert placed(proposal)["agenda"] == ["agenda:2", "irev:1"]
    assert [(name, "agenda:2" in reason) for name, reason in proposal.left_out] == [("agenda:1", True)]


def test_past_events_are_left_out_with_their_day() -> None:
    """What is over when the month of the letter starts is not announced."""
    made = propose(event("rtes:1", datetime(2026, 10, 31, 18, 0, tzinfo=PARIS)))
    assert made.left_out == (("rtes:1", "l’événement est passé (31/10/2026)"),)


def test_an_event_that_still_lasts_is_kept() -> None:
    """An exhibition that started in October and ends in December is still agenda."""
    lasting = item("rtes:1", kind=Kind.EVENT, event=Event(start=NOW, end=NOW + timedelta(days=50)))
    assert placed(propose(lasting)) == {"agenda": ["rtes:1"]}


def test_an_event_of_a_whole_day_lasts_until_its_evening() -> None:
    """A day without hours is not past in its morning."""
    day = Event(start=datetime(2026, 11, 10, tzinfo=PARIS), all_day=True)
    kept = propose(item("rtes:1", kind=Kind.EVENT, event=day), now=datetime(2026, 11, 10, 15, 0, tzinfo=PARIS))
    gone = propose(item("rtes:1", kind=Kind.EVENT, event=day), now=datetime(2026, 11, 11, 1, 0, tzinfo=PARIS))
    assert placed(kept) == {"agenda": ["rtes:1"]}
    assert placed(gone) == {}


def test_the_past_ends_when_the_letter_leaves_if_that_is_known() -> None:
    """An event between the first of the month and the sending would arrive too late."""
    early = event("rtes:1", datetime(2026, 11, 2, 9, 0, tzinfo=PARIS))
    assert placed(propose(early)) == {"agenda": ["rtes:1"]}
    assert placed(propose(early, sent=datetime(2026, 11, 3, 9, 0, tzinfo=PARIS))) == {}


def test_an_old_issue_can_be_made_again_with_its_own_events() -> None:
    """Drafting July 2018 today keeps the events of July 2018."""
    story = Story(main=event("irev:1", datetime(2018, 7, 16, 16, 30, tzinfo=PARIS)))
    made = curate.propose("2018-07", (story,), RULES, carried={}, now=NOW)
    assert placed(made) == {"agenda": ["irev:1"]}


def test_an_article_with_a_past_date_is_no_past_event() -> None:
    """The account of a day that took place is news, whatever day it speaks of."""
    account = item("rtes:1", event=Event(start=NOW - timedelta(days=30)))
    assert placed(propose(account)) == {"reseau": ["rtes:1"]}


def test_closed_calls_are_left_out_and_the_last_day_still_counts() -> None:
    """A deadline is over the day after."""
    gone = item("rtes:1", kind=Kind.CALL, deadline=date(2026, 10, 31))
    last = item("rtes:2", kind=Kind.CALL, deadline=date(2026, 11, 1))
    made = propose(gone, last)
    assert placed(made) == {"appels": ["rtes:2"]}
    assert made.left_out == (("rtes:1", "la date limite est passée (31/10/2026)"),)


def test_members_only_items_never_enter_a_public_letter() -> None:
    """A private resource is left out and the editor is told."""
    assert propose(item("rtes:1", members_only=True)).left_out == (("rtes:1", "réservé aux adhérents"),)


def test_a_story_with_a_private_member_is_told_by_its_public_item() -> None:
    """Where a partner tells the same news in public, the partner's item stands for it and the private one is gone."""
    private, open_one = item("rtes:1", members_only=True), item("localtis:2")
    story = Story(main=private, others=(open_one,), merges=(Merge(left="rtes:1", right="localtis:2", reason="title"),))
    assert placed(propose(story)) == {"partenaires": ["localtis:2"]}
    assert curate.public(story) == Story(main=open_one)
    assert curate.public(Story(main=private)) is None


@pytest.mark.parametrize(
    "title",
    [
        "Newsletter RTES - Mars 2021",
        "La newsletter du RTES de janvier 2019",
        "Newsletter n° 42",
        "Lettre d’information du réseau - juin 2018",
        "Les infos du RTES - 01/2019",
    ],
)
def test_letters_put_online_are_left_out(title: str) -> None:
    """The letter does not republish itself."""
    assert propose(item("rtes:1", title=title)).left_out == (("rtes:1", "c’est une lettre mise en ligne"),)


@pytest.mark.parametrize(
    "title", ["Lettre ouverte aux candidats de 2022", "Créer sa newsletter : le guide", "Infos pratiques"]
)
def test_news_about_letters_is_no_letter(title: str) -> None:
    """Only the titles under which letters are archived are meant."""
    assert placed(propose(item("rtes:1", title=title))) == {"reseau": ["rtes:1"]}


def test_a_story_already_carried_by_any_of_its_items_is_left_out() -> None:
    """The same news from a second source a month later is not told again."""
    story = Story(main=item("rtes:1"), others=(item("localtis:2"),))
    made = propose(story, carried={"localtis:2": "2026-10"})
    assert made.left_out == (("rtes:1", "déjà dans le numéro 2026-10"),)


def test_what_was_proposed_before_is_left_out_unless_kept_for_later() -> None:
    """What an editor did not take last month does not come back by itself; what was kept for later does."""
    old = item("rtes:1", days=40)
    before = NOW - timedelta(days=30)
    assert propose(old, seen_before=before).left_out == (("rtes:1", "déjà proposé pour un numéro précédent"),)
    assert placed(propose(old, seen_before=before, later=("rtes:1",))) == {"reseau": ["rtes:1"]}


def test_a_new_item_makes_an_old_story_new() -> None:
    """A partner that takes the news up this month brings it back once."""
    story = Story(main=item("rtes:1", days=40), others=(item("localtis:2", days=2),))
    assert placed(propose(story, seen_before=NOW - timedelta(days=30))) == {"reseau": ["rtes:1"]}


def test_events_to_come_stay_until_an_issue_carries_them() -> None:
    """A calendar filled a year ahead is not lost after the first draft, and the editor is told."""
    made = propose(event("rtes:1", NOW + timedelta(days=60), days=40), seen_before=NOW - timedelta(days=30))
    assert placed(made) == {"agenda": ["rtes:1"]}
    assert made.remarks == (("rtes:1", "déjà proposé, mais encore à venir et dans aucun numéro"),)


def test_items_without_a_date_are_kept_by_the_day_they_were_seen() -> None:
    """No date is no reason to lose an item; the editor is told how it was placed."""
    made = propose(item("rtes:1", days=3), item("rtes:2", days=2, published=None), item("rtes:3", days=1))
    assert placed(made) == {"reseau": ["rtes:3", "rtes:2", "rtes:1"]}
    assert made.remarks == (("rtes:2", "sans date\u00a0: classé au jour où il a été relevé (25/10/2026)"),)


def test_an_event_needs_no_date_of_publication() -> None:
    """A calendar gives the day of the event and no other: there is nothing to tell the editor."""
    made = propose(event("rtes:1", NOW + timedelta(days=20), published=None))
    assert made.remarks == ()


def test_items_dated_in_the_future_are_kept_and_do_not_lead() -> None:
    """A wrong year does not pin an item to the top, and does not lose it."""
    wrong = item("rtes:1", days=5, published=NOW + timedelta(days=365))
    made = propose(wrong, item("rtes:2", days=1))
    assert placed(made) == {"reseau": ["rtes:2", "rtes:1"]}
    assert made.remarks == (("rtes:1", "daté dans le futur (27/10/2027)\u00a0: classé au jour où il a été relevé"),)


def test_the_lead_is_our_newest_article_with_image_and_summary() -> None:
    """The rule is simple, and the editor reads it."""
    shown: dict[str, Any] = {"images": (Image(address="https://site.example/i.jpg"),), "summary": "Deux phrases."}
    made = propose(item("rtes:1", days=1), item("rtes:2", days=2, **shown), item("rtes:3", days=3, **shown))
    assert placed(made) == {"une": ["rtes:2"], "reseau": ["rtes:1", "rtes:3"]}
    assert made.remarks[0][0] == "rtes:2"
    assert "le plus récent de «\u00a0Réseau\u00a0» qui ait une image" in made.remarks[0][1]


def test_no_lead_empties_a_section_or_comes_from_partners() -> None:
    """The only article of a section stays there, and partners do not lead our letter."""
    shown: dict[str, Any] = {"images": (Image(address="https://site.example/i.jpg"),), "summary": "Deux phrases."}
    made = propose(item("rtes:1", **shown), item("localtis:2", **shown), item("localtis:3", **shown))
    assert "une" not in placed(made)


def test_a_configuration_without_lead_or_default_is_obeyed() -> None:
    """Without a section for it an item is left out and the reason names the file to change."""
    rules = Rules(sections=(SectionRule(key="reseau", title="R", sources=("rtes",)),))
    made = propose(item("rtes:1"), item("localtis:2"), rules=rules)
    assert placed(made) == {"reseau": ["rtes:1"]}
    assert made.left_out == (("localtis:2", "aucune rubrique de config.toml ne l’accueille"),)


def test_notes_beside_the_ids_are_titles_and_for_events_their_day() -> None:
    """A person who moves lines sees what they are."""
    made = propose(item("rtes:1"), event("rtes:2", datetime(2026, 11, 19, 9, 0, tzinfo=PARIS)))
    assert made.titles == {"rtes:1": "Titre rtes:1", "rtes:2": "19/11/2026 – Titre rtes:2"}


def test_what_the_editor_must_know_stands_below_the_title() -> None:
    """A source's own remarks and ours follow the title, each once; those about pictures are left to preflight."""
    remarks = (
        Remark(code="no-date", text="La source ne donne pas de date."),
        Remark(code="video-without-address", text="Une vidéo a perdu son adresse."),
        Remark(code="image-without-alt", text="Une image est sans texte."),
    )
    made = propose(item("rtes:1", title="Un\ntitre", published=None, remarks=remarks))
    assert made.titles == {"rtes:1": "Un titre\nLa source ne donne pas de date.\nUne vidéo a perdu son adresse."}


def test_a_letter_that_the_reader_of_its_source_recognised_is_left_out() -> None:
    """The remark of the source is believed, whatever the title."""
    archived = item("rtes:1", remarks=(Remark(code="letter-archive", text="C’est une lettre."),))
    assert propose(archived).left_out == (("rtes:1", "c’est une lettre mise en ligne"),)
    received = replace(
        archived, title="Newsletter – Mars 2021", remarks=(Remark(code="received-letter", text="Reçue."),)
    )
    assert propose(received).left_out == ()


@pytest.mark.parametrize("key", ["2026-13", "2026", "novembre", "2026-1"])
def test_a_key_that_is_no_month_is_refused(key: str) -> None:
    """The sentence shows how a key is written."""
    with pytest.raises(PublisherError, match="2026-11"):
        curate.propose(key, (), RULES, carried={}, now=NOW)


KINDS = st.sampled_from(list(Kind))
ITEMS = st.builds(
    lambda number, source, days, kind, undated, private, start: item(
        f"{source}:{number}",
        days=days,
        kind=kind,
        members_only=private,
        event=Event(start=NOW + timedelta(days=start)) if kind is Kind.EVENT and start else None,
        **({"published": None} if undated else {}),
    ),
    st.integers(1, 60),
    st.sampled_from(["rtes", "irev"]),
    st.integers(-400, 400),
    KINDS,
    st.booleans(),
    st.booleans(),
    st.integers(-60, 60),
)


@given(st.lists(ITEMS, max_size=12, unique_by=lambda one: one.id), st.randoms())
def test_every_story_is_placed_once_or_left_out_with_a_reason(items: list[Item], random: Random) -> None:
    """Nothing is lost and nothing doubled, and the order of what comes in changes nothing."""
    made = propose(*items)
    random.shuffle(items)
    assert propose(*items) == made
    left = [name for name, _ in made.left_out]
    assert sorted([*made.issue.item_ids, *left]) == sorted(one.id for one in items)
    assert all(reason for _, reason in made.left_out)
    assert set(made.titles) == set(made.issue.item_ids)


def test_an_event_without_a_date_is_never_past() -> None:
    """What has no day cannot be over; the editor sees it at the end of the agenda."""
    assert placed(propose(item("rtes:1", kind=Kind.EVENT, days=300))) == {"agenda": ["rtes:1"]}
