"""Dark mode: which colours the letter's own rules give an element where the reader's screen is dark. It judges none.

Only what the delivered templates use is understood: elements and classes, one inside another. A rule with any other
selector is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from publisher.preflight.document import Document, Element

_DARK = re.compile(r"@media[^{]*prefers-color-scheme\s*:\s*dark[^{]*\{")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMPOUND = re.compile(r"(\*|[a-z][a-z0-9]*)?((?:\.[\w-]+)*)", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_COLOURS = {"color": "color", "background-color": "background-color", "background": "background-color"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compound:
    """One step of a selector: an element's name, "" for any, and classes that it must bear."""

    tag: str
    classes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DarkRule:
    """A colour for what ``steps`` select, the outermost first; ``weight`` is CSS's specificity, classes then names."""

    steps: tuple[Compound, ...]
    name: str
    value: str
    important: bool
    weight: tuple[int, int]


@dataclass(slots=True, kw_only=True)
class Dark:
    """The dark rules of one document, asked element by element."""

    document: Document
    rules: tuple[DarkRule, ...]
    _known: dict[tuple[int, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Document) -> Dark:
        """Return the dark rules of a document's style sheets."""
        return cls(document=document, rules=tuple(rule for sheet in document.sheets for rule in read(sheet)))

    def value(self, element: Element, name: str) -> str:
        """Return the colour in force: the heaviest rule, unless the element's own style outweighs it."""
        key = (element.start, name)
        if key not in self._known:
            own = element.style(name) or (element.style("background") if name == "background-color" else "")
            bears = frozenset((element.get("class") or "").split())
            likely = (rule for rule in self.rules if rule.name == name and rule.steps[-1].classes <= bears)
            around = (element, *self.document.ancestors(element))
            fit = [rule for rule in likely if _selects(rule.steps, around)]
            fit = [rule for rule in fit if rule.important or not own]
            best = max(enumerate(fit), key=lambda one: (one[1].important, one[1].weight, one[0]), default=None)
            self._known[key] = best[1].value if best else own
        return self._known[key]


def read(sheet: str) -> Iterator[DarkRule]:
    """Yield the colours that a style sheet gives inside its dark media queries."""
    bare = _COMMENT.sub("", sheet)
    for start in _DARK.finditer(bare):
        for selectors, declarations in _RULE.findall(_block(bare, start.end())):
            for declaration in declarations.split(";"):
                name, _, value = declaration.partition(":")
                known = _COLOURS.get(name.strip().lower())
                if known is None:
                    continue
                plain = value.strip().lower()
                important = plain.endswith("!important")
                for selector in selectors.split(","):
                    if steps := _steps(selector):
                        yield DarkRule(
                            steps=steps,
                            name=known,
                            value=plain.removesuffix("!important").strip(),
                            important=important,
                            weight=(sum(len(step.classes) for step in steps), sum(bool(step.tag) for step in steps)),
                        )


def _block(sheet: str, start: int) -> str:
    depth = 1
    for at in range(start, len(sheet)):
        depth += {"{": 1, "}": -1}.get(sheet[at], 0)
        if not depth:
            return sheet[start:at]
    return sheet[start:]


def _steps(selector: str) -> tuple[Compound, ...]:
    steps = []
    for part in selector.split():
        match = _COMPOUND.fullmatch(part)
        if match is None:
            return ()
        tag = (match[1] or "").lower().replace("*", "")
        steps.append(Compound(tag=tag, classes=frozenset(filter(None, match[2].split(".")))))
    return tuple(steps)


def _selects(steps: Sequence[Compound], around: Sequence[Element]) -> bool:
    if not _fits(steps[-1], around[0]):
        return False
    outer = iter(around[1:])
    return all(any(_fits(step, element) for element in outer) for step in reversed(steps[:-1]))


def _fits(step: Compound, element: Element) -> bool:
    if step.tag and step.tag != element.tag:
        return False
    return not step.classes or step.classes <= frozenset((element.get("class") or "").split())
