"""Translation: what a catalogue is made from is what the letter asks for."""

from __future__ import annotations

import gettext

import jinja2
from babel.messages.extract import extract_from_dir
from render import sampling

from publisher.render import archive, environment


class _Listening(gettext.NullTranslations):
    """A catalogue that translates nothing and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        return message


def test_every_sentence_of_the_letter_can_be_extracted() -> None:
    """What is asked of the catalogue over every sample is among the msgids that babel.cfg extracts, none is missed."""
    mapping = [("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.py", "python")]
    options = {pattern: {"encoding": "utf-8", "extensions": "jinja2.ext.loopcontrols"} for pattern, _ in mapping}
    folders = (sampling.TEMPLATES, sampling.ROOT / "publisher" / "render")
    extracted = {
        message
        for folder in folders
        for _, _, message, _, _ in extract_from_dir(
            str(folder), mapping, options, keywords={"_": None, "gettext": None, "say": None}
        )
        if isinstance(message, str)
    }
    catalogue = _Listening()
    made = environment.make(jinja2.FileSystemLoader(sampling.TEMPLATES), catalogue)
    editions = [sampling.read(name).frozen(templates_=made) for name in ("usual", "overridden", "tiny")]
    archive.build(editions, sampling.SETTINGS, made)
    archive.build([], sampling.SETTINGS, made)
    assert len(catalogue.asked) > 25
    assert catalogue.asked <= extracted
