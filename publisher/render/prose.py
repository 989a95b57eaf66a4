"""What editors write in Markdown, made into HTML for the letter, HTML for the page, and lines for the text part.

Raw HTML is shown as typed and pictures are left out: neither survives mail readers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markupsafe import Markup

from publisher import french
from publisher.render import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

    from publisher.render.anchors import Anchor, Place, Register

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "typographer": False}).disable(["image", "html_block"])
_ITEM = re.compile(r"[ >]*(?:-|\d+\.) $")
_TOP = 3  # the section's title is h2


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One paragraph of the text part. ``lead`` stands before its first line; the others are set in as far."""

    text: str
    lead: str = ""
    close: bool = False
    """The next block belongs to the same list: no empty line in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """One text three times: ``html`` with tagged links, ``page`` with untagged ones, ``blocks`` for the text part."""

    html: Markup
    page: Markup
    blocks: tuple[Block, ...]

    def __bool__(self) -> bool:
        """Say whether there is any text."""
        return bool(self.blocks)


def read(text: str, register: Register, place: Place) -> Prose:
    """Return the Markdown rendered; its links are registered as standing at ``place``."""
    tokens = _MARKDOWN.parse("\n\n".join(_lines(text)))
    anchors: dict[int, Anchor] = {}
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + _TOP - 1)}"
        if token.children:
            token.children = list(_prepared(token.children, register, place, anchors))
    tagged = _written(tokens, {key: anchor.tagged for key, anchor in anchors.items()})
    bare = _written(tokens, {key: anchor.address for key, anchor in anchors.items()})
    return Prose(html=tagged, page=bare, blocks=_spaced(tuple(_blocks(tokens, anchors))))


def _lines(text: str) -> Iterator[str]:
    """Keep the line structure that Markdown needs, and nothing that cannot be seen."""
    for paragraph in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        shown = "\n".join(
            f"{row[: len(row) - len(row.lstrip(' '))]}{plain.line(row)}" for row in paragraph.strip("\n").split("\n")
        )
        if shown.strip():
            yield shown


def _prepared(children: list[Token], register: Register, place: Place, anchors: dict[int, Anchor]) -> Iterator[Token]:
    depth = 0
    for at, token in enumerate(children):
        if token.type == "link_open":
            end = next(i for i in range(at, len(children)) if children[i].type == "link_close")
            label = plain.line("".join(child.content for child in children[at:end] if not child.hidden))
            anchor = register.add(str(token.attrs.get("href", "")), label, place)
            if anchor is None:
                depth += 1
                continue
            anchors[id(token)] = anchor
            token.attrs = {}
        elif token.type == "link_close" and depth:
            depth -= 1
            continue
        elif token.type == "text":
            token.content = french.curled(french.typeset(token.content))
        yield token


def _written(tokens: list[Token], addresses: dict[int, str]) -> Markup:
    for token in tokens:
        for child in token.children or ():
            if id(child) in addresses:
                child.attrs = {"href": addresses[id(child)]}
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704 - html is off: all is escaped


def _blocks(  # noqa: C901, PLR0912 - one case for each token of CommonMark
    tokens: list[Token], anchors: dict[int, Anchor]
) -> Iterator[Block]:
    counters: list[int] = []  # one per open list, 0 for bullets
    quoted = 0
    fresh = False
    for token in tokens:
        match token.type:
            case "bullet_list_open":
                counters.append(0)
            case "ordered_list_open":
                counters.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                counters.pop()
            case "list_item_open":
                fresh = True
            case "list_item_close":
                if counters[-1]:
                    counters[-1] += 1
            case "blockquote_open":
                quoted += 1
            case "blockquote_close":
                quoted -= 1
            case "inline":
                mark = (f"{counters[-1]}. " if counters[-1] else "- ") if counters else ""
                lead = "> " * quoted + "  " * max(0, len(counters) - 1) + (mark if fresh else " " * len(mark))
                fresh = False
                yield Block(text=_inline(token, anchors), lead=lead)
            case "fence" | "code_block":
                yield from (Block(text=row, lead="    ") for row in token.content.splitlines())
            case "hr":
                yield Block(text="* * *")
            case _:
                pass


def _spaced(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    listed = [bool(_ITEM.match(block.lead)) for block in blocks]
    return tuple(
        replace(block, close=listed[at] and at + 1 < len(blocks) and listed[at + 1]) for at, block in enumerate(blocks)
    )


def _inline(token: Token, anchors: dict[int, Anchor]) -> str:
    said: list[str] = []
    open_: list[int] = []
    for child in token.children or ():
        match child.type:
            case "link_open":
                open_.append(anchors[id(child)].number)
            case "link_close":
                said.append(f"\u00a0[{open_.pop()}]")
            case "softbreak" | "hardbreak":
                said.append(" ")
            case _:
                said.append(child.content)
    return "".join(said)
