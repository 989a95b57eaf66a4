"""Folders on a disk that fails at any octet: what was there stays whole, and the next call makes it good."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from publisher.errors import ConflictError, ContentError, OutputError
from publisher.folders.issues import IssueFolder
from publisher.folders.operations import Drop, Later, Place, Set
from publisher.folders.outlet import Folder
from publisher.issue import Entry, Issue, Section

NAMES = st.sampled_from(["rss.xml", "atom.xml", "2026-11.html", "images/a.jpg"])
FILES = st.dictionaries(NAMES, st.binary(max_size=200), min_size=1, max_size=4)
ITEMS = st.sampled_from(["rtes:1", "rtes:2", "irev:3"])
OPERATIONS = st.one_of(
    st.builds(Place, item=ITEMS, section=st.sampled_from(["une", "agenda"])),
    st.builds(Later, item=ITEMS),
    st.builds(Drop, item=ITEMS),
    st.builds(lambda value: Set(field=("preheader",), was="", value=value), st.text("aé\n", min_size=1, max_size=5)),
)
ROOM = st.integers(0, 400)


class Disk:
    """A disk with so much room, or with all the room there is."""

    def __init__(self) -> None:
        self.room: int | None = None

    def write(self, handle: int, data: bytes | memoryview) -> int:
        """Write what fits, then fail as a full disk does."""
        if self.room is None:
            return os.write(handle, data)
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        part = bytes(data)[: self.room]
        self.room -= len(part)
        return os.write(handle, part)


class PublishedFolder(RuleBasedStateMachine):
    """The outlet beside a dictionary that says what must be there."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.disk = Disk()
        self.outlet = Folder(self.root, write=self.disk.write)
        self.model: dict[str, bytes] = {}

    def teardown(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.root)

    @rule(files=FILES)
    def put(self, files: dict[str, bytes]) -> None:
        """Put with room: exactly what differs is named."""
        self.disk.room = None
        differ = {name for name, data in files.items() if self.model.get(name) != data}
        assert set(self.outlet.put(files)) == differ
        self.model |= files

    @rule(files=FILES, room=ROOM)
    def put_on_a_full_disk(self, files: dict[str, bytes], room: int) -> None:
        """Put with little room: all of it or nothing."""
        self.disk.room = room
        try:
            self.outlet.put(files)
        except OutputError:
            return
        self.model |= files

    @invariant()
    def every_file_is_whole(self) -> None:
        """Compare what lies there with the model: nothing half-written, nothing lost."""
        there = {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}
        assert there == self.model


class EditedIssue(RuleBasedStateMachine):
    """An issue file that a programme and a person change in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.disk = Disk()
        self.shelf = IssueFolder(self.root, write=self.disk.write)
        sections = (
            Section(key="une", title="Une", entries=(Entry(item="rtes:1"), Entry(item="rtes:2"))),
            Section(key="agenda", title="Agenda"),
        )
        self.shelf.write_new(Issue(key="2026-11", subject="L", sections=sections), {"rtes:1": "Titre"})
        self.file = self.root / "2026-11.md"
        self.text = self.file.read_bytes()
        self.edits = 0

    def teardown(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.root)

    @rule(operations=st.lists(OPERATIONS, min_size=1, max_size=3), room=st.none() | ROOM)
    def change(self, operations: list[Place | Drop | Later | Set], room: int | None) -> None:
        """Change, perhaps on a full disk; a change that holds can be undone at once."""
        self.disk.room = room
        before = self.shelf.read("2026-11")
        try:
            undo = self.shelf.change("2026-11", operations)
        except (ConflictError, ContentError, OutputError):
            return
        self.disk.room = None
        changed = self.file.read_bytes()
        self.shelf.change("2026-11", undo)
        after = self.shelf.read("2026-11")
        assert (after.item_ids, after.later, after.preheader) == (before.item_ids, before.later, before.preheader)
        self.file.write_bytes(changed)
        self.text = changed

    @rule()
    def edit_by_hand(self) -> None:
        """Add a note as a person does in an editor."""
        self.edits += 1
        self.text = self.text.replace(b"[[section]]", f"# note {self.edits}\n[[section]]".encode(), 1)
        self.file.write_bytes(self.text)

    @invariant()
    def the_file_is_whole(self) -> None:
        """Compare the file with what was last written: valid, with every hand-made note, alone in its folder."""
        assert self.file.read_bytes() == self.text
        self.shelf.read("2026-11")
        assert all(f"# note {number}\n".encode() in self.text for number in range(1, self.edits + 1))
        assert os.listdir(self.root) == ["2026-11.md"]  # noqa: PTH208 - hidden files too, by name


@pytest.mark.parametrize("machine", [PublishedFolder, EditedIssue])
def test_a_disk_that_fails_at_any_octet_loses_nothing(machine: type[RuleBasedStateMachine]) -> None:
    """Whole files after every call, whatever the order of writes, failures and edits by hand."""
    case = machine.TestCase
    case.settings = settings(max_examples=10, stateful_step_count=15, deadline=None)
    case("runTest").runTest()
