"""One Chromium, many documents: each is put in a frame of a given width and mode, and asked the same questions."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
AXE = MODULES / "axe-core" / "axe.min.js"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--disable-dev-shm-usage",  # containers have little of it
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no test asks a network
)
_ANSWER = re.compile(r'<pre id="answer">(.*?)</pre>', re.DOTALL)
_HARNESS = """<!DOCTYPE html><meta charset="utf-8"><title>harness</title><body>
<script type="text/plain" id="axe">%(axe)s</script>
%(frames)s
<pre id="answer"></pre>
<script>
const axe = document.getElementById("axe").textContent;
addEventListener("load", async () => { try {
  const told = {};
  for (const frame of document.querySelectorAll("iframe")) {
    const inside = frame.contentWindow, root = frame.contentDocument.scrollingElement;
    const body = inside.getComputedStyle(frame.contentDocument.querySelector(".ground, body"));
    const one = {
      width: root.clientWidth, wide: root.scrollWidth, ground: body.backgroundColor, ran: inside.ran || false,
      beyond: [...frame.contentDocument.querySelectorAll("body *")].filter(
        each => each.getBoundingClientRect().right > root.clientWidth + 1).map(each => each.outerHTML.slice(0, 120)),
    };
    if (axe) {
      inside.eval(axe);
      const found = await inside.axe.run(frame.contentDocument, {
        resultTypes: ["violations"], rules: Object.fromEntries(frame.dataset.without.split(" ").filter(Boolean).map(
          rule => [rule, { enabled: false }])) });
      one.violations = found.violations.map(
        each => each.id + ": " + each.nodes.map(
          node => node.html.slice(0, 200) + " " + node.failureSummary).join(" | "));
    }
    told[frame.id] = one;
  }
  document.getElementById("answer").textContent = JSON.stringify(told);
} catch (error) { document.getElementById("answer").textContent = JSON.stringify({ failed: String(error) }); } });
</script>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A document to look at: how wide the frame is, and whether the reader's screen is dark."""

    name: str
    html: str
    width: int = 640
    dark: bool = False
    without: tuple[str, ...] = ()
    """Rules of axe that this document is not under."""


def found() -> str:
    """Return the path of a Chromium, or skip, saying what is not checked."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path:
            return path
    pytest.skip("no Chromium on this machine: the look of the letter is not checked")


def module(path: Path) -> Path:
    """Return a file of node_modules, or skip, saying how to have it."""
    if not path.exists():
        pytest.skip(f"{path.name} is not there (npm ci in tests/browser): accessibility and HTML are not checked")
    return path


def ask(views: Iterable[View], folder: Path, *, axe: bool = False) -> dict[str, dict[str, Any]]:
    """Return what Chromium says of each view, by name: its width, what stands out, axe's violations if asked."""
    chromium = found()
    source = module(AXE).read_text(encoding="utf-8").replace("</script", "<\\/script") if axe else ""
    frames = "\n".join(
        f'<iframe id="{escape(view.name)}" srcdoc="{escape(view.html)}" width="{view.width}" height="900" '
        f'data-without="{" ".join(view.without)}" '
        f'style="border:0;color-scheme:{"dark" if view.dark else "light"}"></iframe>'
        for view in views
    )
    page = folder / "harness.html"
    page.write_text(_HARNESS % {"axe": source, "frames": frames}, encoding="utf-8")
    told = subprocess.run(
        [
            chromium,
            *FLAGS,
            f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=60000",
            "--timeout=90000",
            "--dump-dom",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    answer = _ANSWER.search(told.stdout)
    assert answer, told.stderr[-2000:]
    assert answer[1], "the harness did not finish"
    said: dict[str, dict[str, Any]] = json.loads(unescape(answer[1]))
    assert "failed" not in said, said
    return said
