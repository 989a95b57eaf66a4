"""The golden folders: what each issue of ``tests/golden/`` gives. Run it to write them anew, then read the diff."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from render import sampling

from publisher.links import feed_tagger
from publisher.render import archive, feeds

NAMES = ("tiny", "usual", "sixty", "no-images", "overridden")


def produced(name: str) -> dict[str, bytes]:
    """Return every file that the issue gives: the letter, its text part, its page, the list and the feeds."""
    edition = sampling.read(name).frozen()
    pages = archive.build([edition], sampling.SETTINGS, sampling.templates())
    return {
        "letter.html": edition.html.encode(),
        "letter.txt": edition.text.encode(),
        "page.html": pages[f"{edition.issue}.html"],
        "index.html": pages["index.html"],
        **feeds.build([edition], sampling.SETTINGS, feed_tagger(sampling.CAMPAIGN)),
    }


def digest() -> str:
    """Return one digest of every file of every folder."""
    whole = hashlib.sha256()
    for name in NAMES:
        for file, data in sorted(produced(name).items()):
            whole.update(f"{name}/{file} {len(data)}\n".encode() + data)
    return whole.hexdigest()


if __name__ == "__main__":
    if sys.argv[1:] == ["digest"]:
        sys.stdout.write(digest() + "\n")
    else:
        for folder in NAMES:
            for file, data in produced(folder).items():
                (sampling.GOLDEN / folder / file).write_bytes(data)
