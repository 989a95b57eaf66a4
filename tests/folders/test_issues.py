"""The folder of issue files: read with faults, written once."""

from __future__ import annotations

import errno
import os
import threading
from typing import TYPE_CHECKING

import pytest

from publisher.errors import ConflictError, ContentError, OutputError
from publisher.folders import disk
from publisher.folders.issues import IssueFolder
from publisher.folders.operations import Later, Operation, Place, Set
from publisher.issue import Entry, Issue, Section

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.protocols import IssueShelf

ISSUE = Issue(key="2026-11", subject="L", sections=(Section(key="une", title="Une", entries=(Entry(item="rtes:1"),)),))


def full(handle: int, data: bytes | memoryview) -> int:
    """Stand in for a disk without room."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_folder_that_is_a_file_is_no_empty_folder(tmp_path: Path) -> None:
    """What cannot be listed is told; only a folder that is not there holds no issue."""
    assert IssueFolder(tmp_path / "issues").keys() == ()
    (tmp_path / "issues").write_text("", encoding="utf-8")
    with pytest.raises(ContentError, match="ne peut pas être lu"):
        IssueFolder(tmp_path / "issues").keys()


def test_keys_are_the_months_oldest_first(tmp_path: Path) -> None:
    """Other files in the folder are left alone, and a folder that is not there is empty."""
    shelf: IssueShelf = IssueFolder(tmp_path / "issues")
    assert shelf.keys() == ()
    (tmp_path / "issues").mkdir()
    for name in ("2026-11.md", "2025-01.md", "2026-13.md", "LISEZMOI.md", "2026-11.md~", ".2026-10.md.publisher-tmp"):
        (tmp_path / "issues" / name).write_bytes(b"")
    assert shelf.keys() == ("2025-01", "2026-11")
    assert shelf.exists("2026-11")
    assert not shelf.exists("2026-10")


def test_what_is_written_can_be_read_by_its_key(tmp_path: Path) -> None:
    """The path that is returned is the file, and its lines are in the issue."""
    shelf = IssueFolder(tmp_path / "issues")
    path = shelf.write_new(ISSUE, {"rtes:1": "Titre"})
    assert path == str(tmp_path / "issues" / "2026-11.md")
    assert shelf.read("2026-11").item_ids == ("rtes:1",)
    assert shelf.read("2026-11").file == path


def test_an_editors_file_is_never_overwritten(tmp_path: Path) -> None:
    """A second draft of the same month changes nothing and says so."""
    shelf = IssueFolder(tmp_path)
    (tmp_path / "2026-11.md").write_text("à moi", encoding="utf-8")
    with pytest.raises(OutputError, match="existe déjà"):
        shelf.write_new(ISSUE, {})
    assert (tmp_path / "2026-11.md").read_text(encoding="utf-8") == "à moi"
    assert [path.name for path in tmp_path.iterdir()] == ["2026-11.md"]


def test_of_writers_at_the_same_time_one_wins(tmp_path: Path) -> None:
    """Eight drafts at once give one file and seven refusals."""
    refused = []

    def write() -> None:
        try:
            IssueFolder(tmp_path).write_new(ISSUE, {})
        except OutputError as error:
            refused.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7
    assert IssueFolder(tmp_path).read("2026-11").item_ids == ("rtes:1",)


def test_a_full_disk_leaves_no_file(tmp_path: Path) -> None:
    """Half an issue never looks like an issue."""
    with pytest.raises(OutputError, match="le disque est plein"):
        IssueFolder(tmp_path, write=full).write_new(ISSUE, {})
    assert list(tmp_path.iterdir()) == []


def test_an_issue_that_is_not_there_names_the_command_that_makes_it(tmp_path: Path) -> None:
    """The sentence shows which issues exist and what to run."""
    IssueFolder(tmp_path).write_new(ISSUE, {})
    with pytest.raises(ContentError) as caught:
        IssueFolder(tmp_path).read("2026-10")
    assert "2026-11" in str(caught.value)
    assert "publisher draft 2026-10" in str(caught.value)


def test_a_file_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    """A file saved as Windows-1252 is refused, not read as something else."""
    (tmp_path / "2026-11.md").write_bytes('+++\nsubject = "Été"\n+++\n'.encode("cp1252"))
    with pytest.raises(ContentError) as caught:
        IssueFolder(tmp_path).read("2026-11")
    assert [(fault.line, "UTF-8" in fault.text) for fault in caught.value.faults] == [(2, True)]


def test_faults_carry_the_path_of_the_file(tmp_path: Path) -> None:
    """A person can click on ``file:line``."""
    (tmp_path / "2026-11.md").write_text('+++\nsubjet = "x"\n+++\n', encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        IssueFolder(tmp_path).read("2026-11")
    assert f"{tmp_path}/2026-11.md:2" in str(caught.value)


def test_a_change_is_made_on_the_file_as_it_is_now(tmp_path: Path) -> None:
    """What another program wrote since is kept, the mode too, and the inverses undo the change."""
    shelf = IssueFolder(tmp_path)
    file = tmp_path / "2026-11.md"
    shelf.write_new(ISSUE, {})
    file.write_text(file.read_text(encoding="utf-8").replace('"L"', '"Ailleurs"'), encoding="utf-8")
    file.chmod(0o640)
    before = file.read_bytes()
    undo = shelf.change("2026-11", [Later(item="rtes:1"), Set(field=("preheader",), was="", value="Aperçu")])
    issue = shelf.read("2026-11")
    assert (issue.subject, issue.preheader, issue.later, issue.item_ids) == ("Ailleurs", "Aperçu", ("rtes:1",), ())
    assert file.stat().st_mode & 0o777 == 0o640
    shelf.change("2026-11", undo)
    assert file.read_bytes() == before


def test_a_change_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """A conflict in the second operation undoes the first; a full disk keeps the old file."""
    IssueFolder(tmp_path).write_new(ISSUE, {})
    before = (tmp_path / "2026-11.md").read_bytes()
    conflict: list[Operation] = [Later(item="rtes:1"), Set(field=("subject",), was="Autre", value="X")]
    with pytest.raises(ConflictError):
        IssueFolder(tmp_path).change("2026-11", conflict)
    with pytest.raises(OutputError, match="resté comme il était"):
        IssueFolder(tmp_path, write=full).change("2026-11", [Later(item="rtes:1")])
    assert (tmp_path / "2026-11.md").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["2026-11.md"]


def test_writers_of_different_items_all_win(tmp_path: Path) -> None:
    """Ten people who place ten items at the same time lose none."""
    IssueFolder(tmp_path).write_new(ISSUE, {})

    def place(number: int) -> None:
        IssueFolder(tmp_path).change("2026-11", [Place(item=f"irev:{number}", section="une")])

    threads = [threading.Thread(target=place, args=(number,)) for number in range(1, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    placed = IssueFolder(tmp_path).read("2026-11").item_ids
    assert sorted(placed) == sorted(["rtes:1", *(f"irev:{number}" for number in range(1, 11))])


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    """A folder in the place of the file."""
    (tmp_path / "2026-10.md").mkdir()
    with pytest.raises(ContentError, match="ne peut pas être lu"):
        IssueFolder(tmp_path).read("2026-10")


def test_a_disk_without_hard_links_is_served_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a FAT disk the file is renamed under the lock, and an existing one is still kept."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    shelf = IssueFolder(tmp_path)
    shelf.write_new(ISSUE, {})
    with pytest.raises(OutputError, match="existe déjà"):
        shelf.write_new(ISSUE, {})
    assert not list(tmp_path.glob(f".*{disk.SUFFIX}"))
