"""The page is usable by everybody: axe-core finds no violation in any view, in light and in dark."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from browser import chromium
from desk.browser import tab
from desk.sample import ISSUE, WHOLE
from desk.serving import served

from publisher.desk import server
from publisher.errors import ContentError, Fault
from publisher.folders.issues import IssueFolder

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.preview import Preview

VIEWS = ("", "?vue=etroite&images=non", "?vue=texte", "?vue=web", "?vue=flux", "?vue=liens", "?vue=sommaire")
RUN = """axe.run(document, {iframes: false}).then(
  found => JSON.stringify(found.violations.map(each => [each.id, each.nodes.map(node => node.html)]))
)"""


def build(key: str) -> Preview:
    """Return the sample, or what a broken issue file is in December."""
    if key == "2026-12":
        faults = tuple(Fault(place="content/issues/2026-12.md", line=n, text="une faute.", remedy="…") for n in (3, 9))
        raise ContentError("2 fautes :", faults)
    return WHOLE


@pytest.mark.browser
def test_axe_finds_nothing(tmp_path: Path) -> None:
    """axe-core reports no violation: letter, text, web page, feed, links, outline, and the page of a broken issue."""
    axe = chromium.module(chromium.AXE).read_text(encoding="utf-8")

    async def run(port: int) -> dict[str, object]:
        found = {}
        async with tab("about:blank") as page:
            for path in (*(f"2026-11{view}" for view in VIEWS), "2026-12"):
                for mode in ("light", "dark"):
                    media = [{"name": "prefers-color-scheme", "value": mode}]
                    await page.command("Emulation.setEmulatedMedia", features=media)
                    address = f"http://127.0.0.1:{port}/{path}"
                    await page.command("Page.navigate", url=address)
                    await page.until(f"document.readyState === 'complete' && location.href === {address!r}")
                    await page.value(axe + "; 1")
                    found[f"{path} {mode}"] = json.loads(await page.value(RUN))
        return found

    (tmp_path / "2026-11.md").write_text(ISSUE, encoding="utf-8")
    app = server.application(build, "2026-11", issues=lambda: ("2026-11", "2026-12"), shelf=IssueFolder(tmp_path))
    with served(app) as port:
        found = asyncio.run(run(port))
    assert len(found) == 2 * (len(VIEWS) + 1)
    assert {view: said for view, said in found.items() if said} == {}
