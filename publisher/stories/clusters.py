"""Items joined step by step into stories. It decides nothing about pairs."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from publisher.item import Merge


class Clusters:
    """Items by their ids; what a person parted is never joined, not even through a third item."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._of = {id_: [id_] for id_ in ids}
        self._merges: dict[str, list[Merge]] = defaultdict(list)
        self._parted: set[frozenset[str]] = set()

    def part(self, left: str, right: str) -> None:
        """Keep two items apart for good."""
        self._parted.add(frozenset((left, right)))

    def merge(self, merge: Merge, refused: Callable[[str, str], bool] | None = None) -> None:
        """Join the stories of two items, unless a pair across them was parted or is ``refused``."""
        one, other = self._of[merge.left], self._of[merge.right]
        if one is not other:
            across = [(a, b) for a in one for b in other]
            if any(frozenset(pair) in self._parted for pair in across):
                return
            if refused and any(refused(*pair) for pair in across if set(pair) != {merge.left, merge.right}):
                return
            one += other
            for id_ in other:
                self._of[id_] = one
        self._merges[merge.left].append(merge)

    def found(self) -> Iterator[tuple[list[str], tuple[Merge, ...]]]:
        """Yield each story's ids with its merges."""
        done: set[int] = set()
        for members in self._of.values():
            if id(members) not in done:
                done.add(id(members))
                yield sorted(members), tuple(merge for id_ in sorted(members) for merge in self._merges[id_])
