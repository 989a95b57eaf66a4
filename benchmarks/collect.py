"""CPU and memory of collecting many local feeds, first run and 304 run, beside the ``reader`` library doing the same.

    .venv/bin/python benchmarks/collect.py --sources 1000 --reader /tmp/reader/bin/python
    .venv/bin/python benchmarks/collect.py --memory 100,1000,10000 --items 5

``reader`` is no dependency of the project: make a virtual environment anywhere, install it there, and name its Python.
All our work counts: fetching, parsing, cleaning, identity, storing in SQLite. The server runs in a process of its own.
Beside the 304 run stands what the HTTP client alone needs to ask as many times: no collector on it can be quicker.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from publisher.protocols import Collected, Memory, Saved

ITEMS = 20
HOSTS = 20  # addresses of loopback, so that both sides may read several hosts at once
START = datetime(2026, 10, 27, 9, 0, tzinfo=UTC)
PARAGRAPH = (
    "La coopérative de Valbrune rassemble vingt-deux communes, quatorze fermes et trois écoles autour d’une cuisine. "
    "Les repas partent chaque matin à vélo ou en camionnette, et les menus sont discutés avec les enfants. "
)


def feed(number: int, items: int = ITEMS) -> bytes:
    """Return the feed of one source: a third SPIP, a third Drupal 7, a third plain RSS with whole articles."""
    shape = (_spip, _drupal, _plain)[number % 3]
    items = "".join(shape(number, each) for each in range(items))
    generator = "<generator>SPIP - www.spip.net</generator>" if shape is _spip else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>Site {number}</title><link>https://s{number}.example/</link><description/>{generator}{items}"
        "</channel></rss>"
    ).encode()


def _date(each: int) -> datetime:
    return START - timedelta(hours=7 * each)


def _spip(number: int, each: int) -> str:
    link = f"https://s{number}.example/Article-{each}"
    body = (
        f"<div class='rss_chapo'><p>{PARAGRAPH}</p></div><div class='rss_texte'><h3 class=\"spip\">Un prix</h3>"
        f'<p>{PARAGRAPH * 2}<a href="https://partenaire.example/{each}" class="spip_out">Voir</a></p>'
        '<ul class="spip"><li>un</li><li>deux</li></ul></div>'
    )
    return (
        f"<item xml:lang='fr'><title>Article {each} du site {number}</title><link>{link}</link>"
        f'<guid isPermaLink="true">{link}</guid><dc:date>{_date(each):%Y-%m-%dT%H:%M:%SZ}</dc:date>'
        f"<dc:creator>L’équipe</dc:creator><dc:subject>Alimentation</dc:subject><description>{PARAGRAPH}</description>"
        f"<content:encoded>{_escaped(body)}</content:encoded>"
        f'<enclosure url="https://s{number}.example/IMG/{each}.jpg" length="90211" type="image/jpeg" /></item>'
    )


def _drupal(number: int, each: int) -> str:
    body = (
        f'<div class="field field-name-field-chapo"><div class="field-item even">{PARAGRAPH}</div></div>'
        f'<div class="field field-name-body"><div class="field-item even"><p>{PARAGRAPH * 2}</p>'
        f'<p>Le <a href="/fichiers/{each}.pdf">programme</a>.</p></div></div>'
        '<div class="field field-name-field-thematiques"><div class="field-label">Thématiques:&nbsp;</div>'
        '<div class="field-item even"><a href="/taxonomy/term/1">Emploi</a></div></div>'
    )
    return (
        f"<item><title>Actualité {each} du site {number}</title><link>https://s{number}.example/actu/{each}</link>"
        f"<description>{_escaped(body)}</description><pubDate>{format_datetime(_date(each))}</pubDate>"
        f'<guid isPermaLink="false">{number}{each} at https://s{number}.example</guid></item>'
    )


def _plain(number: int, each: int) -> str:
    body = f"<p>{PARAGRAPH}</p>" * 3 + '<p><img src="/i.jpg" alt="La cuisine" width="800" height="450"></p>'
    return (
        f"<item><title>Nouvelle {each} du site {number}</title><link>https://s{number}.example/n/{each}</link>"
        f"<description><![CDATA[{body}]]></description><pubDate>{format_datetime(_date(each))}</pubDate>"
        f"<guid>https://s{number}.example/n/{each}</guid></item>"
    )


def _escaped(markup: str) -> str:
    return markup.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


async def serve(sources: int, items: int) -> None:
    """Serve the feeds with validators until the process is ended; print the port first."""
    bodies = [feed(number, items) for number in range(min(sources, 300))]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                number = int(head.split(b" ", 2)[1].rsplit(b"/", 1)[1])
                tag = b'"v1-%d"' % number
                if b"if-none-match: " + tag in head.lower():
                    writer.write(b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n" % tag)
                else:
                    body = bodies[number % len(bodies)]
                    writer.write(
                        b"HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Type: application/rss+xml; charset=utf-8\r\n"
                        b"Content-Length: %d\r\n\r\n" % (tag, len(body)) + body
                    )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "0.0.0.0", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def address(port: int, number: int) -> str:
    """Return the address of one source, spread over the hosts."""
    return f"http://127.0.0.{1 + number % HOSTS}:{port}/{number}"


class Gauge:
    """CPU seconds of this process and its children, wall seconds, and the highest memory so far in MB."""

    def __init__(self) -> None:
        self.before = self._cpu()
        self.start = time.perf_counter()

    @staticmethod
    def _cpu() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(each.ru_utime + each.ru_stime for each in used)

    def read(self) -> dict[str, float]:
        """Return what was used since the gauge was made."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"cpu": self._cpu() - self.before, "wall": time.perf_counter() - self.start, "peak": peak}


def ours(sources: int, port: int, folder: Path, items: int = ITEMS) -> list[dict[str, float]]:
    """Collect and store twice with this project."""
    from publisher.sources.collector import Collector  # noqa: PLC0415 - the other side has no publisher
    from publisher.sources.settings import FeedSource, HttpSettings  # noqa: PLC0415
    from publisher.stages.collect import collect  # noqa: PLC0415
    from publisher.store.database import open_engine  # noqa: PLC0415
    from publisher.store.items import Items  # noqa: PLC0415

    class Timed(Items):
        """The store, with the CPU seconds that reading and writing took."""

        spent = 0.0

        def memories(self) -> dict[str, Memory]:
            """Read, and count."""
            start = time.process_time()
            found = super().memories()
            self.spent += time.process_time() - start
            return found

        def save(self, collected: Collected, now: datetime) -> Saved:
            """Save, and count."""
            start = time.process_time()
            saved = super().save(collected, now)
            self.spent += time.process_time() - start
            return saved

        def remember(self, memories: Iterable[Memory]) -> None:
            """Save, and count."""
            start = time.process_time()
            super().remember(memories)
            self.spent += time.process_time() - start

    store = Timed(open_engine(f"sqlite:///{folder / 'ours.sqlite'}"))
    http = HttpSettings(contact="essai@site.example", delay=0, allow_private=True)
    feeds = {f"s{each}": FeedSource(name=f"Site {each}", url=address(port, each)) for each in range(sources)}
    collector = Collector(feeds, http, folder, ZoneInfo("Europe/Paris"))
    results = []
    for run in range(2):
        gauge, store.spent = Gauge(), 0.0
        report = collect(collector, store, now=START + timedelta(days=1, hours=run))
        results.append({**gauge.read(), "store": store.spent})
        assert not report.failed, report.failed[0].error
        assert len(report.new) == (0 if run else items * sources), len(report.new)
        del report
    return [*results, bare(sources, port)]


def bare(sources: int, port: int) -> dict[str, float]:
    """Ask every address for a 304 with the HTTP client alone."""
    import aiohttp  # noqa: PLC0415 - the other side has none

    async def ask() -> None:
        hosts = [range(first, sources, HOSTS) for first in range(HOSTS)]

        async def all_of(session: aiohttp.ClientSession, host: range) -> None:
            for each in host:
                tag = {"If-None-Match": f'"v1-{each}"'}
                async with session.get(address(port, each), headers=tag, allow_redirects=False) as response:
                    assert response.status == 304, response.status  # noqa: PLR2004

        connector, jar = aiohttp.TCPConnector(limit=0), aiohttp.DummyCookieJar()
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(connector=connector, cookie_jar=jar, timeout=timeout) as session:
            await asyncio.gather(*(all_of(session, host) for host in hosts))

    gauge = Gauge()
    asyncio.run(ask())
    return gauge.read()


def theirs(sources: int, port: int, folder: Path) -> list[dict[str, float]]:
    """Update twice with ``reader``."""
    from reader import make_reader  # type: ignore[import-not-found]  # noqa: PLC0415 - not a dependency

    reader = make_reader(str(folder / "reader.sqlite"))
    for each in range(sources):
        reader.add_feed(address(port, each))
    results = []
    for _ in range(2):
        gauge = Gauge()
        reader.update_feeds(scheduled=False, workers=20)
        results.append(gauge.read())
        assert reader.get_entry_counts().total == ITEMS * sources
    return results


def child(python: str, side: str, sources: int, port: int, items: int = ITEMS) -> list[dict[str, float]]:
    """Run one side in a process of its own and return its results."""
    command = [python, __file__, "--side", side, "--sources", str(sources), "--port", str(port), "--items", str(items)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    results: list[dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return results


@contextmanager
def served(sources: int, items: int) -> Iterator[int]:
    """Give the port of a server in a process of its own."""
    command = [sys.executable, __file__, "--side", "serve", "--sources", str(sources), "--items", str(items)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield int(server.stdout.readline()) if server.stdout else 0
    finally:
        server.terminate()
        server.wait()


def memory(sizes: list[int], items: int) -> None:
    """Print the peak memory of a first run over more and more sources, each in a process of its own."""
    print(f"sources of {items} items: peak memory of a first run and of a 304 run after it, in MB")
    for sources in sizes:
        with served(sources, items) as port:
            first, again, _ = child(sys.executable, "ours", sources, port, items)
        print(f"{sources:7} sources {first['peak']:6.0f} {again['peak']:6.0f}   {first['wall']:5.0f} s", flush=True)


def versus(sources: int, reader: str) -> None:
    """Print what both sides need."""
    with served(sources, ITEMS) as port:
        *mine, alone = child(sys.executable, "ours", sources, port)
        table = {"publisher": mine, **({"reader": child(reader, "theirs", sources, port)} if reader else {})}
    print(f"{sources} sources of {ITEMS} items; CPU in ms per source, wall in s, peak memory in MB")
    for name, runs in table.items():
        for which, run in zip(("first run", "304 run"), runs, strict=True):
            cpu = run["cpu"] * 1000 / sources
            stored = f"  (of which {run['store'] * 1000 / sources:.2f} ms in the store)" if "store" in run else ""
            print(f"{name:10} {which:10} {cpu:8.2f} ms {run['wall']:8.1f} s {run['peak']:8.0f} MB{stored}")
    print(f"{'aiohttp':10} {'304 alone':10} {alone['cpu'] * 1000 / sources:8.2f} ms {alone['wall']:8.1f} s")
    for which, own, other in zip(("first run", "304 run"), mine, table.get("reader", ()), strict=False):
        print(f"{which}: {other['cpu'] / own['cpu']:.1f} times less CPU than reader")


def main() -> None:
    """Run what the arguments ask for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=1000)
    parser.add_argument("--items", type=int, default=ITEMS, help="items of a feed, for --memory")
    parser.add_argument("--memory", default="", help="numbers of sources to show the peak memory of: 100,1000,10000")
    parser.add_argument("--reader", default="", help="the Python of an environment where reader is installed")
    parser.add_argument("--side", choices=("ours", "theirs", "serve"), help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.side == "serve":
        asyncio.run(serve(said.sources, said.items))
    elif said.side:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            done = (
                ours(said.sources, said.port, place, said.items)
                if said.side == "ours"
                else theirs(said.sources, said.port, place)
            )
            print(json.dumps(done))
    elif said.memory:
        memory([int(each) for each in said.memory.split(",")], said.items)
    else:
        versus(said.sources, said.reader)


if __name__ == "__main__":
    main()
