"""What cleaning costs: microseconds for one article of some 8 kB, beside nh3 alone in the same run.

``python benchmarks/clean.py [rounds]``. Trust the ratios: the machine may be busy.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import nh3

from publisher import clean

if TYPE_CHECKING:
    from collections.abc import Callable

PARAGRAPH = (
    "<p>La régie de quartier d&#8217;Ors&eacute;e <strong>ouvre</strong> un atelier, avec "
    "<a href='https://reseau.example/postes?utm_source=lettre'>dix postes</a> à la clé et <em>deux</em> formations.</p>"
)
ARTICLE = (
    f"<div class='field-item'><h3 class='spip'>Un titre</h3>{PARAGRAPH * 40}<ul>{'<li><p>un</p></li>' * 20}</ul></div>"
)


def best(work: Callable[[], object], rounds: int) -> float:
    """Return microseconds of the quickest of five batches."""
    took = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(rounds):
            work()
        took.append((time.perf_counter() - start) / rounds)
    return min(took) * 1e6


def main() -> None:
    """Print one line per step."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    safe = clean.safe(ARTICLE)
    text = clean.text(safe)
    alone = best(lambda: nh3.clean(ARTICLE), rounds)
    steps: dict[str, Callable[[], object]] = {
        "safe": lambda: clean.safe(ARTICLE, "https://site.example/"),
        "text": lambda: clean.text(safe),
        "mend": lambda: clean.mend(ARTICLE),
        "unescaped": lambda: clean.unescaped(ARTICLE),
        "without_shortcuts": lambda: clean.without_shortcuts(ARTICLE),
        "summary": lambda: clean.summary(text, 500),
        "sort_line": lambda: clean.sort_line(text[:100]),
    }
    print(f"{'nh3 alone':20}{alone:8.0f} µs")
    for name, work in steps.items():
        took = best(work, rounds)
        print(f"{name:20}{took:8.0f} µs {took / alone:6.2f} × nh3")


if __name__ == "__main__":
    main()
