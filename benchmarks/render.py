"""What rendering costs beside premailer alone: the usual issue, from its file to the frozen edition, in one run.

Both are timed by turns in the same process, so that a busy machine slows both; the ratio is what counts.
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

# the tests' samples, and not this folder, whose render.py would be taken for theirs
sys.path[0] = str(Path(__file__).resolve().parents[1] / "tests")

from render import sampling  # noqa: E402 - see above

from publisher.folders import composition, issue_file  # noqa: E402 - see above
from publisher.render import inlining, letter  # noqa: E402 - see above

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 25
LIMIT = 1.5
"""The whole may cost this many times what premailer costs alone."""


def seconds(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(name: str = "usual") -> int:
    """Print both medians and their ratio; return 1 when the ratio is above the limit."""
    sample = sampling.read(name)
    environment = sampling.fresh_templates()
    titles = {key: story.main.title for key, story in sample.stories.items()}
    text = composition.compose(sample.issue, titles)
    taken: list[str] = []

    def keeping(html: str) -> str:
        taken.append(html)
        return inlining.inline(html)

    def whole() -> object:
        issue = issue_file.parse(text, sample.issue.file)
        return replace(sample, issue=issue).frozen(templates_=environment)

    letter.inline = keeping  # type: ignore[attr-defined]  # the very HTML that the letter hands over
    cold = seconds(whole)
    letter.inline = inlining.inline  # type: ignore[attr-defined]  # and back
    html = taken[0]
    inlining.inline(html)
    both = [(seconds(whole), seconds(lambda: inlining.inline(html))) for _ in range(ROUNDS)]
    rendered, inlined = (statistics.median(times) * 1000 for times in zip(*both, strict=True))
    ratio = rendered / inlined
    entries = sum(len(section.entries) for section in sample.issue.sections)
    print(f"issue «{name}»: {entries} entries, {len(html.encode()):,} octets before inlining, {ROUNDS} rounds, medians")
    print(f"  issue file → frozen edition   {rendered:7.1f} ms   (cold: {cold * 1000:.0f} ms)")
    print(f"  premailer alone               {inlined:7.1f} ms")
    print(f"  ratio                         {ratio:7.2f}      (at most {LIMIT})")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
