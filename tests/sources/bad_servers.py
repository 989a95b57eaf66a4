"""Servers that do what no server should, each a host of its own behind one port on loopback, beside three good ones."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import TYPE_CHECKING

from sources.loopback import Page, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sources.loopback import Request, Script, Site

DATE = "<pubDate>Mon, 26 Oct 2026 10:00:00 +0100</pubDate>"


def rss(inner: str, head: str = "") -> bytes:
    """Return a feed with this inside its channel."""
    return f"<?xml version='1.0' encoding='utf-8'?>{head}<rss version='2.0'><channel>{inner}</channel></rss>".encode()


def items(name: str, count: int = 3, words: int = 1) -> str:
    """Return items of a feed."""
    text = "Une foncière solidaire ouvre au centre-bourg. " * words
    return "".join(
        f"<item><title>{name} {number}</title><link>https://{name}.example/{number}</link>{DATE}"
        f"<description>{text}</description></item>"
        for number in range(count)
    )


def raw(*pieces: bytes, every: float = 0.0, endless: bool = False) -> Script:
    """Return a page that writes octets as they are, one piece ``every`` seconds, the last one ``endless``ly."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(every)
        while endless and not writer.is_closing():
            writer.write(pieces[-1])
            await writer.drain()
            await asyncio.sleep(every)
        writer.close()

    return answer


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
LAUGHS = (
    "<!DOCTYPE rss [<!ENTITY a0 'ah'>"
    + "".join(f"<!ENTITY a{each} '{f'&a{each - 1};' * 10}'>" for each in range(1, 12))
    + "]>"
)
NESTED = rss(f"<item><title>Profond</title>{DATE}<description>{'<a>' * 50_000}</description></item>")


def bomb() -> bytes:
    """Return a gigabyte of spaces, gzipped twice over as a server may send it: about a megabyte."""
    machine = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return b"".join([machine.compress(b" " * 1_000_000) for _ in range(1_000)]) + machine.flush()


def redirect(where: str, status: int = 302) -> Reply:
    """Return a redirect."""
    return Reply(status=status, headers={"Location": where})


# Host, what its /flux answers, and words of the one line that an editor reads about it; where a machine that is busy
# may run out of time first, either will do.
BAD: Mapping[str, tuple[Page, str]] = {
    "entete-lent": (raw(OK, b"X-A: b\r\n", every=0.3, endless=True), "pas de réponse complète en 8 secondes"),
    "muet": (raw(b"", every=20), "pas de réponse complète en 8 secondes"),
    "corps-lent": (raw(OK + b"Content-Length: 5000\r\n\r\n", b"x", every=0.2, endless=True), "pas de réponse complète"),
    "sans-fin": (
        raw(OK + CHUNKED, b"10000\r\n" + b"x" * 65_536 + b"\r\n", endless=True),
        "dépasse 10 Mo|pas de réponse complète",
    ),
    "trop-long": (Reply(headers={"Content-Length": "99999999999"}), "dépasse 10 Mo"),
    "bombe-gzip": (
        Reply(body=bomb(), headers={"Content-Encoding": "gzip"}),
        "décompressée dépasse 10 Mo|pas de réponse complète",
    ),
    "bombe-xml": (
        Reply(body=rss(f"<item><title>&a11;</title>{DATE}</item>", LAUGHS)),
        "entités XML qui se multiplient",
    ),
    "profond": (Reply(body=NESTED), "imbrique plus de 1000 balises"),
    "profond-json": (Reply(body=b'{"items":' + b"[" * 200_000), "JSON est coupé ou fautif"),
    "coupe": (raw(OK + b"Content-Length: 90000\r\n\r\n" + rss(items("coupe"))[:-120]), "coupé avant sa fin"),
    "vide": (Reply(), "la réponse est vide"),
    "boucle": (redirect("https://boucle.example/flux"), "tournent en rond"),
    "ailleurs": (lambda asked: redirect(f"https://ailleurs.example{asked.path}x"), "plus de 5 redirections"),
    "interne": (redirect("http://169.254.169.254/latest/meta-data"), "réseau privé"),
    "decimal": (redirect("http://2130706433:22/"), "réseau privé"),
    "nulle-part": (Reply(status=302), "redirige sans dire vers où"),
    "mauvais-jeu": (
        Reply(body=rss(items("mauvais-jeu")), headers={"Content-Type": "application/rss+xml; charset=utf-16"}),
        "",
    ),
    "page": (
        Reply(body=b"<!doctype html><html><title>Accueil</title><p>Bonjour</p></html>"),
        "une page web, pas un flux",
    ),
    "patience": (
        Reply(status=429, headers={"Retry-After": "Tue, 27 Oct 2026 15:00:00 GMT"}),
        "nous demande d’attendre (réponse 429)",
    ),
    "maintenance": (Reply(status=503, headers={"Retry-After": "7200"}), "indisponible (réponse 503)"),
    "panne": (Reply(status=500), "en panne (réponse 500)"),
    "parti": (Reply(status=410), "n’existe plus (410)"),
    "absent": (Reply(status=404), "rien à cette adresse (réponse 404)"),
    "ferme": (Reply(status=403), "refuse notre programme (réponse 403)"),
    "autre": (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), "pas du HTTP lisible"),
    "entetes": (raw(OK + b"X: " + b"x" * 500_000 + b"\r\n\r\n"), "pas du HTTP lisible"),
    "raccroche": (raw(), "coupé la connexion"),
    "brotli": (Reply(body=b"\x8b\x02", headers={"Content-Encoding": "br"}), "compressée d’une façon illisible"),
    "faux-gzip": (Reply(body=b"pas du gzip", headers={"Content-Encoding": "gzip"}), "compressée d’une façon illisible"),
    "binaire": (Reply(body=bytes(range(256)) * 2_000), "pas un flux RSS ou Atom"),
}
HEAVY = rss(items("lourd", 500, words=90))  # two megabytes: no feed that we know is larger
GOOD: Mapping[str, Page] = {
    "bon": Reply(body=rss(items("bon"))),
    "bon-gzip": Reply(body=gzip.compress(rss(items("bon-gzip"))), headers={"Content-Encoding": "gzip"}),
    "lourd": Reply(body=HEAVY),
}


def fill(site: Site) -> None:
    """Serve every host's page, whatever its path."""
    pages: dict[str, Page] = {**{name: page for name, (page, _) in BAD.items()}, **GOOD}
    site.pages |= {f"//{name}.example": page for name, page in pages.items()}
