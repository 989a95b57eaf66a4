"""A year of the simulated web, collected hourly: what was lost or doubled. `make year` runs it in fifteen minutes."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from simulated_web.year import live


def main() -> int:
    """Print the outcome; return 1 when something was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365, help="how long (365)")
    parser.add_argument("--sites", type=int, default=6, help="how many sites, of six kinds in turn (6)")
    parser.add_argument("--seed", type=int, default=1, help="which world (1)")
    parser.add_argument("--every", type=int, default=1, help="hours between two collections (1)")
    parser.add_argument("--hurry", type=float, default=1.0, help="how many times more mishaps than usual (1)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = live(
            Path(folder), days=asked.days, sites=asked.sites, seed=asked.seed, every=asked.every, hurry=asked.hurry
        )
    print(
        f"{asked.days} days, {asked.sites} sites, seed {asked.seed}, every {asked.every} h, mishaps × {asked.hurry:g}"
    )
    print(outcome)
    print(f"{outcome.seconds:.0f} s")
    return 1 if any(outcome.wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
