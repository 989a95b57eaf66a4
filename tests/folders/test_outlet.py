"""The published folder: whole files, untouched when equal, as they were when the disk fails."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from publisher.errors import OutputError
from publisher.folders import disk
from publisher.folders.outlet import Folder

if TYPE_CHECKING:
    from pathlib import Path


class FailingDisk:
    """A disk that takes so many octets, half a buffer at a time, and then answers with an error."""

    def __init__(self, room: int, error: int) -> None:
        self.room = room
        self.error = error

    def __call__(self, handle: int, data: bytes | memoryview) -> int:
        """Write as ``os.write`` does, until there is no room."""
        if self.room <= 0:
            raise OSError(self.error, os.strerror(self.error))
        part = bytes(data)[: max(1, min(self.room, len(data) // 2))]
        self.room -= len(part)
        return os.write(handle, part)


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file of the folder, temporary ones included."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_files_are_written_and_equal_ones_keep_their_time(tmp_path: Path) -> None:
    """Only what differs is written, and said."""
    outlet = Folder(tmp_path / "feeds")
    assert outlet.put({"rss.xml": b"<rss/>", "archive/2026-11.html": b"<html>"}) == ("archive/2026-11.html", "rss.xml")
    before = (tmp_path / "feeds" / "rss.xml").stat()
    assert outlet.put({"rss.xml": b"<rss/>", "archive/2026-11.html": b"<body>"}) == ("archive/2026-11.html",)
    after = (tmp_path / "feeds" / "rss.xml").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert tree(tmp_path / "feeds") == {"rss.xml": b"<rss/>", "archive/2026-11.html": b"<body>"}


def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    """A configuration that only its owner may read, since it holds a password, is still his alone when rewritten."""
    (tmp_path / "config.toml").write_bytes(b"a = 1")
    (tmp_path / "config.toml").chmod(0o600)
    Folder(tmp_path).put({"config.toml": b"a = 2"})
    assert stat.S_IMODE((tmp_path / "config.toml").stat().st_mode) == 0o600
    assert tree(tmp_path) == {"config.toml": b"a = 2"}


def test_published_files_can_be_read_by_a_web_server(tmp_path: Path) -> None:
    """The mode follows the umask; a temporary file's private mode does not stay."""
    umask = os.umask(0o022)
    try:
        Folder(tmp_path).put({"rss.xml": b"x"})
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "rss.xml").stat().st_mode) == 0o644


def test_a_disk_that_writes_in_pieces_gives_whole_files(tmp_path: Path) -> None:
    """A short write is continued."""
    Folder(tmp_path, write=FailingDisk(10_000, errno.ENOSPC)).put({"a.xml": b"0123456789" * 50})
    assert tree(tmp_path) == {"a.xml": b"0123456789" * 50}


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (errno.ENOSPC, "le disque est plein"),
        (errno.EROFS, "lecture seule"),
        (errno.EIO, "panne"),
        (errno.ESTALE, "réseau"),
        (errno.EPROTO, "système"),
    ],
)
def test_a_failing_disk_changes_no_file_at_all(tmp_path: Path, error: int, says: str) -> None:
    """When the second of three files does not fit, the first is not replaced either, and nothing half-written stays."""
    old = {"a.xml": b"ancien a", "b.xml": b"ancien b", "c.xml": b"ancien c"}
    Folder(tmp_path).put(old)
    failing = Folder(tmp_path, write=FailingDisk(15, error))
    with pytest.raises(OutputError, match=says) as caught:
        failing.put({name: data.replace(b"ancien", b"nouveau") for name, data in old.items()})
    assert "Aucun fichier publié n’a été changé." in str(caught.value)
    assert caught.value.place == str(tmp_path / "b.xml")
    assert tree(tmp_path) == old


def test_a_folder_that_refuses_writing_says_so(tmp_path: Path) -> None:
    """A file in the place of the folder, or of one inside it, is one clear sentence."""
    (tmp_path / "feeds").write_bytes(b"")
    with pytest.raises(OutputError, match="Rien n’a été changé"):
        Folder(tmp_path / "feeds").put({"a.xml": b"x"})
    (tmp_path / "autre").mkdir()
    (tmp_path / "autre" / "sub").write_bytes(b"")
    with pytest.raises(OutputError, match="un fichier porte"):
        Folder(tmp_path / "autre").put({"sub/a.xml": b"x"})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere: modes say nothing")
def test_a_read_only_folder_says_so(tmp_path: Path) -> None:
    """Modes are obeyed and the sentence says what to do."""
    Folder(tmp_path).put({"a.xml": b"ancien"})
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(OutputError, match="n’y est pas permise"):
            Folder(tmp_path).put({"a.xml": b"nouveau"})
    finally:
        tmp_path.chmod(0o755)
    assert tree(tmp_path) == {"a.xml": b"ancien"}


def test_a_real_limit_on_size_changes_nothing(tmp_path: Path) -> None:
    """The operating system itself refuses the octets (RLIMIT_FSIZE), in a process of its own."""
    Folder(tmp_path).put({"a.xml": b"ancien"})
    script = (
        "import resource, sys, pathlib\n"
        "from publisher.folders.outlet import Folder\n"
        "from publisher.errors import OutputError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    Folder(pathlib.Path(sys.argv[1])).put({'a.xml': b'n' * 5000})\n"
        "except OutputError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert "taille permise" in run.stdout
    assert tree(tmp_path) == {"a.xml": b"ancien"}


@pytest.mark.parametrize("name", ["../a.xml", "/etc/a", "a/../../b", "a\\b", "", ".", "a//b", "./a", "a\n", "..", "a/"])
def test_paths_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    """Nothing is written for any path of the call, the good ones included."""
    with pytest.raises(OutputError, match="Rien n’a été écrit"):
        Folder(tmp_path / "feeds").put({"a.xml": b"x", name: b"y"})
    assert tree(tmp_path) == {}


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """A symbolic link inside the folder does not lead writing elsewhere."""
    (tmp_path / "feeds").mkdir()
    (tmp_path / "dehors").mkdir()
    (tmp_path / "feeds" / "sub").symlink_to(tmp_path / "dehors")
    with pytest.raises(OutputError, match="lien"):
        Folder(tmp_path / "feeds").put({"sub/a.xml": b"x"})
    assert tree(tmp_path / "dehors") == {}


def test_leftovers_of_a_stopped_run_are_removed_and_nothing_else(tmp_path: Path) -> None:
    """What a killed writer left goes with the next call; foreign hidden files stay."""
    (tmp_path / "archive").mkdir()
    for left in (disk.beside(tmp_path / "a.xml"), disk.beside(tmp_path / "archive" / "b.html")):
        left.write_bytes(b"half")
    (tmp_path / ".htaccess").write_bytes(b"keep")
    (tmp_path / "notes.tmp").write_bytes(b"keep")
    Folder(tmp_path).put({"c.xml": b"x", "archive/b.html": b"y"})
    assert tree(tmp_path) == {".htaccess": b"keep", "notes.tmp": b"keep", "c.xml": b"x", "archive/b.html": b"y"}


def test_a_folder_in_the_place_of_a_file_leaves_the_rest_as_it_was(tmp_path: Path) -> None:
    """A rename that fails says which files were already replaced, and leaves no temporary file."""
    (tmp_path / "b.xml" / "in").mkdir(parents=True)
    with pytest.raises(OutputError):
        Folder(tmp_path).put({"a.xml": b"x", "b.xml": b"y"})
    assert not list(tmp_path.rglob(f".*{disk.SUFFIX}"))
