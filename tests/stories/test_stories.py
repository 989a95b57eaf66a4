"""Facts about the same news told by several sources."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

from publisher import stories
from publisher.item import Citation, Event, Item, Kind

DAY = datetime(2026, 10, 6, 9, tzinfo=UTC)
PROSE = (
    "<p>La halle aux grains de Valbrune rouvre ses portes après deux ans de travaux. Vingt producteurs y tiendront "
    "boutique, une épicerie participative occupera l’aile nord, et la commune garde la main sur les loyers. Les élus "
    "parlent d’un commerce qui reste aux habitants.</p>"
)


def item(key: str, title: str = "", **values: object) -> Item:
    """Return an item of the source that its id names."""
    base = Item(id=key, source=key.split(":", maxsplit=1)[0], title=title or f"Titre propre à {key}", first_seen=DAY)
    return replace(base, **values)  # type: ignore[arg-type]


def grouped(*items: Item, decisions: tuple[stories.Decision, ...] = ()) -> list[list[str]]:
    """Return the ids of each story, sorted."""
    return sorted(sorted(each.id for each in story.items) for story in stories.group(items, decisions))


def reasons(*items: Item) -> list[str]:
    """Return the reasons of all merges."""
    return [merge.reason for story in stories.group(items) for merge in story.merges]


def test_strangers_stay_apart() -> None:
    """Every item is in exactly one story, alone when nothing speaks for a merge."""
    assert grouped(item("a:1", "Une épicerie ouvre"), item("b:1", "Un budget est voté")) == [["a:1"], ["b:1"]]


def test_same_address() -> None:
    """Two items with one canonical address are one story, whatever their titles."""
    found = (item("a:1", address="http://www.x.example/p/"), item("b:1", address="https://x.example/p"))
    assert grouped(*found) == [["a:1", "b:1"]]
    assert reasons(*found) == [stories.SAME_ADDRESS]


def test_cited_address() -> None:
    """An item that cites another's address and shares its subject tells its news; a round-up does not."""
    told = item("a:1", "Retour sur la journée des halles", address="https://x.example/retour")
    cites = item("b:1", "Retour sur la journée nationale des halles", citations=(Citation(address=told.address),))
    assert reasons(told, cites) == [stories.CITED_ADDRESS]
    many = tuple(Citation(address=f"https://y.example/{number}") for number in range(9))
    assert reasons(told, replace(cites, citations=(*cites.citations, *many))) == []


def test_credit_and_near_title() -> None:
    """A credit line and a near title are one story, told by the item that is credited."""
    told = item("quotidien:1", "Des kits pour outiller les candidats aux élections")
    again = item("b:1", "Outiller les candidats aux élections\u00a0: des kits", credits=("Quotidien",), html=PROSE)
    assert reasons(told, again) == [stories.CREDIT]
    assert stories.group((told, again))[0].main.id == "quotidien:1"


def test_near_identical_text() -> None:
    """A text taken over with a few words changed is one story though the titles differ."""
    changed = PROSE.replace("Les élus parlent", "Élus et habitants parlent")
    assert reasons(item("a:1", html=PROSE), item("b:1", html=changed)) == [stories.NEAR_TEXT]


def test_title_and_date() -> None:
    """The same long title within days is one story; months later it is not."""
    title = "La halle aux grains rouvre ses portes"
    assert reasons(item("a:1", title), item("b:1", title.upper())) == [stories.TITLE_AND_DATE]
    assert reasons(item("a:1", title), item("b:1", title, published=DAY - timedelta(days=90))) == []


def test_yearly_events_stay_apart() -> None:
    """Same words, another year or another day of the event: two stories."""
    assert (
        reasons(item("a:1", "Forum des halles solidaires 2025"), item("b:1", "Forum des halles solidaires 2026")) == []
    )
    one = item("a:1", "Forum des halles solidaires", html=PROSE, event=Event(start=DAY))
    assert reasons(one, replace(one, id="b:1", source="b", event=Event(start=DAY + timedelta(days=7)))) == []


def test_one_source_repeats_titles() -> None:
    """Two items of one source with the same title are two stories: it writes « Agenda de la semaine » every week."""
    assert (
        reasons(item("a:1", "L’agenda de la semaine du réseau"), item("a:2", "L’agenda de la semaine du réseau")) == []
    )


def test_a_person_decides() -> None:
    """What a person splits stays split, also through a third item; what a person joins is joined."""
    one, two, three = (item(f"{key}:1", address="https://x.example/p") for key in "abc")
    split = stories.Decision(left="a:1", right="c:1", together=False)
    assert not any({"a:1", "c:1"} <= set(each) for each in grouped(one, two, three, decisions=(split,)))
    joined = stories.Decision(left="a:1", right="d:1", together=True)
    assert ["a:1", "d:1"] in grouped(one, item("d:1"), decisions=(joined,))


def test_order_does_not_matter() -> None:
    """The same items in any order give the same stories in the same order."""
    items = (
        item("a:1", address="https://x.example/p", html=PROSE),
        item("b:1", address="https://x.example/p"),
        item("c:1", html=PROSE),
        item("d:1", "Un autre sujet"),
    )
    first = stories.group(items)
    assert all(stories.group(order) == first for order in permutations(items))


MARCH = datetime(2026, 3, 2, 9, tzinfo=UTC)
TELLS = (
    "Le 26 février, la région Haute-Sarre a créé un fonds de 4 millions d'euros pour trente tiers-lieux nourriciers."
)


def news(key: str, title: str, text: str, **values: object) -> Item:
    """Return an item with a short text, published in March."""
    return item(key, title, **{"html": f"<p>{text}</p>", "published": MARCH, **values})


def test_what_is_kept_apart_is_not_joined_through_a_third() -> None:
    """Two parts of a series are two stories, though one article is near both: it joins the first and not the second."""
    title = "Les fiches du kit municipal pour les élus de Valbrune"
    one = news("a:1", f"{title}, fiche 1", TELLS)
    two = news("b:1", f"{title}, fiche 2", TELLS)
    both = news("c:1", title, TELLS)
    found = grouped(one, two, both)
    assert not any({"a:1", "b:1"} <= set(each) for each in found)
    assert len(found) == 2


def test_an_alias_follows_its_original_into_a_story() -> None:
    """Two addresses of one page and a partner's copy are one story, whichever came first."""
    one = news("a:1", "Un fonds pour les tiers-lieux nourriciers", TELLS, address="https://x.example/fonds")
    alias = replace(one, id="a:2", address="http://www.x.example/fonds/")
    copy = news("b:1", "Un fonds pour les tiers-lieux nourriciers", TELLS, first_seen=DAY - timedelta(days=1))
    for order in permutations((one, alias, copy)):
        assert grouped(*order) == [["a:1", "a:2", "b:1"]]


def test_two_items_of_one_source_never_meet_through_a_partner() -> None:
    """One source's two articles stay two stories even if a partner's text is near to both."""
    first = news("a:1", "Un fonds pour les tiers-lieux nourriciers", TELLS)
    second = news(
        "a:2", "Trente tiers-lieux nourriciers aidés par la Haute-Sarre", f"{TELLS} Les dossiers sont ouverts."
    )
    copy = news("b:1", "Un fonds pour les tiers-lieux nourriciers", TELLS)
    assert not any({"a:1", "a:2"} <= set(each) for each in grouped(first, second, copy))


def test_a_day_that_no_calendar_has_is_no_day() -> None:
    """« 31 février » in a text is passed over and does not stop the comparison."""
    one = news("a:1", "Un fonds pour les tiers-lieux nourriciers", f"{TELLS} Dossiers avant le 31 février.")
    assert grouped(one, replace(one, id="b:1", source="b")) == [["a:1", "b:1"]]


def test_what_may_be_one_news_is_offered_until_it_is_decided() -> None:
    """Two accounts with one figure in common are offered, not merged; once a person has decided they come no more."""
    one = news(
        "a:1",
        "Un magasin sans argent ouvre à Rochefleurie",
        "On y échange des heures contre des objets depuis lundi ; 210 adhérents.",
    )
    other = news(
        "b:1", "Rochefleurie : on paie en heures", "Ce magasin ouvre trois matins par semaine et compte 210 adhérents."
    )
    assert len(stories.group((one, other))) == 2
    (offer,) = stories.likely((one, other))
    assert (offer.left, offer.right, offer.reason) == ("a:1", "b:1", stories.LIKELY)
    for together in (True, False):
        decision = stories.Decision(left="b:1", right="a:1", together=together)
        assert stories.likely((one, other), (decision,)) == ()


def test_facts_alone_are_offered_and_not_merged() -> None:
    """Two accounts of one matter, with its names and figures, may be a news and what came of it: a person judges."""
    told = news("a:1", "La papeterie d’Étival devient une Scop", "Cent douze salariés d’Étival rachètent leur usine.")
    next_ = news("b:1", "Étival : 112 salariés rachètent leur usine", "La papeterie d’Étival devient une Scop.")
    assert len(stories.group((told, next_))) == 2
    assert len(stories.likely((told, next_))) == 1


def test_one_form_filled_in_with_two_names_is_two_news() -> None:
    """Two titles that differ by a name are two news, though a text happens to speak of the other's town too."""
    text = "Trente élues et élus ont parlé de cantines, de halles et de trajets entre Rivelaine et Lysandre."
    one = news("a:1", "Le rendez-vous mensuel des élues et des élus de Rivelaine", text)
    other = news("b:1", "Le rendez-vous mensuel des élues et des élus de Lysandre", text)
    assert len(stories.group((one, other))) == 2


def test_an_agenda_entry_and_the_article_that_names_its_day() -> None:
    """An event and an article that names its day are one story when one title tells nothing that the other ignores."""
    event = Event(start=datetime(2026, 5, 21, 9, tzinfo=UTC), place="La Cartonnerie, Marcq")
    entry = item("a:1", "Forum régional des tiers-lieux", published=MARCH, event=event, kind=Kind.EVENT)
    told = news(
        "b:1", "Le forum régional des tiers-lieux se tiendra à Marcq le 21 mai", "Douze ateliers à la Cartonnerie."
    )
    assert reasons(entry, told) == [stories.SAME_EVENT]
    assert (
        reasons(entry, replace(told, html="<p>Douze ateliers.</p>", title="Des ateliers pour apprendre le 21 mai"))
        == []
    )


def test_a_credit_names_a_source_however_it_is_written() -> None:
    """« Maire-info », « Maire info » and the key ``maire-info`` are one source."""
    told = news("maire-info:1", "Un fonds pour les tiers-lieux nourriciers", TELLS)
    for written in ("Maire-info", "Maire info", "maireinfo"):
        again = news("b:1", "Tiers-lieux nourriciers\u00a0: un fonds", TELLS[:70], credits=(written,))
        assert reasons(told, again) == [stories.CREDIT]


def test_thousands_of_items_with_long_texts_are_grouped_in_seconds() -> None:
    """A thousand articles of a page each that all speak of the same matters take under ten seconds, alone and apart."""
    words = [
        "commune",
        "région",
        "habitants",
        "halle",
        "marché",
        "cantine",
        "jardin",
        "atelier",
        "école",
        "vélo",
        "rue",
    ]
    many = [
        news(f"{'abcd'[n % 4]}:{n}", f"Nouvelle numéro {n} sur {words[n % 11]} et {words[n % 7]}",
             " ".join(words[(n * step) % 11] for step in range(1, 500)), published=MARCH + timedelta(days=n % 300))
        for n in range(1000)
    ]  # fmt: skip
    begun = time.process_time()
    stories.group(many)
    assert time.process_time() - begun < 10
