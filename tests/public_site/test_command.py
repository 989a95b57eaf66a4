"""``publisher site`` as a service manager runs it: started, stopped by SIGTERM, or told why it cannot start."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from public_site import world as sample

from publisher.cli.app import run
from publisher.config import load
from publisher.errors import PublisherError
from publisher.site.server import Server
from publisher.wiring import Publication

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a publication."""
    for name, value in sample.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    publication = sample.made(tmp_path, people=2)
    publication.config.file.write_text(
        publication.config.file.read_text(encoding="utf-8") + sample.WEBHOOKS, encoding="utf-8"
    )
    return tmp_path


def started(folder: Path, *options: str, secret: str = sample.SECRET) -> subprocess.Popen[str]:
    """Start the command as its own process."""
    command = [sys.executable, "-m", "publisher", "--config", str(folder / "config.toml"), "site", *options]
    environment = {**os.environ, **sample.ENVIRONMENT, "ESSAI_SECRET": secret, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(folder: Path, with_signal: signal.Signals) -> None:
    """The first line names the address that answers; SIGTERM and SIGINT end it with status 0 and what was heard."""
    with started(folder, "--port", "0") as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            port = int(line.partition("127.0.0.1:")[2].partition("/")[0])
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            told = b'[{"event": "opened"}]'
            connection.request("POST", "/webhooks/brevo", body=told, headers=sample.AUTHORISED["brevo"])
            assert connection.getresponse().status == 200
            connection.close()
            process.send_signal(with_signal)
            said, wrong = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, wrong
    assert said.splitlines()[-1] == "Événements reçus – sans suite\u00a0: 1."
    assert wrong == ""


def test_what_was_heard_is_readable(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``publisher bounces`` shows what a provider told and who left, with the provider's own words."""
    with sample.served(Publication(load(folder / "config.toml"))) as world:
        struck, left = world.somebody(), world.somebody()
        event = {"event": "hard_bounce", "email": struck.address, "message-id": struck.message_id, "ts_epoch": 1}
        world.tell("brevo", json.dumps({**event, "reason": "550 5.1.1 user unknown"}))
        world.ask("POST", f"/desinscription/{left.token}", "List-Unsubscribe=One-Click")
    assert run(["--config", str(folder / "config.toml"), "bounces", "--last", "5", "--json"]) == 0
    told = {one["address"]: one for one in json.loads(capsys.readouterr().out)}
    assert told[struck.address]["action"] == "strike"
    assert told[struck.address]["evidence"] == "Brevo : hard_bounce | 550 5.1.1 user unknown"
    assert told[left.address]["reason"] == "désinscription en un clic"


def test_a_secret_that_is_missing_keeps_it_from_starting(folder: Path) -> None:
    """Status 3, and the sentence names the key and what to do."""
    with started(folder, secret="") as process:
        _, wrong = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "webhooks.brevo.secret_env" in wrong


def test_a_port_that_is_taken_is_told() -> None:
    """Somebody else on the port: the sentence says which, and which key to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PublisherError, match=f"port {port}"):
            Server(None, print, address="127.0.0.1", port=port)  # type: ignore[arg-type]
