"""DKIM (RFC 6376, RFC 8463): is the key that signs the one that is published? Pure but for ``Names``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.doctor.checkup import Checkup, Record, bad, doubtful, good

if TYPE_CHECKING:
    from publisher.doctor.dns import Names


def dkim(names: Names, place: str, record: str) -> Checkup:
    """Return whether the key published at ``place`` (``selector._domainkey.domain``) is that of ``record``."""
    wanted = Record(name=place, kind="TXT", value=record)
    found = [text for text in names.txt(place) if "p" in tags(text)]
    if not found:
        return bad(
            "dkim", f"aucune clé n’est publiée à {place}\u00a0: les signatures ne valent rien.", "Publiez-la.", wanted
        )
    keys = [tags(text)["p"].replace(" ", "") for text in found]
    if not any(keys):
        return bad("dkim", f"la clé de {place} est révoquée (p= est vide).", "Publiez celle-ci.", wanted)
    if tags(record)["p"] not in keys:
        text = f"la clé publiée à {place} n’est pas celle qui signe\u00a0: les signatures sont fausses."
        remedy = "Remplacez-la par celle-ci, ou rendez à «\u00a0letter.dkim.key_file\u00a0» la clé d’avant."
        return bad("dkim", text, remedy, wanted)
    if len(found) > 1:
        return doubtful(
            "dkim", f"{place} a {len(found)} clés\u00a0; on en lit une au hasard.", "Ne gardez que celle-ci.", wanted
        )
    if "y" in tags(found[0]).get("t", "").split(":"):
        text = f"la clé de {place} est publiée pour essai (t=y)\u00a0: les messageries peuvent n’en pas tenir compte."
        return doubtful("dkim", text, "Quand tout est au point, publiez celle-ci.", wanted)
    return good("dkim", f"la clé publiée à {place} est celle qui signe.")


def tags(record: str) -> dict[str, str]:
    """Return the tags of a DKIM or DMARC record (RFC 6376, 3.2)."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}
