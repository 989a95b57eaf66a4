"""Changes to an issue file: each can be undone, none loses a note, and two writers never overwrite each other."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.errors import ConflictError, ContentError
from publisher.folders import changes, issue_file
from publisher.folders.operations import LATER, Drop, Later, Operation, Place, SectionDrop, SectionPlace, Set, Text

if TYPE_CHECKING:
    from publisher.issue import Overrides

PARIS = ZoneInfo("Europe/Paris")
FILE = "content/issues/2026-11.md"

ISSUE = """\
+++
# En-tête du fichier
subject = "Lettre"  # à valider
preheader = "Aperçu"
later = [
  # revient en décembre
  "irev:9",  # Titre irev:9
]

# la présidente signe
[editorial]
author = "A. Martin"
# fin de l'édito

[[section]]
key = "une"
title = "À la une"
entries = [
  # photo demandée à Jean
  "rtes:1",  # Titre rtes:1
]

# les nôtres
[[section]]
key = "reseau"
title = "Réseau"  # titre court
entries = [
  # ordre vu avec le bureau

  "rtes:2",  # Titre rtes:2
  # relu par Ana
  # et par Luc
  "rtes:3",
  "rtes:4",  # Titre rtes:4
  # compléter si un article arrive
]

[[section]]
key = "agenda"
title = "Agenda"
entries = [
]

[entry."rtes:3"]
# titre vu avec l'autrice
title = "Un autre titre"  # court
deadline = "15 décembre 2026"
# reste à voir

# une note de fin
+++

Chères lectrices,

bonne lecture.
"""


def after(*operations: Operation, text: str = ISSUE) -> str:
    """Return the file after these operations."""
    return changes.apply_all(text, operations, file=FILE)[0]


def ids(text: str) -> dict[str, tuple[str, ...]]:
    """Return the ids by section, and those kept for later."""
    issue = issue_file.parse(text, FILE)
    placed = {section.key: tuple(entry.item for entry in section.entries) for section in issue.sections}
    return {**placed, LATER: issue.later}


def overrides(text: str) -> list[Overrides]:
    """Return what is written over each item, in the letter's order."""
    return [entry.overrides for section in issue_file.parse(text, FILE).sections for entry in section.entries]


def notes(text: str) -> list[str]:
    """Return every comment of the front matter, sorted."""
    return sorted(re.findall(r"#[^\n]*", text.split("+++")[1]))


def test_a_move_takes_the_notes_along_and_touches_no_other_line() -> None:
    """The diff of a move is the block that moved: its line, the notes above it and the note beside it."""
    moved = after(Place(item="rtes:3", section="agenda"))
    block = '  # relu par Ana\n  # et par Luc\n  "rtes:3",\n'
    assert moved == ISSUE.replace(block, "").replace('"Agenda"\nentries = [\n', f'"Agenda"\nentries = [\n{block}')


def test_a_move_inside_a_section_lands_before_the_item_named() -> None:
    """Before an item means before its notes too."""
    moved = after(Place(item="rtes:4", section="reseau", before="rtes:3"))
    assert ids(moved)["reseau"] == ("rtes:2", "rtes:4", "rtes:3")
    assert '"rtes:4",  # Titre rtes:4\n  # relu par Ana' in moved


@pytest.mark.parametrize("before", ["rtes:2", "rtes:3", "rtes:4", "", "rtes:404"])
def test_every_place_of_a_list_can_be_reached(before: str) -> None:
    """An item that is no longer there means the end, and an item before itself stays."""
    moved = ids(after(Place(item="rtes:3", section="reseau", before=before)))["reseau"]
    expected = {
        "rtes:2": ("rtes:3", "rtes:2", "rtes:4"),
        "rtes:3": ("rtes:2", "rtes:3", "rtes:4"),
        "rtes:4": ("rtes:2", "rtes:3", "rtes:4"),
    }
    assert moved == expected.get(before, ("rtes:2", "rtes:4", "rtes:3"))


def test_a_note_apart_from_any_item_stays_where_it_is() -> None:
    """A note with a blank line below it, or at the end of the list, belongs to the list."""
    moved = after(Place(item="rtes:2", section="une"), Place(item="rtes:4", section="une"))
    assert "entries = [\n  # ordre vu avec le bureau\n\n  # relu par Ana" in moved
    assert '"rtes:3",\n  # compléter si un article arrive\n]' in moved


def test_a_new_item_gets_its_title_as_a_note() -> None:
    """The line looks like those that the draft wrote."""
    assert '  "irev:12",  # Un titre\n]\n\n[entry.' in after(Place(item="irev:12", section="agenda", note="Un\ntitre"))


def test_a_dropped_item_leaves_with_what_was_written_over_it_and_comes_back_whole() -> None:
    """Undoing restores the line, its notes and its overrides, byte for byte."""
    dropped = changes.apply(ISSUE, Drop(item="rtes:3"), file=FILE)
    assert "rtes:3" not in dropped.text
    issue_file.parse(dropped.text, FILE)
    assert changes.apply(dropped.text, dropped.inverse, file=FILE).text == ISSUE


def test_what_is_kept_for_later_leaves_its_section_and_keeps_its_overrides() -> None:
    """The item waits in the file, and comes back where it stood."""
    waiting = changes.apply(ISSUE, Later(item="rtes:3"), file=FILE)
    assert ids(waiting.text)[LATER] == ("irev:9", "rtes:3")
    assert 'title = "Un autre titre"' in waiting.text
    assert changes.apply(waiting.text, waiting.inverse, file=FILE).text == ISSUE


FIELDS: list[tuple[tuple[str, ...], object, object]] = [
    (("subject",), "Lettre", 'Une "autre" lettre'),
    (("preheader",), "Aperçu", None),
    (("editorial", "author"), "A. Martin", "B. Dupont"),
    (("editorial", "role"), None, "Présidente"),
    (("editorial", "author"), "A. Martin", None),
    (("section", "reseau", "title"), "Réseau", "Le réseau"),
    (("section", "agenda", "intro"), None, "Deux lignes\nd’introduction."),
    (("entry", "rtes:3", "title"), "Un autre titre", "Encore un"),
    (("entry", "rtes:3", "title"), "Un autre titre", None),
    (("entry", "rtes:3", "deadline"), date(2026, 12, 15), date(2026, 12, 20)),
    (("entry", "rtes:3", "start"), None, datetime(2026, 12, 1, 14, 0, tzinfo=PARIS)),
    (("entry", "rtes:1", "summary"), None, "Un résumé."),
    (("waive", "alt-empty"), None, "Photos d’ambiance."),
]


@pytest.mark.parametrize(("field", "was", "value"), FIELDS)
def test_a_field_is_set_and_undone(field: tuple[str, ...], was: str | None, value: str | None) -> None:
    """The value is read back, every note stays, and undoing gives the same issue."""
    changed = changes.apply(ISSUE, Set(field=field, was=was, value=value), file=FILE)
    gone = {"# court"} if field == ("entry", "rtes:3", "title") and value is None else set()
    assert set(notes(ISSUE)) - set(notes(changed.text)) == gone
    told = issue_file.parse(changed.text, FILE)
    assert told != issue_file.parse(ISSUE, FILE)
    undone = changes.apply(changed.text, changed.inverse, file=FILE).text
    assert notes(undone) == notes(ISSUE)
    assert sorted(undone.split("\n")) == sorted(
        ISSUE.replace('"15 décembre 2026"', "2026-12-15").split("\n") if field[-1] == "deadline" else ISSUE.split("\n")
    )


def test_a_new_key_goes_right_after_the_last_key_of_its_table() -> None:
    """Notes at the end of a table stay at its end."""
    changed = after(Set(field=("entry", "rtes:3", "place"), was=None, value="Lille"))
    assert 'deadline = "15 décembre 2026"\nplace = "Lille"\n# reste à voir\n' in changed


def test_a_new_table_stands_where_a_person_would_look_for_it() -> None:
    """Overrides behind the last ones, waivers at the end, each with a blank line around."""
    changed = after(
        Set(field=("entry", "rtes:1", "title"), was=None, value="T"), Set(field=("waive", "emoji"), was=None, value="R")
    )
    assert (
        '# reste à voir\n\n[entry."rtes:1"]\ntitle = "T"\n\n# une note de fin\n\n[waive]\nemoji = "R"\n+++' in changed
    )


def test_two_writers_of_different_fields_both_win() -> None:
    """Each saw the same file; the second is applied to what the first left."""
    text = after(Set(field=("subject",), was="Lettre", value="A"))
    text = after(Set(field=("preheader",), was="Aperçu", value="B"), Place(item="rtes:1", section="agenda"), text=text)
    issue = issue_file.parse(text, FILE)
    assert (issue.subject, issue.preheader) == ("A", "B")


def test_of_two_writers_of_one_field_the_second_is_refused_and_both_texts_are_kept() -> None:
    """Nothing is written, and the error carries what stands and what was meant."""
    text = after(Set(field=("subject",), was="Lettre", value="A"))
    with pytest.raises(ConflictError) as caught:
        after(Set(field=("subject",), was="Lettre", value="B"), text=text)
    assert (caught.value.field, caught.value.theirs, caught.value.ours) == ("subject", "A", "B")


def test_a_text_that_is_not_there_is_an_empty_one_except_over_an_item() -> None:
    """An empty role is no role; an empty alternative text says that the picture is decoration."""
    assert 'role = "R"' in after(Set(field=("editorial", "role"), was="", value="R"))
    with pytest.raises(ConflictError):
        after(Set(field=("entry", "rtes:3", "alt"), was="", value="Une photo"))


def test_the_same_change_twice_is_no_conflict() -> None:
    """Two people who write the same word agree."""
    text = after(Set(field=("subject",), was="Lettre", value="A"))
    assert after(Set(field=("subject",), was="Lettre", value="A"), text=text) == text


def test_a_field_of_what_was_dropped_meanwhile_is_refused() -> None:
    """The item is gone: there is nothing to write over."""
    text = after(Drop(item="rtes:3"))
    with pytest.raises(ContentError, match="rtes:3"):
        after(Set(field=("entry", "rtes:3", "title"), was="Un autre titre", value="B"), text=text)
    with pytest.raises(ContentError, match="rtes:3"):
        after(Drop(item="rtes:3"), text=text)


def test_the_opening_word_is_replaced_below_the_front_matter() -> None:
    """The text is Markdown; a conflict keeps both versions."""
    changed = changes.apply(ISSUE, Text(was="Chères lectrices,\n\nbonne lecture.", value="Bonjour."), file=FILE)
    assert changed.text.endswith("+++\n\nBonjour.\n")
    assert changes.apply(changed.text, changed.inverse, file=FILE).text == ISSUE
    with pytest.raises(ConflictError) as caught:
        after(Text(was="autre", value="encore"))
    assert caught.value.theirs.startswith("Chères lectrices")


def test_sections_are_added_moved_and_taken_out_when_empty() -> None:
    """A section moves with the notes above it; one that holds items is never taken out with them."""
    moved = changes.apply(ISSUE, SectionPlace(key="reseau", before="une"), file=FILE)
    assert list(ids(moved.text)) == ["reseau", "une", "agenda", LATER]
    assert '# les nôtres\n[[section]]\nkey = "reseau"' in moved.text
    assert changes.apply(moved.text, moved.inverse, file=FILE).text == ISSUE
    added = changes.apply(ISSUE, SectionPlace(key="offres", title="Offres", before="agenda"), file=FILE)
    assert list(ids(added.text)) == ["une", "reseau", "offres", "agenda", LATER]
    assert changes.apply(added.text, added.inverse, file=FILE).text == ISSUE
    dropped = changes.apply(ISSUE, SectionDrop(key="agenda"), file=FILE)
    assert list(ids(dropped.text)) == ["une", "reseau", LATER]
    assert changes.apply(dropped.text, dropped.inverse, file=FILE).text == ISSUE
    with pytest.raises(ContentError, match="n’est pas vide"):
        after(SectionDrop(key="reseau"))


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ('["rtes:1", "rtes:2"]', ['  "rtes:2",']),
        ('["rtes:1",  "rtes:2",]  # note', ['  "rtes:2",']),
        ('[\n  "rtes:1", "rtes:2"  # deux\n]', ['  "rtes:2",  # deux']),
        ('[ # tête\n  "rtes:1",\n  "rtes:2"\n  ]', ['  "rtes:2"']),
        ('[\n\t"rtes:2",\n"rtes:1"]', ['\t"rtes:2",']),
    ],
)
def test_lists_written_another_way_are_read_and_moved_too(written: str, lines: list[str]) -> None:
    """Ids that share a line get one each; other lines, indents and notes stay as they were typed."""
    text = f'+++\nsubject = "S"\n[[section]]\nkey = "a"\ntitle = "A"\nentries = {written}\n'
    text += '[[section]]\nkey = "b"\ntitle = "B"\nentries = []\n+++\n'
    moved = after(Place(item="rtes:1", section="b"), text=text)
    assert ids(moved) == {"a": ("rtes:2",), "b": ("rtes:1",), LATER: ()}
    assert all(line in moved.split("\n") for line in lines)
    assert notes(moved) == notes(text)
    back = after(Place(item="rtes:1", section="a"), text=moved)
    assert ids(back)["a"] == ("rtes:2", "rtes:1")


def test_tables_written_another_way_are_set_too() -> None:
    """Dotted keys and tables on one line keep their form and their notes."""
    text = '+++\nsubject = "S"\nentry."x:1".title = "T" # note\neditorial = {author = "A"}\n'
    text += '[[section]]\nkey = "a"\ntitle = "A"\nentries = ["x:1"]\n+++\n'
    changed = after(
        Set(field=("entry", "x:1", "title"), was="T", value="U"),
        Set(field=("editorial", "role"), was=None, value="R"),
        Set(field=("entry", "x:1", "place"), was=None, value="Lille"),
        text=text,
    )
    issue = issue_file.parse(changed, FILE)
    assert (issue.editorial.author, issue.editorial.role) == ("A", "R")
    assert (issue.sections[0].entries[0].overrides.title, issue.sections[0].entries[0].overrides.place) == (
        "U",
        "Lille",
    )
    assert notes(changed) == notes(text)


def test_keys_of_tables_written_another_way_are_taken_out_and_put_back() -> None:
    """A value inside a table on one line goes without its neighbours."""
    text = '+++\nsubject = "S"\neditorial = {author = "A", role = "R"} # note\n+++\n'
    changed = changes.apply(text, Set(field=("editorial", "role"), was="R", value=None), file=FILE)
    assert issue_file.parse(changed.text, FILE).editorial.role == ""
    assert notes(changed.text) == notes(text)
    undone = changes.apply(changed.text, changed.inverse, file=FILE).text
    assert issue_file.parse(undone, FILE).editorial == issue_file.parse(text, FILE).editorial


def test_overrides_written_on_one_line_are_not_torn_out() -> None:
    """Dropping an item whose overrides have no header of their own is refused, with what to do."""
    text = '+++\nsubject = "S"\nentry."x:1".title = "T"\n[[section]]\nkey = "a"\ntitle = "A"\nentries = ["x:1"]\n+++\n'
    with pytest.raises(ContentError, match="sous ce titre"):
        after(Drop(item="x:1"), text=text)


def test_notes_between_two_tables_belong_to_the_one_below() -> None:
    """Dropping an item leaves the note above the next item's table; without a blank line too."""
    tables = '[entry."rtes:1"]\ntitle = "T"\n# et de plus\n# de rtes:3\n[entry."rtes:3"]'
    text = ISSUE.replace('[entry."rtes:3"]', tables)
    dropped = changes.apply(text, Drop(item="rtes:1"), file=FILE)
    assert '# de rtes:3\n[entry."rtes:3"]' in dropped.text
    assert "T" not in dropped.text.split("[entry")[0].split("agenda")[1]
    undone = changes.apply(dropped.text, dropped.inverse, file=FILE).text
    assert overrides(undone) == overrides(text)
    assert ids(undone) == ids(text)
    assert notes(undone) == notes(text)


def test_a_first_editorial_and_a_first_waiver_make_their_tables() -> None:
    """The opening word's table stands before the sections, and the last key taken out takes the header with it."""
    text = '+++\nsubject = "S"\n\n# les rubriques\n[[section]]\nkey = "a"\ntitle = "A"\nentries = []\n+++\n'
    changed = changes.apply(text, Set(field=("editorial", "author"), was=None, value="A"), file=FILE)
    assert 'subject = "S"\n\n[editorial]\nauthor = "A"\n\n# les rubriques\n[[section]]' in changed.text
    assert changes.apply(changed.text, changed.inverse, file=FILE).text == text


def test_an_issue_without_any_section_takes_one() -> None:
    """A section, then an item in it; an item of the section itself as its anchor stays at the end."""
    text = '+++\nsubject = "S"\n+++\n'
    made = after(SectionPlace(key="a", title="A"), Place(item="x:1", section="a"), Later(item="x:1"), text=text)
    assert ids(made) == {"a": (), LATER: ("x:1",)}
    assert ids(after(Place(item="x:1", section="a", before="x:1"), text=made))["a"] == ("x:1",)


def test_a_section_before_itself_stays() -> None:
    """Nothing moves and the inverse moves nothing."""
    changed = changes.apply(ISSUE, SectionPlace(key="reseau", before="reseau"), file=FILE)
    assert changed.text == ISSUE
    assert changes.apply(ISSUE, changed.inverse, file=FILE).text == ISSUE


def test_a_file_without_its_fences_is_refused() -> None:
    """There is nothing to change in a file that is no issue."""
    with pytest.raises(ContentError, match="deux lignes"):
        after(Drop(item="x:1"), text="Bonjour\n")


def test_a_file_of_another_system_keeps_its_line_ends() -> None:
    """A file from Windows stays one."""
    text = "\ufeff" + ISSUE.replace("\n", "\r\n")
    changed = after(Place(item="rtes:3", section="agenda"), text=text)
    assert changed.startswith("\ufeff+++\r\n")
    assert changed.count("\n") == changed.count("\r\n")
    assert ids(changed)["agenda"] == ("rtes:3",)


@pytest.mark.parametrize(
    "operation",
    [
        Place(item="sans-numero", section="une"),
        Place(item="rtes:1", section="inconnue"),
        Set(field=("autre",), was=None, value="x"),
        Set(field=("entry", "rtes:1", "inconnu"), was=None, value="x"),
        SectionPlace(key="inconnue"),
        SectionDrop(key="inconnue"),
    ],
)
def test_what_the_file_does_not_hold_is_refused(operation: Operation) -> None:
    """Each refusal is a sentence with the file, and nothing is written."""
    with pytest.raises(ContentError) as caught:
        after(operation)
    assert FILE in str(caught.value)


def test_a_change_that_would_spoil_the_file_is_refused_whole() -> None:
    """The result is read before it counts: an empty reason for a waiver is a fault."""
    with pytest.raises(ContentError, match="n’a pas de raison"):
        after(Place(item="rtes:1", section="agenda"), Set(field=("waive", "emoji"), was=None, value=""))


ITEMS = ("rtes:1", "rtes:2", "rtes:3", "rtes:4", "irev:9", "irev:10")
MOVES = st.one_of(
    st.builds(
        Place,
        item=st.sampled_from(ITEMS),
        section=st.sampled_from(["une", "reseau", "agenda", LATER]),
        before=st.sampled_from(["", *ITEMS]),
    ),
    st.builds(Later, item=st.sampled_from(ITEMS)),
    st.builds(
        SectionPlace, key=st.sampled_from(["une", "reseau", "agenda"]), before=st.sampled_from(["", "une", "agenda"])
    ),
)


def attached(text: str) -> dict[str, list[str]]:
    """Return the notes above and beside each id."""
    found: dict[str, list[str]] = {}
    above: list[str] = []
    for line in text.split("\n"):
        if line.strip().startswith("#"):
            above.append(line)
            continue
        if match := re.match(r'\s*"(\w+:\d+)",?(.*)', line):
            found[match[1]] = [*above, match[2]]
        above = []
    return found


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(MOVES, min_size=100, max_size=100))
def test_five_thousand_random_moves_keep_every_note_where_it_belongs(moves: list[Operation]) -> None:
    """After each of 50 × 100 moves every note is there once, beside its item; undoing all gives the same issue back."""
    text, undo = ISSUE, []
    for move in moves:
        changed = changes.apply(text, move, file=FILE)
        text = changed.text
        undo.append(changed.inverse)
        assert notes(text) == [*notes(ISSUE)]
        told = attached(text)
        assert {item: told[item] for item in ITEMS[:5] if item in attached(ISSUE)} == attached(ISSUE)
    issue_file.parse(text, FILE)
    for inverse in reversed(undo):
        text = changes.apply(text, inverse, file=FILE).text
    assert ids(text) == ids(ISSUE)
    assert notes(text) == notes(ISSUE)
    assert attached(text) == attached(ISSUE)


EDITS = st.one_of(
    MOVES,
    st.builds(Drop, item=st.sampled_from(ITEMS)),
    st.builds(
        lambda field, value: Set(field=field, was=None, value=value),
        st.sampled_from(
            [("subject",), ("entry", "rtes:3", "title"), ("entry", "rtes:1", "alt"), ("editorial", "role")]
        ),
        st.none() | st.text("a\n\"'#[]=é", max_size=8),
    ),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(EDITS, max_size=12))
def test_any_change_can_be_undone_in_the_reverse_order(edits: list[Operation]) -> None:
    """Items, sections, fields and notes are those of the start once everything is undone."""
    text, undo = ISSUE, []
    for edit in edits:
        try:
            changed = changes.apply(text, _seen(edit, text), file=FILE)
        except ContentError:
            continue  # it speaks of what an earlier edit dropped
        text = changed.text
        undo.append(changed.inverse)
    for inverse in reversed(undo):
        text = changes.apply(text, inverse, file=FILE).text
    start = issue_file.parse(ISSUE, FILE)
    assert ids(text) == ids(ISSUE)
    assert notes(text) == notes(ISSUE)
    again = issue_file.parse(text, FILE)
    assert (again.subject, again.editorial.role) == (start.subject, start.editorial.role)
    assert overrides(text) == overrides(ISSUE)


def _seen(edit: Operation, text: str) -> Operation:
    """Return the edit with what its author sees in the file now."""
    if not isinstance(edit, Set):
        return edit
    issue = issue_file.parse(text, FILE)
    entries = {entry.item: entry for section in issue.sections for entry in section.entries}
    match edit.field:
        case ("subject",):
            return Set(field=edit.field, was=issue.subject, value=edit.value or "vide")
        case ("editorial", name):
            return Set(
                field=edit.field,
                was=getattr(issue.editorial, name) if f"\n{name} =" in text else None,
                value=edit.value,
            )
        case (_, item, name) if item in entries:
            return Set(field=edit.field, was=getattr(entries[item].overrides, name), value=edit.value)
    return Drop(item="absent:1")
