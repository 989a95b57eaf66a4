"""HTML made safe, text made plain, and both rid of what the sites' own software adds. It reads and fetches nothing."""

from publisher.clean.encoding import has_controls, mend, printable, unescaped
from publisher.clean.lines import LineKind, Sorted, credits, meaningful_alt, sort_line  # noqa: A004 - the noun of the field
from publisher.clean.markup import safe
from publisher.clean.prose import inline_text, text
from publisher.clean.spip import without_shortcuts
from publisher.clean.words import summary, title_from_address

__all__ = [
    "LineKind",
    "Sorted",
    "credits",
    "has_controls",
    "inline_text",
    "meaningful_alt",
    "mend",
    "printable",
    "safe",
    "sort_line",
    "summary",
    "text",
    "title_from_address",
    "unescaped",
    "without_shortcuts",
]
