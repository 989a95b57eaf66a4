"""The mailbox on disk: nothing half-written, no message twice, and what is said when the disk refuses."""

from __future__ import annotations

import mailbox
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from publisher.errors import TransportError
from publisher.message import Outcome
from publisher.transports.maildir import Maildir, file_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from publisher.message import Message

    Messages = Callable[[int], tuple[Message, ...]]


def test_a_mail_client_reads_it(tmp_path: Path, messages: Messages) -> None:
    """The standard library's Maildir opens it and finds envelope and body of every message."""
    list(Maildir(tmp_path / "m").deliver(messages(3)))
    box = mailbox.Maildir(tmp_path / "m", create=False)
    assert {message["Delivered-To"] for message in box} == {message.recipient for message in messages(3)}
    assert all(message["Return-Path"].startswith("<retours+") for message in box)
    assert all("Bonjour\n.un point\n" in str(message.get_payload()) for message in box)


def test_a_repeat_is_recognised(tmp_path: Path, messages: Messages) -> None:
    """The same message again is not doubled, also after a client has read, flagged and moved it to cur."""
    box = Maildir(tmp_path)
    list(box.deliver(messages(2)))
    new = tmp_path / "new" / file_name(messages(1)[0].message_id)
    new.rename(tmp_path / "cur" / f"{new.name}:2,S")
    again = list(box.deliver(messages(3)))
    assert [result.outcome for _, result in again] == [Outcome.SENT] * 3
    assert [result.text == "déjà dans la boîte" for _, result in again] == [True, True, False]
    assert len(list((tmp_path / "new").iterdir())) == 2


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, messages: Messages) -> None:
    """When the disk is full in the middle: the message is not tried, no half file, one sentence; a rerun finishes."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("/dev/full is not on this system")
    (tmp_path / "tmp").mkdir()
    unfinished = tmp_path / "tmp" / file_name(messages(2)[1].message_id)
    unfinished.symlink_to(full)
    results = []
    with pytest.raises(TransportError, match="le disque est plein") as caught:  # noqa: PT012 - the loop is what raises
        for message, result in Maildir(tmp_path).deliver(messages(3)):
            results.append((message.delivery, result.outcome))
    assert results == [(1, Outcome.SENT), (2, Outcome.NOT_TRIED)]
    assert str(tmp_path) in str(caught.value)
    assert "il reprend" in caught.value.remedy
    assert not list((tmp_path / "tmp").iterdir())
    assert len(list((tmp_path / "new").iterdir())) == 1
    list(Maildir(tmp_path).deliver(messages(3)))
    assert len(list((tmp_path / "new").iterdir())) == 3


def test_a_folder_that_cannot_be_made(tmp_path: Path, messages: Messages) -> None:
    """A file where the folder should be, or a system folder: one sentence with a remedy, nothing pulled."""
    (tmp_path / "fichier").write_text("x", encoding="utf-8")
    for path in (tmp_path / "fichier", Path("/sys/boîte")):
        with pytest.raises(TransportError) as caught:
            list(Maildir(path).deliver(messages(1)))
        assert caught.value.place == str(path)
        assert caught.value.remedy
