"""``make crash``: kills real senders in every way, thousands of messages each time, and prints what came of it.

``python tests/crash/matrix.py [--people 2000] [--kills 200] [--step 1]``. Uses Postfix's smtp-sink where it is
installed (``apt install postfix``), else aiosmtpd. Exit code 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent))

from crash.office import Office, Verdict, office, worst

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

LEASE = 0.6
SHARED_MEMORY = Path("/dev/shm")
QUICK = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
"""Where nothing waits for a disk: a killed process leaves its writes to the system, only a power cut takes them."""
STEPS = ("EHLO", "MAIL", "RCPT", "DATA", "accepted")
HEADINGS = ("mishap", "times", "messages", "lost", "doubled, in flight", "doubled otherwise", "two Message-IDs")


class Matrix:
    """The rows of the table, each printed as soon as it is known."""

    def __init__(self, people: int, kills: int, step: int, seed: int) -> None:
        self.people = people
        self.kills = kills
        self.step = step
        self.random = random.Random(seed)
        self.kind = "smtp-sink" if _has_sink() else "aiosmtpd"
        self.broken = False

    def run(self, only: str) -> None:
        """Print the table."""
        _say(f"{self.people} messages a sending, server: {self.kind}\n")
        _say("| " + " | ".join(HEADINGS) + " |\n|" + "---|" * len(HEADINGS))
        each = "each" if self.step == 1 else f"every {self.step}th"
        rows: tuple[tuple[str, Callable[[], tuple[int, list[Verdict]]]], ...] = (
            *(
                (f"SIGKILL {when} {each} {what}", self._at(when, what))
                for what in ("commit", "journal")
                for when in ("before", "after")
            ),
            (f"SIGKILL at {self.kills} random times", self._random_kills),
            ("SIGTERM at random times", self._terminations),
            ("two senders started together", self._two_senders),
            ("the disk full, then not", self._full_disk),
            ("the clock jumps an hour ahead", lambda: self._jumps(3600.0)),
            ("the clock jumps an hour back", lambda: self._jumps(-3600.0)),
            ("the server killed, with and without an answer owed", self._dead_servers),
            *((f"connection cut: {step}", self._cut(step)) for step in STEPS),
        )
        for name, row in rows:
            if only in name:
                self._print(name, *row())

    def _print(self, name: str, times: int, verdicts: list[Verdict]) -> None:
        total = worst(verdicts)
        explained = total["doubled"] - total["unexplained"]
        cells = (name, times, total["people"], total["lost"], explained, total["unexplained"], total["strange"])
        _say("| " + " | ".join(map(str, cells)) + " |")
        self.broken = self.broken or not all(verdict.kept for verdict in verdicts)

    def _at(self, when: str, what: str) -> Callable[[], tuple[int, list[Verdict]]]:
        """Return the row of a kill at the first, second, … commit, up to the last one there is."""

        def row() -> tuple[int, list[Verdict]]:
            verdicts: list[Verdict] = []
            number = 1
            while True:
                with self._office() as there:
                    there.sink.start()
                    said = there.finish(there.start(die=f"{when} {what} {number}"))
                    if said:  # it came to its end before there were so many
                        return len(verdicts), verdicts
                    time.sleep(LEASE)
                    there.complete()
                    verdicts.append(there.verdict())
                number += self.step

        return row

    def _random_kills(self) -> tuple[int, list[Verdict]]:
        """Kill again and again, several times in one sending, until there were so many kills."""
        verdicts = []
        killed = 0
        while killed < self.kills:
            with self._office() as there:
                there.sink.start()
                for _ in range(8):
                    sender = there.start()
                    self._wait_until_sending(there, sender)
                    time.sleep(self.random.uniform(0, 1.0))
                    sender.send_signal(signal.SIGKILL)
                    if there.finish(sender):
                        break
                    killed += 1
                    time.sleep(LEASE)
                there.complete()
                verdicts.append(there.verdict())
        return killed, verdicts

    def _terminations(self) -> tuple[int, list[Verdict]]:
        """Ask to stop, again and again; here not even one in flight may come twice."""
        verdicts = []
        for _ in range(max(self.kills // 20, 1)):
            with self._office(lease=30.0) as there:
                there.sink.start()
                for _ in range(3):
                    sender = there.start()
                    self._wait_until_sending(there, sender)
                    time.sleep(self.random.uniform(0, 0.5))
                    sender.send_signal(signal.SIGTERM)
                    there.finish(sender)
                there.in_flight.clear()
                there.complete()
                verdicts.append(there.verdict())
        return 3 * len(verdicts), verdicts

    def _two_senders(self) -> tuple[int, list[Verdict]]:
        verdicts = []
        for _ in range(max(self.kills // 20, 1)):
            with self._office(lease=30.0) as there:
                there.sink.start()
                for sender in [there.start(), there.start()]:
                    there.finish(sender)
                there.in_flight.clear()
                there.complete()
                verdicts.append(there.verdict())
        return len(verdicts), verdicts

    def _full_disk(self) -> tuple[int, list[Verdict]]:
        verdicts = []
        for size in (5_000, 20_000, 60_000, 400_000, 800_000):
            with self._office() as there:
                there.sink.start()
                there.finish(there.start(largest_file=size))
                time.sleep(LEASE)
                there.complete()
                verdicts.append(there.verdict())
        return len(verdicts), verdicts

    def _jumps(self, seconds: float) -> tuple[int, list[Verdict]]:
        """Set the machine's clock under a working sender, and start another at that moment: the worst there is.

        Leases look over, or far off. What the second takes over the ledger must count as given out again.
        """
        verdicts = []
        for _ in range(max(self.kills // 20, 1)):
            with self._office() as there:
                there.sink.start()
                first = there.start()
                self._wait_until_sending(there, first)
                second = there.start()
                time.sleep(self.random.uniform(0, 1.0))
                there.set_clock(seconds)
                for sender in (first, second):
                    there.finish(sender)
                there.complete()
                there.in_flight.clear()
                there.note_repeats()
                verdicts.append(there.verdict())
        return len(verdicts), verdicts

    def _dead_servers(self) -> tuple[int, list[Verdict]]:
        verdicts = []
        for step in ("die", "die before") * max(self.kills // 40, 1):
            with self._office(kind="aiosmtpd", people=min(self.people, 500)) as there:
                there.sink.start(step, self.random.randint(20, 400))
                there.finish(there.start())
                there.complete()
                verdicts.append(there.verdict())
        return len(verdicts), verdicts

    def _cut(self, step: str) -> Callable[[], tuple[int, list[Verdict]]]:
        def row() -> tuple[int, list[Verdict]]:
            with self._office(kind="aiosmtpd", people=min(self.people, 500)) as there:
                every = 2 if step == "EHLO" else 29
                there.sink.start(step, every)
                there.complete()
                return there.sink.mishaps, [there.verdict()]

        return row

    @contextmanager
    def _office(self, *, kind: str = "", people: int = 0, lease: float = LEASE) -> Iterator[Office]:
        with (
            tempfile.TemporaryDirectory(prefix="crash-", dir=QUICK, ignore_cleanup_errors=True) as root,
            office(people or self.people, kind=kind or self.kind, root=Path(root), lease=lease) as there,
        ):
            Path(root).chmod(0o755)
            yield there

    def _wait_until_sending(self, there: Office, sender: subprocess.Popen[str]) -> None:
        before = there.settled()
        while there.settled() == before and sender.poll() is None:
            time.sleep(0.02)


def _has_sink() -> bool:
    return shutil.which("smtp-sink") is not None or Path("/usr/sbin/smtp-sink").exists()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description="Kill senders in every way and count.")
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--step", type=int, default=1, help="take every n-th commit point")
    parser.add_argument("--only", default="", help="only rows whose name holds this")
    parser.add_argument("--seed", type=int, default=5)
    told = parser.parse_args()
    matrix = Matrix(told.people, told.kills, told.step, told.seed)
    begun = time.monotonic()
    matrix.run(told.only)
    _say(
        f"\n{time.monotonic() - begun:.0f} s. " + ("A promise was broken." if matrix.broken else "Every promise kept.")
    )
    return int(matrix.broken)


if __name__ == "__main__":
    sys.exit(main())
