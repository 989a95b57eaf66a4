"""How well returned messages are read, on the public corpus in the source distribution of flufl.bounce.

    .venv/bin/python benchmarks/send_bounces.py

The corpus' own tests say which addresses each message names and whether the failure is final; they are the labels.
The reader falls back on flufl.bounce, so this flatters it: the first column says how much RFC 3464 alone finds.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

from publisher.mailbox.reading import Own, read
from publisher.mailbox.report import Kind

OWN = Own(bounce_address="retours@reseau.example", unsubscribe="desinscription@reseau.example")


def corpus(folder: Path) -> Path:
    """Download and unpack the source distribution; return its tests."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", str(folder)]
    subprocess.run([*pip, "flufl.bounce"], check=True)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as packed:
        packed.extractall(folder, filter="data")
    return next(folder.glob("*/tests"))


def labels(tests: Path) -> dict[str, tuple[set[str], bool]]:
    """Return, by file, the addresses and whether the failure is temporary, from the table in the corpus' own tests."""
    tree = ast.parse((tests / "test_detectors.py").read_text(encoding="utf-8"))
    table = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(to, ast.Name) and to.id == "DETECTORS" for to in node.targets)
    )
    found: dict[str, tuple[set[str], bool]] = {}
    for _, file, addresses, temporary in ast.literal_eval(table):
        before = found.get(file, (set(), temporary))[0]
        found[file] = (before | {address.decode().lower() for address in addresses}, temporary)
    return found


def main() -> None:
    """Print what was found and what was missed."""
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        tests = corpus(Path(name))
        for file, (addresses, temporary) in sorted(labels(tests).items()):
            report = read((tests / "data" / file).read_bytes(), OWN)
            got = {failure.address.lower() for failure in report.failures}
            kind = Kind.DELAY if temporary else Kind.BOUNCE
            counts["messages"] += 1
            if not addresses:
                counts["no bounce, rightly left alone" if not got else "no bounce, wrongly read"] += 1
                continue
            counts["bounces"] += 1
            counts["by RFC 3464"] += report.how == "RFC 3464"
            counts["addresses right"] += got == addresses
            counts["final or delayed right"] += report.kind is kind
            counts[f"meaning {report.failures[0].meaning if report.failures else '-'}"] += 1
            if got != addresses or report.kind is not kind:
                print(f"{file}: {report.kind} by {report.how}, {sorted(got)} for {sorted(addresses)}")
    for what, count in counts.items():
        print(f"{count:5} {what}")


if __name__ == "__main__":
    main()
