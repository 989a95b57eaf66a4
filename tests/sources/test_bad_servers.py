"""One run with every bad server at once, through the real command line, in a process of its own that is measured."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sources.bad_servers import BAD, GOOD, fill
from sources.loopback import Site, running
from sources.test_hostile import certificate, tls

from publisher.wiring import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_MEMORY = 150  # MB
NOW = "2026-10-27T10:00:00+01:00"
TLS = "chaine-incomplete"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of a publication whose sources are all the bad servers and three good ones."""
    folder = tmp_path_factory.mktemp("mauvais")
    site = Site()
    fill(site)
    with running(site), tls(certificate(folder)) as secure:
        (folder / "config.toml").write_text(config(site.port, secure), encoding="utf-8")
        yield folder


def config(port: int, secure: int) -> str:
    """Return the programme's own configuration with these sources in place of its own."""
    text = bundled("config.toml").read_text(encoding="utf-8")
    hosts = {f"{name}.example": f"127.0.0.1:{port}" for name in (*BAD, *GOOD)}
    hosts[f"{TLS}.example"] = f"https://127.0.0.1:{secure}"
    resolve = ", ".join(f'"{host}" = "{there}"' for host, there in hosts.items())
    http = f'[http]\ncontact = "a@b.example"\ntimeout = 8.0\ndelay = 0.0\nresolve = {{ {resolve} }}\n\n'
    sources = "".join(
        f'[sources.{name}]\nkind = "feed"\nname = "{name}"\nurl = "https://{name}.example/flux"\n\n'
        for name in (*BAD, TLS, *GOOD)
    )
    text = re.sub(r"^\[http\]\n(?:.+\n)+\n", http, text, flags=re.MULTILINE)
    text = re.sub(r"^\[sources\.[^\]]+\]\n(?:.+\n)+\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^sources = .*\n", "", text, flags=re.MULTILINE)
    return text.replace("[transport]", f"{sources}[transport]", 1)


# A process's own peak: what wait4 tells counts the parent's memory too, which the child shared until its exec.
MEASURED = """
import re, sys
from pathlib import Path
from publisher.cli.app import run
status = run(sys.argv[2:])
Path(sys.argv[1]).write_text(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
sys.exit(status)
"""


def publisher(place: Path, *words: str) -> tuple[int, str, float]:
    """Return status, both streams and peak memory (MB) of a command in a process of its own."""
    environment = {**os.environ, "PUBLISHER_NOW": NOW, "NO_COLOR": "1"}
    command = [sys.executable, "-c", MEASURED, "peak", *words]
    with (place / "said").open("w+b") as said:
        done = subprocess.run(command, cwd=place, env=environment, stdout=said, stderr=subprocess.STDOUT, check=False)
        said.seek(0)
        peak = int((place / "peak").read_text()) / 1024
        return done.returncode, said.read().decode("utf-8"), peak


def test_all_bad_servers_at_once(place: Path) -> None:
    """The good sources are read, each bad one is one clear line, and memory stays within bounds."""
    status, said, peak = publisher(place, "collect", "--json")
    assert status == 1, said
    assert peak < MOST_MEMORY, f"{peak:.0f} MB"
    report = {each["source"]: each for each in json.loads(said)["sources"]}
    assert set(report) == {*BAD, *GOOD, TLS}
    assert [len(report[name]["new"]) for name in GOOD] == [3, 3, 500]
    read = {name for name, each in report.items() if not each["error"]}
    assert read == {*GOOD, "coupe", "mauvais-jeu"}

    status, said, _ = publisher(place, "sources", "--json")
    assert status == 0
    health = json.loads(said)
    for name, (_, words) in (*BAD.items(), (TLS, (None, "a une chaîne incomplète"))):
        text = f"{health[name]['text']} {health[name]['remedy']}".replace("\u00a0", " ").replace("\u202f", " ")
        assert any(each in text for each in words.split("|")), name
        assert health[name]["level"] == ("good" if not words else "note" if name in read else "bad"), name
        assert len(text) < 400, name
        assert "\n" not in text, name
    assert all(health[name]["level"] == "good" for name in GOOD)
