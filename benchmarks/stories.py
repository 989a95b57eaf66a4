"""How well the same news is recognised: precision and recall on the labelled pairs of tests/corpus/stories.

    python benchmarks/stories.py [--errors] [--lots] [--speed]

``dev`` is what rules were tuned on; ``test`` was written once they were frozen and is only measured. Each pair is
judged alone; then all items of a split are grouped at once, and a merge across two matters is counted as an error too.
"""

from __future__ import annotations

import argparse
import re
import resource
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "stories"))

from labelled import pairs

from publisher import stories

if TYPE_CHECKING:
    from labelled import Pair

    from publisher.item import Item


_LOT = re.compile(r"^(?:dev|test)-|-?(?:same|different|more)$")


def main() -> None:
    """Print one line a split, then what each reason gave."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", action="store_true", help="print every pair that was judged wrongly")
    parser.add_argument("--lots", action="store_true", help="print what each reason gave on each lot")
    parser.add_argument("--speed", action="store_true", help="time the grouping of thousands of items")
    asked = parser.parse_args()
    print(
        f"{'split':6}{'pairs':>7}{'same':>6}{'precision':>11}{'recall':>8}{'wrong':>8}{'missed':>8}{'across':>8}{'offered':>9}"
    )
    for split in ("dev", "test"):
        measure(split, pairs(split), show=asked.errors)
    if asked.lots:
        lots(pairs("dev") + pairs("test"))
    if asked.speed:
        speed()


def measure(split: str, labelled: tuple[Pair, ...], *, show: bool) -> None:
    """Print the figures of one split."""
    counts: Counter[tuple[bool, bool]] = Counter()
    by_reason: Counter[tuple[str, bool]] = Counter()
    for pair in labelled:
        found = stories.group((pair.left, pair.right))
        merged = len(found) == 1
        counts[pair.same, merged] += 1
        if merged:
            by_reason[found[0].merges[0].reason, pair.same] += 1
        if show and merged != pair.same:
            print(f"  {'merged' if merged else 'missed'} {pair.name}, {pair.case}:")
            print(f"    {pair.left.title}\n    {pair.right.title}")
    right, wrong, missed = counts[True, True], counts[False, True], counts[True, False]
    offered = [pair.same for pair in labelled if stories.likely((pair.left, pair.right))]
    matters = {item.id: pair.matter for pair in labelled for item in (pair.left, pair.right)}
    across = sum(len({matters[item.id] for item in story.items}) > 1 for story in stories.group(_items(labelled)))
    print(
        f"{split:6}{len(labelled):7}{right + missed:6}{right / max(right + wrong, 1):11.3f}"
        f"{right / max(right + missed, 1):8.3f}{wrong:8}{missed:8}{across:8}{len(offered):9}"
    )
    print(f"  {'offered to a person':19}{sum(offered):2} right{len(offered) - sum(offered):5} wrong")
    for reason in sorted({reason for reason, _ in by_reason}):
        print(f"  {reason:16}{by_reason[reason, True]:5} right{by_reason[reason, False]:5} wrong")


def lots(labelled: tuple[Pair, ...]) -> None:
    """Print for each lot, by reason, how many merges are right and how many wrong."""
    counts: dict[str, Counter[tuple[str, bool]]] = {}
    for pair in labelled:
        lot = _LOT.sub("", pair.name.partition("/")[0]) or "first"
        found = stories.group((pair.left, pair.right))
        counts.setdefault(lot, Counter())[found[0].merges[0].reason if len(found) == 1 else "", pair.same] += 1
    reasons = sorted({reason for lot in counts.values() for reason, _ in lot if reason})
    print(f"\n{'right/wrong':12}" + "".join(f"{reason:>16}" for reason in reasons))
    for lot, count in counts.items():
        cells = (f"{count[reason, True]}/{count[reason, False]}" for reason in reasons)
        print(f"{lot:12}" + "".join(f"{cell:>16}" for cell in cells))


def _items(labelled: tuple[Pair, ...]) -> tuple[Item, ...]:
    # the relayed twin of a pair repeats its words: alone it is a fair pair, beside its original it is none
    return tuple(item for pair in labelled if not pair.name.endswith("relayed") for item in (pair.left, pair.right))


def speed() -> None:
    """Time the grouping of the labelled items, repeated over years as a real archive would hold them."""
    items = _items(pairs("dev") + pairs("test"))
    print(f"\n{'items':>7}{'seconds':>9}{'µs an item':>12}{'peak MB':>9}")
    for years in (1, 4, 16):
        many = tuple(
            replace(item, id=f"{item.id}/{turn}", published=item.dated + timedelta(days=100 * turn))
            for turn in range(years)
            for item in items
        )
        begun = time.process_time()
        stories.group(many)
        spent = time.process_time() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{len(many):7}{spent:9.2f}{1e6 * spent / len(many):12.0f}{peak:9.0f}")


if __name__ == "__main__":
    main()
