"""The command-line library's own words are French. Run it to compile the catalogue anew."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import click
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

FOLDER = Path(__file__).resolve().parents[2] / "publisher" / "locale" / "fr" / "LC_MESSAGES"
NOT_FOR_PEOPLE = (
    # what only programmers, Windows consoles, editors and shell completion say
    "Windows error",
    "{editor}: Editing failed",
    "DeprecationWarning",
    "Value must be an iterable",
    "Name '{name}' defined twice",
    "Boolean option",
    "Could not determine name",
    "No options defined",
    "(dynamic)",
    "Arguments take exactly one",
    "%(prog)s, version",
    "Invalid start character",
    "Shell completion",
    "Couldn't detect Bash",
    "Unknown color",
    "Press any key",
    "Choose from",
    "Choice(",
    "Unknown standard stream",
)


def compiled() -> bytes:
    """Return the catalogue as gettext reads it."""
    with (FOLDER / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    made = io.BytesIO()
    write_mo(made, catalogue)
    return made.getvalue()


def pairs(catalogue: Catalog) -> list[tuple[str, object]]:
    """Return what is said and how."""
    return [(str(one.id), one.string) for one in catalogue if one.id]


def test_the_compiled_catalogue_is_the_written_one() -> None:
    """Whoever changes messages.po compiles it: both say the same."""
    kept = read_mo(io.BytesIO((FOLDER / "messages.mo").read_bytes()))
    made = read_mo(io.BytesIO(compiled()))
    assert pairs(kept) == pairs(made)


def test_every_sentence_that_the_library_says_to_a_person_is_translated() -> None:
    """A new release of the library brings no English sentence to an editor unseen."""
    with (FOLDER / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    keywords = {"_": None, "ngettext": (1, 2)}
    found = (message for _, _, message, _, _ in extract_from_dir(Path(click.__file__).parent, keywords=keywords))
    said = {message if isinstance(message, str) else message[0] for message in found}
    left = {text for text in said if text not in catalogue and text != "d" and not text.startswith(NOT_FOR_PEOPLE)}
    assert left == set()


if __name__ == "__main__":
    (FOLDER / "messages.mo").write_bytes(compiled())
