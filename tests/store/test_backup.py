"""A backup is whole and checked; a restored one sends nothing again and writes to nobody who left in between."""

from __future__ import annotations

import email
import sqlite3
import stat
import threading
from email import policy
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from store.bench import Bench

from publisher.cli.app import run
from publisher.demo import editor, server
from publisher.demo import publication as sample
from publisher.errors import StoreError
from publisher.store import backup, schema
from publisher.store.database import open_engine, reading, writing
from publisher.wiring import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Engine

ISSUE = sample.ISSUE


def _url(engine: Engine) -> str:
    return engine.url.render_as_string()


def test_a_backup_is_one_file_for_its_owner_that_says_what_it_holds(
    sqlite: Engine, now: datetime, tmp_path: Path
) -> None:
    """Counts and size are those of the database at that moment; nothing lies beside the file."""
    Bench(sqlite, now).planned(7)
    file = tmp_path / "kept" / "lettre.db"
    kept = backup.keep(_url(sqlite), file)
    assert (kept.subscribers, kept.deliveries, kept.octets) == (7, 7, file.stat().st_size)
    assert [each.name for each in file.parent.iterdir()] == ["lettre.db"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    open_engine(f"sqlite:///{file}").dispose()


def test_a_backup_is_of_one_moment_while_others_write(sqlite: Engine, now: datetime, tmp_path: Path) -> None:
    """People who are being added in transactions of ten stand in the copy by tens."""
    bench = Bench(sqlite, now)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            with writing(sqlite) as connection:
                rows = [{"key": f"{number}-{n}", "arrival": 0.0} for n in range(10)]
                connection.execute(sa.insert(schema.pace), rows)
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for n in range(5):
            file = tmp_path / f"{n}.db"
            backup.keep(_url(bench.engine), file)
            copy = open_engine(f"sqlite:///{file}")
            with reading(copy) as connection:
                assert connection.execute(sa.select(sa.func.count()).select_from(schema.pace)).scalar_one() % 10 == 0
            copy.dispose()
    finally:
        stop.set()
        thread.join()


def test_a_damaged_database_does_not_replace_the_last_good_copy(sqlite: Engine, now: datetime, tmp_path: Path) -> None:
    """The copy of yesterday stays when that of today cannot be trusted."""
    Bench(sqlite, now).planned(300)
    file = tmp_path / "lettre.db"
    backup.keep(_url(sqlite), file)
    before = file.read_bytes()
    sqlite.dispose()
    live = sqlite.url.database
    assert live is not None
    with open(live, "r+b") as broken:  # noqa: PTH123 - a name, as SQLAlchemy has it
        broken.seek(3 * 4096)
        broken.write(b"\xff" * 8 * 4096)
    with pytest.raises(StoreError, match="abîmé"):
        backup.keep(_url(sqlite), file)
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["lettre.db"]


def test_a_database_too_damaged_to_be_copied_is_moved_aside_whole(
    sqlite: Engine, now: datetime, tmp_path: Path
) -> None:
    """Somebody may still want to look at it, and what SQLite kept beside it is not mixed with the copy."""
    Bench(sqlite, now).planned(2)
    file = tmp_path / "lettre.db"
    backup.keep(_url(sqlite), file)
    sqlite.dispose()
    live = str(sqlite.url.database)
    with open(live, "wb") as broken:  # noqa: PTH123 - as above
        broken.write(b"no database" * 1000)
    backup.restore(_url(sqlite), file, aside=tmp_path / "aside.db")
    assert (tmp_path / "aside.db").read_bytes().startswith(b"no database")
    again = open_engine(_url(sqlite))
    with reading(again) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(schema.delivery)).scalar_one() == 2
    again.dispose()


@pytest.mark.parametrize("content", [None, b"", b"text", "empty database"])
def test_what_is_no_backup_is_not_put_back(
    sqlite: Engine, now: datetime, tmp_path: Path, content: bytes | str | None
) -> None:
    """A file that is not there, empty, a text or somebody else's database changes nothing."""
    bench = Bench(sqlite, now)
    bench.people(2)
    file = tmp_path / "other.db"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        other = sqlite3.connect(file)
        other.execute("CREATE TABLE another (n INTEGER)")
        other.close()
    with pytest.raises(StoreError, match=r"sauvegarde|n’existe pas"):
        backup.restore(_url(sqlite), file, aside=tmp_path / "aside.db")
    assert bench.roster.counts()["active"] == 2
    assert not (tmp_path / "aside.db").exists()


def test_a_backup_into_a_folder_that_cannot_be_written_is_told(sqlite: Engine, tmp_path: Path) -> None:
    """The sentence names the file; the database is as it was."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="ne peut pas être écrite"):
        backup.keep(_url(sqlite), tmp_path / "file" / "lettre.db")


def test_the_database_is_not_its_own_backup(sqlite: Engine, now: datetime, tmp_path: Path) -> None:
    """Written over itself under those who have it open it would be damaged: both ways are refused, by any path."""
    bench = Bench(sqlite, now)
    bench.people(2)
    link = tmp_path / "lettre.db"
    link.symlink_to(str(sqlite.url.database))
    with pytest.raises(StoreError, match="la base elle-même"):
        backup.keep(_url(sqlite), link)
    with pytest.raises(StoreError, match="la base elle-même"):
        backup.restore(_url(sqlite), link, aside=tmp_path / "aside.db")
    assert link.is_symlink()
    assert bench.roster.counts()["active"] == 2


def test_a_sound_database_that_cannot_be_kept_aside_stays(sqlite: Engine, now: datetime, tmp_path: Path) -> None:
    """A restore that finds no room for what was there changes nothing: only a damaged database is moved."""
    bench = Bench(sqlite, now)
    bench.people(1)
    file = tmp_path / "lettre.db"
    backup.keep(_url(sqlite), file)
    bench.people(2)
    before = bench.roster.counts()
    (tmp_path / ".aside.db.part").mkdir()  # no copy can be written, and a move could
    with pytest.raises(StoreError, match="ne peut pas être écrite"):
        backup.restore(_url(sqlite), file, aside=tmp_path / "aside.db")
    assert bench.roster.counts() == before
    assert not (tmp_path / "aside.db").exists()


def test_postgresql_is_backed_up_by_its_own_tools() -> None:
    """The sentence names them, and shows no password."""
    with pytest.raises(StoreError, match="outils du serveur") as caught:
        backup.keep("postgresql+psycopg://me:secret@db.example/letters", sample.ISSUE)  # type: ignore[arg-type]
    assert "pg_dump" in caught.value.remedy
    assert "secret" not in str(caught.value)


@pytest.fixture
def publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the demonstration's publication with six subscribers, approved and ready to be sent."""
    folder = tmp_path / "publication"
    file = sample.prepare(folder, bundled("config.toml").read_text(encoding="utf-8"))
    monkeypatch.setenv("PUBLISHER_CONFIG", str(file))
    monkeypatch.setenv("PUBLISHER_NOW", sample.DRAFTED.isoformat())
    with server.serve() as sites:
        resolve = "\n".join(f'"{host}" = "{place}"' for host, place in sites.resolve.items())
        file.write_text(f"{file.read_text(encoding='utf-8')}\n[http.resolve]\n{resolve}\n", encoding="utf-8")
        assert run(["collect"]) == 0
        assert run(["draft", ISSUE]) == 0
        issue = folder / "content" / "issues" / f"{ISSUE}.md"
        issue.write_text(editor.edit(issue.read_text(encoding="utf-8")), encoding="utf-8")
        people = "".join(f"p{n}@villes.example;actif\n" for n in range(6))
        (folder / "people.csv").write_text(f"Courriel;État\n{people}", encoding="utf-8")
        assert run(["subscribers", "import", str(folder / "people.csv")]) == 0
        monkeypatch.setenv("PUBLISHER_NOW", sample.APPROVED.isoformat())
        assert run(["approve", ISSUE, "--yes"]) == 0
        monkeypatch.setenv("PUBLISHER_NOW", sample.SENT.isoformat())
        yield folder


def _recipients(publication: Path) -> list[str]:
    letters = (publication / "var" / "maildir" / "new").iterdir()
    return sorted(str(email.message_from_bytes(letter.read_bytes(), policy=policy.default)["To"]) for letter in letters)


@pytest.mark.parametrize("sent_before", [0, 2])
def test_a_restored_backup_neither_sends_again_nor_writes_to_who_left(
    publication: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    sent_before: int,
) -> None:
    """Backed up before or within a sending, more sent, one left, put back, sent on: nobody twice, the one never."""
    kept = str(tmp_path / "kept.db")
    if sent_before:
        assert run(["send", ISSUE, "--limit", str(sent_before)]) == 6
    assert run(["backup", kept]) == 0
    assert run(["send", ISSUE, "--limit", "2"]) == 6
    had = _recipients(publication)
    leaves = next(f"p{n}@villes.example" for n in range(6) if f"p{n}@villes.example" not in " ".join(had))
    assert run(["subscribers", "remove", leaves]) == 0
    assert run(["backup", kept, "--restore", "--yes"]) == 0
    assert "Remis en place" in capsys.readouterr().out
    assert "lignes reprises" in caplog.text
    assert run(["send", ISSUE]) == 0
    got = _recipients(publication)
    assert len(got) == len(set(got)) == 5
    assert not [address for address in got if leaves in address]
    assert list(publication.glob("var/publisher-*.before"))
    assert run(["send", ISSUE]) == 0
    assert _recipients(publication) == got
