"""Whatever a file holds, it is an issue or a list of faults, and a change of it is made or refused."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import ContentError, Fault, PublisherError
from publisher.folders import changes, issue_file
from publisher.folders.operations import Drop, Later, Operation, Place, SectionDrop, SectionPlace, Set, Text

FILE = "content/issues/2026-11.md"
BASE = """\
+++
# note
subject = "Lettre"  # à valider
later = ["irev:9", "irev:10"]
editorial.author = 'A. "B"'
waive = {emoji = "voulu", alt-empty = '''photos
d'ambiance'''}

[[section]]
key = "une"
title = "À la une"
entries = [ "rtes:1", # un
  "rtes:2"
]

[entry]
"rtes:1".title = "T"
[entry."rtes:2"]
start = 2026-11-12T09:00:00
summary = \"\"\"
Deux
lignes\"\"\"
# fin
[[section]]
  key = 'agenda'
  title = "Agenda"
+++
Bonjour
"""
PIECES = st.sampled_from(
    [
        '"',
        "'",
        '"""',
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ",",
        "#",
        "\n",
        "+++\n",
        ".",
        "\\",
        "entries = [",
        "[entry.",
        "é",
        " ",
        "0",
    ]
)
OPERATIONS = st.one_of(
    st.builds(
        Place,
        item=st.sampled_from(["rtes:1", "rtes:2", "irev:9", "x:7"]),
        section=st.sampled_from(["une", "agenda", "later"]),
    ),
    st.builds(Drop, item=st.sampled_from(["rtes:1", "rtes:2", "irev:10"])),
    st.builds(Later, item=st.sampled_from(["rtes:1", "x:7"])),
    st.builds(
        Set,
        field=st.sampled_from(
            [
                ("subject",),
                ("preheader",),
                ("editorial", "author"),
                ("editorial", "role"),
                ("section", "agenda", "intro"),
                ("entry", "rtes:1", "title"),
                ("entry", "rtes:2", "place"),
                ("waive", "emoji"),
                ("waive", "text-long"),
            ]
        ),
        was=st.sampled_from([None, "", "Lettre", 'A. "B"', "T", "voulu"]),
        value=st.none() | st.text("aé\"'\n\\", max_size=6),
    ),
    st.builds(Text, was=st.just("Bonjour"), value=st.text(max_size=20)),
    st.builds(SectionPlace, key=st.sampled_from(["une", "agenda"]), before=st.sampled_from(["", "une"])),
    st.builds(SectionPlace, key=st.just("offres"), title=st.just("Offres")),
    st.builds(SectionDrop, key=st.sampled_from(["une", "agenda"])),
)


def faults(text: str) -> tuple[Fault, ...]:
    """Return the faults of the text, none when it is an issue; anything else that is raised fails the test."""
    try:
        issue_file.parse(text, FILE)
    except ContentError as error:
        return error.faults or (Fault(place="", text=""),)
    return ()


def read(text: str) -> bool:
    """Say whether the text is an issue; each fault must be a sentence with a place."""
    found = faults(text)
    assert all(fault.text and fault.place == FILE and fault.line >= 0 for fault in found)
    return not found


@given(st.text())
def test_any_text_is_an_issue_or_has_faults(text: str) -> None:
    """No text ends in a traceback."""
    read(text)
    read(f"+++\n{text}\n+++\n")


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(BASE)), st.integers(0, 12), PIECES), min_size=1, max_size=4))
def test_a_spoilt_file_is_an_issue_or_has_faults(cuts: list[tuple[int, int, str]]) -> None:
    """A file cut and pasted at random is read, or its faults are said."""
    text = BASE
    for at, length, piece in cuts:
        text = text[:at] + piece + text[at + length :]
    read(text)


@settings(max_examples=200)
@given(st.lists(OPERATIONS, min_size=1, max_size=6))
def test_any_change_is_made_or_refused(operations: list[Operation]) -> None:
    """On a file written in every way that TOML allows, a change leaves an issue, its notes, or nothing changed."""
    assert read(BASE)
    text = BASE
    for operation in operations:
        try:
            changed, _ = changes.apply_all(text, [operation], file=FILE)
        except PublisherError:
            continue
        assert read(changed)
        if not isinstance(operation, Drop | SectionDrop | Text) and not (
            isinstance(operation, Set) and operation.value is None
        ):
            for note in ("# note", "# à valider", "# un", "# fin"):
                assert changed.count(note) >= text.count(note)
        text = changed


def test_the_base_is_written_in_every_way() -> None:
    """The file that the changes are tried on is itself an issue."""
    issue = issue_file.parse(BASE, FILE)
    assert issue.item_ids == ("rtes:1", "rtes:2")
    assert (issue.later, issue.editorial.author) == (("irev:9", "irev:10"), 'A. "B"')
    assert [waiver.code for waiver in issue.waivers] == ["emoji", "alt-empty"]
