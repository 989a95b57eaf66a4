"""What is told of a source: its rhythm, its silence against its own habits, and its errors with what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.health import Health, State, examine, losses, rhythm
from publisher.item import Image, Item, Theme
from publisher.protocols import Memory

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 10, 27, 10, 0, tzinfo=PARIS)


def ago(days: float) -> datetime:
    """Return the time so many days before now, in UTC as the store gives it."""
    return (NOW - timedelta(days=days)).astimezone(UTC)


def weekly(silence: int, count: int = 12) -> list[datetime]:
    """Return the news of a weekly source that stopped ``silence`` days ago."""
    return [ago(silence + 7 * each) for each in range(count)]


def told(news: list[datetime], **memory: object) -> Health:
    """Return the health of a source that was read an hour ago, unless ``memory`` says otherwise."""
    known = {"last_success": ago(1 / 24), **memory}
    return examine(Memory(source="rtes", **known), "rtes", news, NOW)  # type: ignore[arg-type]  # checked by Memory


def test_silence_is_told_against_the_source_s_own_habit() -> None:
    """A weekly source that says nothing for forty days is silent, in the words of the house."""
    health = told(weekly(40))
    assert health.state is State.SILENT
    assert health.level == "bad"
    assert health.text == "Silencieuse depuis 40 jours, alors que 7 est l’usage."
    assert health.remedy


@pytest.mark.parametrize(("silence", "state"), [(6, State.GOOD), (21, State.GOOD), (22, State.SILENT)])
def test_three_times_the_habit_is_the_limit(silence: int, state: State) -> None:
    """A weekly source may be quiet for three weeks and not a day more."""
    assert told(weekly(silence)).state is state


def test_a_daily_source_has_a_week() -> None:
    """Three days without news of a daily source are a long week-end; eight days are not."""
    daily = [ago(3 + each) for each in range(20)]
    assert told(daily).state is State.GOOD
    assert told([each - timedelta(days=5) for each in daily]).state is State.SILENT


def test_a_break_that_was_seen_before_alarms_nobody() -> None:
    """A source that once was quiet for thirty days, as in August, is not called silent for twenty-five."""
    august = [*weekly(25, 6), *(ago(25 + 35 + 30 + 7 * each) for each in range(6))]
    assert told(august).state is State.GOOD


def test_too_little_is_known() -> None:
    """Four days with news give three gaps, which are no rhythm."""
    assert rhythm(weekly(40, 4), NOW) is None
    assert told(weekly(40, 4)).state is State.GOOD


def test_several_items_of_one_day_are_one_day() -> None:
    """Ten items put online at once are not a source that publishes every minute."""
    burst = [ago(30) + timedelta(minutes=each) for each in range(10)]
    assert rhythm(burst, NOW) is None


def test_dates_in_the_future_say_nothing() -> None:
    """An item dated next month neither breaks the rhythm nor counts as the last news."""
    health = told([*weekly(40), ago(-30)])
    assert health.state is State.SILENT
    assert health.last_news == ago(40)


def test_an_agenda_is_never_silent() -> None:
    """Where silence means nothing, none is told."""
    memory = Memory(source="agenda", last_success=ago(0))
    health = examine(memory, "agenda", weekly(90), NOW, rhythmic=False)
    assert (health.state, health.rhythm) == (State.GOOD, None)


def test_a_good_source_says_when_and_how_often() -> None:
    """What is well is told in one line, with the rhythm."""
    assert told(weekly(2)).text == "Relevée aujourd’hui, dernier article il y a 2 jours, d’ordinaire tous les 7 jours."
    assert "d’ordinaire chaque jour" in told([ago(1 + each) for each in range(9)]).text
    assert told([ago(1)]).text == "Relevée aujourd’hui, dernier article hier."
    assert told([ago(-3)]).text == "Relevée aujourd’hui."


def test_never_collected() -> None:
    """A source that nothing is remembered of is told apart from a sick one, with the command to run."""
    for memory in (None, Memory(source="rtes")):
        health = examine(memory, "rtes", (), NOW)
        assert (health.state, health.level) == (State.NEVER, "note")
        assert "publisher collect" in health.remedy


def test_one_failure_is_a_note_and_three_are_bad() -> None:
    """A first failure waits for the next try; the third in a row asks for a person, with the error's own words."""
    once = told(weekly(2), failures=1, last_error="https://rtes.example : le site répond 500.", next_try=ago(-1 / 24))
    assert (once.state, once.level) == (State.FAILING, "note")
    assert (
        once.text
        == "Ne se lit plus\u00a0: 1 échec, dernier succès aujourd’hui. https://rtes.example : le site répond 500."
    )
    assert once.remedy == "Nouvel essai mardi 27 octobre 2026 à 11\u00a0h."
    thrice = told(weekly(2), failures=3, last_error="x", last_success=ago(3))
    assert thrice.level == "bad"
    assert "3 échecs de suite, dernier succès il y a 3 jours" in thrice.text
    assert thrice.remedy == ""


def test_one_failure_does_not_hide_that_nothing_was_read_for_days() -> None:
    """A source overdue before its first failure is bad: trying once more and failing makes it no better."""
    late = told(weekly(2), failures=1, last_error="x", last_success=ago(3))
    assert (late.state, late.level) == (State.FAILING, "bad")


def test_a_source_that_was_never_read() -> None:
    """A new source that fails from the start is bad at once: its address is probably wrong."""
    health = told([], failures=1, last_error="x", last_success=None)
    assert (health.level, health.text) == ("bad", "N’a jamais pu être lue (1 échec). x")


def test_failing_is_told_before_silent() -> None:
    """A source that cannot be read is not called silent: the cause comes before the effect."""
    assert told(weekly(40), failures=5, last_error="x").state is State.FAILING


def test_retired() -> None:
    """A source that answered 410 says so and what to do."""
    health = told(weekly(2), retired=True, failures=1)
    assert (health.state, health.level) == (State.RETIRED, "bad")
    assert "410" in health.text


def test_the_programme_that_does_not_run() -> None:
    """When nothing was read for days and nothing failed, it is the programme and not the site."""
    health = told(weekly(2), last_success=ago(9))
    assert (health.state, health.text) == (State.OVERDUE, "Relevée pour la dernière fois il y a 9 jours.")
    assert "publisher run" in health.remedy
    assert "le 9 juillet 2026" in told(weekly(2), last_success=ago(110)).text


def test_an_address_that_is_no_feed_of_news() -> None:
    """A source that is read well and never gave an item is told."""
    assert told([]).state is State.EMPTY


def test_a_folder_may_be_empty() -> None:
    """Nothing is expected of a folder or an agenda: an empty one is well, and says that it is empty."""
    health = examine(Memory(source="docs", last_success=ago(0)), "docs", [], NOW, rhythmic=False)
    assert (health.state, health.text) == (State.GOOD, "Relevée aujourd’hui, rien pour l’instant.")


def test_moved() -> None:
    """A permanent redirect is followed, and the new address is given to copy."""
    health = told(weekly(2), address="https://neuf.example/flux", configured="https://vieux.example/flux")
    assert (health.state, health.level) == (State.MOVED, "note")
    assert "https://neuf.example/flux" in health.text
    same = told(weekly(2), address="https://neuf.example/flux", configured="https://neuf.example/flux")
    assert same.state is State.GOOD


def test_a_fault_in_what_was_read_is_told() -> None:
    """A feed that is always cut, or whose XML is wrong, is no failure and does not look well either."""
    health = told(weekly(2), last_error="https://a.example/rss : le flux est coupé avant sa fin.")
    assert (health.state, health.level) == (State.FAULTY, "note")
    assert health.text.endswith("avec une faute. https://a.example/rss : le flux est coupé avant sa fin.")


def items(count: int, **changes: object) -> list[Item]:
    """Return items that have everything, but for ``changes``; a later call's are later."""
    whole: dict[str, object] = {
        "published": NOW,
        "address": "https://rtes.example/x",
        "summary": "Un résumé.",
        "images": (Image(address="https://rtes.example/a.jpg"),),
        "themes": (Theme(name="Alimentation"),),
    }
    return [
        Item(id=f"rtes:{each}", source="rtes", title="T", first_seen=ago(9 - len(changes)), **{**whole, **changes})  # type: ignore[arg-type]  # checked by Item
        for each in range(count)
    ]


def test_a_source_that_lost_its_dates_and_summaries() -> None:
    """When the latest items all lack what nearly all had, the editor is told that the site's form has changed."""
    found = [*items(10), *items(4, published=None, summary="")]
    assert losses(found) == ("de date", "de résumé")
    health = examine(Memory(source="rtes", last_success=ago(0)), "rtes", weekly(2), NOW, lost=losses(found))
    assert (health.state, health.level) == (State.CHANGED, "note")
    assert health.text.startswith("Ses 4 derniers articles n’ont plus de date ni de résumé\u00a0:")


def test_what_a_source_never_gave_is_not_lost() -> None:
    """A press feed without pictures is as it always was; three articles without one are articles; ten tell nothing."""
    assert losses(items(14, images=())) == ()
    assert losses([*items(10), *items(3, images=())]) == ()
    assert losses([*items(7), *items(4, images=())]) == ()
    assert losses([*items(10), *items(4, images=())]) == ("d’image",)
    assert losses([]) == ()


@given(st.lists(st.integers(min_value=0, max_value=500), max_size=60), st.integers(min_value=0, max_value=60))
def test_a_longer_silence_is_never_better_news(days: list[int], more: int) -> None:
    """With the same items, waiting longer never turns a silent source into one that is well."""
    news = [ago(each) for each in days]
    first, second = rhythm(news, NOW), rhythm(news, NOW + timedelta(days=more))
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert second.broken or not first.broken
        assert first.usual >= 1
        assert first.usual <= first.longest
