"""Rate, CPU and memory of a sending beside Postfix's smtp-source, smtplib, nodemailer and Django, all in one run.

    .venv/bin/python benchmarks/send.py --count 10000

Needs Postfix's ``smtp-sink`` and ``smtp-source`` (Debian: ``postfix``). nodemailer (npm) and Django (pip) are installed
in a temporary folder; where they cannot be had the line says so. The sink has one core, every client the other:
ratios of one run mean something, absolute figures only on a quiet machine.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from send_clients import edition
from send_others import NODEMAILER

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
PYTHON = sys.executable
SINK_CORE, CLIENT_CORE = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process: wall and CPU seconds of the whole of it, peak memory, and what it said of itself."""

    count: int
    wall: float
    cpu: float
    peak_mb: float
    said: dict[str, float]

    @property
    def per_message(self) -> float:
        """Return CPU microseconds a message, the whole process counted."""
        return self.cpu / self.count * 1e6

    @property
    def sending(self) -> float:
        """Return CPU microseconds a message without the process's start, where it measured that itself."""
        return self.said.get("cpu", self.cpu) / self.count * 1e6

    @property
    def rate(self) -> float:
        """Return messages a second, without the process's start where it measured that itself."""
        return self.count / self.said.get("wall", self.wall)


def on_core(command: list[str], core: int) -> list[str]:
    """Return the command pinned to one core, where the machine has two."""
    return ["taskset", "-c", str(core), *command] if (os.cpu_count() or 1) > 1 and shutil.which("taskset") else command


def run(command: list[str], count: int) -> Run:
    """Run a client to its end."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            on_core(command, CLIENT_CORE), stdout=out, env={**os.environ, "PYTHONPATH": str(HERE.parent)}
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - begun
        out.seek(0)
        said = out.read().decode()
    if process.returncode:
        raise SystemExit(f"{command[:3]} ended with {process.returncode}")
    return Run(
        count=count,
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        peak_mb=used.ru_maxrss / 1024,
        said=json.loads(said) if said.startswith("{") else {},
    )


@contextlib.contextmanager
def server(command: list[str], port: int) -> Iterator[int]:
    """Run a server on the sink's core until the block ends."""
    process = subprocess.Popen(on_core(command, SINK_CORE), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        else:
            raise SystemExit(f"{command[0]} does not listen")
        yield port
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def sink(tool: str) -> contextlib.AbstractContextManager[int]:
    """Return a running smtp-sink."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    return server([tool, *user, f"127.0.0.1:{port}", "1000"], port)


def network(*options: str) -> contextlib.AbstractContextManager[int]:
    """Return a running sink with CHUNKING, or a delayed line."""
    port = free_port()
    return server([PYTHON, str(HERE / "send_network.py"), "--port", str(port), *options], port)


def client(name: str, folder: Path, count: int, port: int = 0, *options: str) -> Run:
    """Run one of ``send_clients.py``."""
    given = ["--folder", str(folder), "--count", str(count), "--port", str(port), *options]
    return run([PYTHON, str(HERE / "send_clients.py"), name, *given], count)


def source(tool: str, count: int, port: int, size: int, connections: int) -> Run:
    """Run smtp-source: one fixed message, no signature."""
    addresses = ["-f", "lettre@reseau.example", "-t", "abonne@mairie.example"]
    target = f"127.0.0.1:{port}"
    return run([tool, "-s", str(connections), "-l", str(size), "-m", str(count), *addresses, target], count)


def tool(name: str) -> str:
    """Return the path of a Postfix tool."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/lib/postfix/sbin")
    if found is None:
        raise SystemExit(f"{name} is not installed. On Debian or Ubuntu: apt install postfix")
    return found


def others(folder: Path, count: int, port: int, connections: int) -> dict[str, Run | str]:
    """Run nodemailer and Django, or say why not."""
    letter = edition()
    text = json.dumps({"subject": letter.subject, "html": letter.html, "text": letter.text})
    (folder / "letter.json").write_text(text, encoding="utf-8")
    (folder / "nodemailer.mjs").write_text(NODEMAILER, encoding="utf-8")
    found: dict[str, Run | str] = {}
    npm = shutil.which("npm")
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    if (
        npm is None
        or subprocess.run(
            [npm, "install", "--silent", "nodemailer"], cwd=folder, check=False, capture_output=True
        ).returncode
    ):
        found["nodemailer"] = "npm install nodemailer did not work here"
    else:
        command = ["node", str(folder / "nodemailer.mjs"), str(folder), str(port), str(count), str(connections)]
        found["nodemailer"] = run(command, count)
    django = folder / "django"
    made = subprocess.run([PYTHON, "-m", "venv", str(django)], check=False, capture_output=True).returncode
    if (
        made
        or subprocess.run(
            [str(django / "bin" / "pip"), "install", "--quiet", "django"], check=False, capture_output=True
        ).returncode
    ):
        found["Django"] = "pip install django did not work here"
    else:
        command = [str(django / "bin" / "python"), str(HERE / "send_others.py"), str(folder), str(port), str(count)]
        found["Django"] = run(command, count)
    return found


def throughput(args: argparse.Namespace, folder: Path, port: int) -> float:
    """Compare rate and CPU with smtp-source, several rounds in turn; return the floor in microseconds a message."""
    parts = client("pieces", folder, 1)
    size = int(parts.said["size"])
    rounds: dict[str, list[Run]] = {"smtp-source": [], "bytes": [], "ledger": [], "smtplib": []}
    for number in range(args.rounds):
        rounds["smtp-source"].append(source(tool("smtp-source"), args.count, port, size, args.connections))
        rounds["bytes"].append(client("wire", folder, args.count, port, "--connections", str(args.connections)))
        part = folder / f"round{number}"
        part.mkdir()
        shutil.copy(folder / "dkim.pem", part)
        client("prepare", part, args.count)
        rounds["ledger"].append(client("ledger", part, args.count, port, "--connections", str(args.connections)))
        rounds["smtplib"].append(
            client("smtplib", folder, args.count // 2, port, "--connections", str(args.connections))
        )
    print(f"{args.count} messages of {size} octets, {args.connections} connections, median of {args.rounds} rounds\n")
    print(f"{'client':34}{'msg/s':>8}{'CPU µs':>9}{'peak MB':>9}")
    names = {
        "smtp-source": "smtp-source (one fixed message)",
        "bytes": "ours, bytes and RSA signature",
        "ledger": "ours, and ledger on SQLite",
        "smtplib": "our bytes by smtplib in threads",
    }
    middle = {name: statistics.median(run.rate for run in runs) for name, runs in rounds.items()}
    cost = {name: statistics.median(run.sending for run in runs) for name, runs in rounds.items()}
    for name, runs in rounds.items():
        peak = max(run.peak_mb for run in runs)
        print(f"{names[name]:34}{middle[name]:8.0f}{cost[name]:9.0f}{peak:9.0f}")
    floor = cost["smtp-source"] + (parts.said["sign"] + parts.said["hash"]) * 1e6
    print(f"\nfloor = smtp-source + signature {parts.said['sign'] * 1e6:.0f} + SHA-256 {parts.said['hash'] * 1e6:.0f}")
    for name in ("bytes", "ledger"):
        print(
            f"{names[name]}: {middle[name] / middle['smtp-source']:.0%} of smtp-source's rate (asked: 75 %), "
            f"{cost[name] / floor:.2f} times the floor of {floor:.0f} µs (asked: 1.30)"
        )
    return floor


def whole(args: argparse.Namespace, folder: Path, port: int, signature: str) -> Run:
    """Run our whole process once, database and journals made anew."""
    part = folder / f"whole-{signature}"
    part.mkdir()
    shutil.copy(folder / "dkim.pem", part)
    client("prepare", part, args.count)
    return client("ledger", part, args.count, port, "--connections", str(args.connections), "--signature", signature)


def against_others(args: argparse.Namespace, folder: Path, port: int, floor: float) -> None:
    """Whole processes, start to end. RSA-2048 is what is asked; Django signs nothing, so the others stand beside it.

    The last column says what nobody could pass: a sender at the very floor, without ledger, start or Python.
    """
    ours = {signature: whole(args, folder, port, signature) for signature in ("rsa", "ed25519", "none")}
    part = folder / "others"
    part.mkdir()
    shutil.copy(folder / "dkim.pem", part)
    print(f"\nwhole process at {args.count} recipients, ledger, journals and start included")
    headings = ("s CPU", "by ours, RSA", "by ours, Ed25519", "by ours, unsigned", "by the floor")
    print(f"{'':34}" + "".join(f"{heading:>{len(heading) + 3}}" for heading in headings))
    for signature, run in ours.items():
        print(f"{f'ours, {signature}':34}{run.cpu:8.2f}")
    asked = {"nodemailer": 8, "Django": 10}
    for name, found in others(part, args.count, port, args.connections).items():
        if isinstance(found, str):
            print(f"{name:34}{found}")
            continue
        label = f"{name}, {'DKIM by RSA' if name == 'nodemailer' else 'unsigned'}"
        times = [*(found.cpu / run.cpu for run in ours.values()), found.per_message / floor]
        cells = "".join(f"{one:{len(heading) + 3}.1f}" for one, heading in zip(times, headings[1:], strict=True))
        print(f"{label:34}{found.cpu:8.2f}{cells}  (asked by RSA: {asked[name]})")


def far_away(folder: Path, port: int) -> None:
    """20 ms there and back, one connection."""
    size = int(client("pieces", folder, 1).said["size"])
    one = ("--connections", "1")
    with network("--target", str(port), "--delay", "0.02") as line:
        by_smtplib = client("smtplib", folder, 100, line, *one)
        by_source = source(tool("smtp-source"), 100, line, size, 1)
        pipelined = client("wire", folder, 300, line, *one)
    with network() as chunking, network("--target", str(chunking), "--delay", "0.02") as line:
        chunked = client("wire", folder, 2000, line, *one)
    base = by_smtplib.rate
    print("\n20 ms of round trip, one connection")
    print(f"{'smtplib':34}{base:8.1f} msg/s")
    print(f"{'smtp-source':34}{by_source.rate:8.1f} msg/s")
    print(f"{'ours, PIPELINING':34}{pipelined.rate:8.1f} msg/s, {pipelined.rate / base:.1f} times (asked: 3.5)")
    print(f"{'ours, CHUNKING, 16 in flight':34}{chunked.rate:8.1f} msg/s, {chunked.rate / base:.1f} times (asked: 10)")


def memory(args: argparse.Namespace, folder: Path, port: int) -> None:
    """Peak memory of a sender as the list grows; of a long list it sends the first thousand."""
    print("\npeak memory of the sender (asked: under 150 MB)")
    for people in args.people:
        part = folder / f"people{people}"
        part.mkdir()
        shutil.copy(folder / "dkim.pem", part)
        client("prepare", part, people)
        sender = client("ledger", part, people, port, "--limit", "1000")
        print(f"{people:>9} subscribers{sender.peak_mb:21.0f} MB")


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=5)
    parser.add_argument("--people", type=int, nargs="*", default=[1000, 100_000])
    parser.add_argument("--without-others", action="store_true", help="leave nodemailer and Django out")
    args = parser.parse_args()
    compileall.compile_dir(HERE.parent / "publisher", quiet=1)  # as an installation does
    with tempfile.TemporaryDirectory() as name, sink(tool("smtp-sink")) as port:
        folder = Path(name)
        floor = throughput(args, folder, port)
        if not args.without_others:
            against_others(args, folder, port, floor)
        far_away(folder, port)
        memory(args, folder, port)


if __name__ == "__main__":
    main()
