"""SPF (RFC 7208): is there one record that counts, and does it name the relays? Pure but for ``Names``.

It does not evaluate macros, ``exists`` and ``ptr``: where those decide, it says what it does not know.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from publisher.doctor.checkup import Checkup, Record, bad, doubtful, good

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from publisher.doctor.dns import Names

LOOKUPS = 10
"""DNS questions that one record may cost (RFC 7208, 4.6.4)."""
PROVIDERS = {
    "amazonaws.com": "amazonses.com",
    "brevo.com": "spf.brevo.com",
    "gandi.net": "_mailcust.gandi.net",
    "gmail.com": "_spf.google.com",
    "google.com": "_spf.google.com",
    "infomaniak.com": "spf.infomaniak.ch",
    "mailjet.com": "spf.mailjet.com",
    "office365.com": "spf.protection.outlook.com",
    "ovh.net": "mx.ovh.com",
    "postmarkapp.com": "spf.mtasv.net",
    "sendgrid.net": "sendgrid.net",
}
"""What providers ask to be included, by the domain of their relay; they send from other machines than they take at."""
_UNSEEN = (
    "Publiez celui-ci, en y ajoutant l’adresse publique d’où partent les messages (ip4:…), qui ne se voit pas d’ici."
)
_MECHANISM = re.compile(
    r"[+?~-]?(?:all|ptr|include:\S+|exists:\S+|ptr:\S+|ip4:[\d./]+|ip6:[\da-f:./]+|(?:a|mx)(?:[:/]\S+)?)"
    r"|[a-z][a-z0-9_.-]*=\S*",
    re.IGNORECASE,
)
_COSTS = re.compile(r"[+?~-]?(?:include:|a$|a[:/]|mx$|mx[:/]|ptr|exists:)|redirect=", re.IGNORECASE)
_LEADS = re.compile(r"[+?~-]?include:(\S+)|redirect=(\S+)", re.IGNORECASE)
_ALL = re.compile(r"[+?~-]?all", re.IGNORECASE)


def spf(names: Names, domain: str, relays: Sequence[str] = ()) -> Checkup:  # noqa: PLR0911 - one fault after the other
    """Return what the record of the envelope sender's domain is worth to mail that leaves through ``relays``."""
    found = records(names, domain)
    if not found:
        text = f"{domain} n’a pas d’enregistrement SPF\u00a0: rien ne dit qui peut écrire en son nom."
        remedy = "Publiez celui-ci." if any(map(_term, relays)) else _UNSEEN
        return bad("spf", text, remedy, _record(domain, (), relays))
    if len(found) > 1:
        terms = dict.fromkeys(term for text in found for term in text.split()[1:])
        text = f"{domain} a {len(found)} enregistrements SPF\u00a0: aucun ne compte."
        return bad("spf", text, "Remplacez-les tous par celui-ci.", _record(domain, terms, relays))
    terms = dict.fromkeys(found[0].split()[1:])
    wrong = [term for term in terms if not _MECHANISM.fullmatch(term)]
    if wrong:
        text = f"le SPF de {domain} a une faute («\u00a0{wrong[0]}\u00a0»)\u00a0: il ne compte pas."
        right = [term for term in terms if term not in wrong]
        return bad("spf", text, "Remplacez-le par celui-ci.", _record(domain, right, relays))
    if empty := _empty(names, found[0], frozenset({domain})):
        text = f"le SPF de {domain} renvoie à {empty}, qui n’en a pas\u00a0: il ne compte pas."
        right = [term for term in terms if empty not in term]
        return bad("spf", text, f"Retirez-en {empty}, ou vérifiez son nom.", _record(domain, right, relays))
    if not _ends(terms).isdisjoint({"+all", "all"}):
        text = f"le SPF de {domain} autorise tout le monde."
        return bad("spf", text, "Finissez-le par «\u00a0-all\u00a0».", _record(domain, terms, relays))
    cost = _cost(names, found[0], frozenset({domain}))
    if cost > LOOKUPS:
        text = f"le SPF de {domain} coûte {cost} questions au DNS au lieu de {LOOKUPS} au plus\u00a0: il ne compte pas."
        return bad("spf", text, f"Retirez-en ce qui ne sert plus parmi\u00a0: {_dear(names, terms)}.")
    if not _ends(terms) and not any(term.lower().startswith("redirect=") for term in terms):
        text = f"le SPF de {domain} ne dit rien des autres expéditeurs."
        return doubtful("spf", text, "Finissez-le par «\u00a0-all\u00a0».", _record(domain, terms, relays))
    for relay in relays:
        if not _admits(names, domain, relay):
            text = f"le SPF de {domain} ne nomme pas le relais {relay}."
            remedy = "S’il remet lui-même les messages, publiez celui-ci\u00a0; sinon, ce que son prestataire demande."
            return doubtful("spf", text, remedy, _record(domain, terms, (relay,)))
    return good("spf", f"SPF de {domain}\u00a0: {found[0]}")


def records(names: Names, domain: str) -> list[str]:
    """Return the SPF records of a domain; only one of them would count."""
    return [text for text in names.txt(domain) if text.lower().split(" ")[0] == "v=spf1"]


def _record(domain: str, terms: Sequence[str] | dict[str, None], relays: Sequence[str]) -> Record:
    """Return the record with these terms, the relays among them, and an end; never one that forbids everything."""
    kept = [term for term in terms if not _ALL.fullmatch(term)]
    named = [term for term in map(_term, relays) if term and term not in kept]
    if not kept and not named:
        return Record(name=domain, kind="TXT", value="v=spf1 a mx ~all")
    end = next((term for term in terms if _ALL.fullmatch(term) and term.lower() in {"-all", "~all"}), "-all")
    return Record(name=domain, kind="TXT", value=" ".join(["v=spf1", *kept, *named, end]))


def _term(relay: str) -> str:
    """Return the term that admits a relay: its provider's, its address or its name."""
    for suffix, include in PROVIDERS.items():
        if relay == suffix or relay.endswith(f".{suffix}"):
            return f"include:{include}"
    try:
        address = ipaddress.ip_address(relay)
    except ValueError:
        return "" if relay == "localhost" else f"a:{relay}"
    return "" if address.is_private else f"ip{address.version}:{relay}"


def _ends(terms: Sequence[str] | dict[str, None]) -> set[str]:
    return {term.lower() for term in terms if _ALL.fullmatch(term)}


def _led(record: str) -> Iterator[str]:
    """Yield the domains whose records this one stands on."""
    for term in record.split()[1:]:
        leads = _LEADS.match(term)
        if leads and "%" not in term:
            yield leads[1] or leads[2]


def _empty(names: Names, record: str, seen: frozenset[str]) -> str:
    """Return a domain that the record stands on and that has none: that is an error (RFC 7208, 5.2)."""
    for target in _led(record):
        if target in seen:
            continue
        inner = records(names, target)
        if not inner:
            return target
        if deeper := _empty(names, inner[0], seen | {target}):
            return deeper
    return ""


def _cost(names: Names, record: str, seen: frozenset[str]) -> int:
    total = sum(bool(_COSTS.match(term)) for term in record.split()[1:])
    for target in _led(record):
        if target not in seen and total <= LOOKUPS:
            inner = records(names, target)
            total += _cost(names, inner[0], seen | {target}) if inner else 0
    return total


def _dear(names: Names, terms: Sequence[str] | dict[str, None]) -> str:
    """Return the terms that cost questions, each with how many."""
    costs = {term: _cost(names, f"v=spf1 {term}", frozenset()) for term in terms}
    return ", ".join(f"{term} ({cost})" for term, cost in costs.items() if cost)


def _admits(names: Names, domain: str, relay: str) -> bool:
    """Say whether the record names the relay, by its provider's term or by every one of its addresses."""
    own = _term(relay)
    if not own or own.removeprefix("include:") in set(_reached(names, domain, frozenset())):
        return True
    try:
        addresses: tuple[str, ...] = (str(ipaddress.ip_address(relay)),)
    except ValueError:
        addresses = names.addresses(relay)
    return bool(addresses) and all(_passes(names, domain, address, frozenset()) for address in addresses)


def _reached(names: Names, domain: str, seen: frozenset[str]) -> Iterator[str]:
    for record in records(names, domain)[:1]:
        for target in _led(record):
            if target not in seen:
                yield target
                yield from _reached(names, target, seen | {domain, target})


def _passes(names: Names, domain: str, address: str, seen: frozenset[str]) -> bool:
    """Say whether an address passes the record of a domain; what cannot be evaluated here passes."""
    found = records(names, domain)
    if not found or domain in seen:
        return False
    for term in found[0].split()[1:]:
        bare = term.lstrip("+")
        kind, _, value = bare.partition(":")
        name = (value or domain).partition("/")[0]
        match kind.lower().partition("/")[0]:
            case "ip4" | "ip6":
                hit = _within(address, value)
            case "a":
                hit = _near(address, names.addresses(name), bare)
            case "mx":
                hit = any(_near(address, names.addresses(server), bare) for server in names.mx(name))
            case "include":
                hit = _passes(names, value, address, seen | {domain})
            case "exists" | "ptr":
                hit = True
            case _:
                hit = term.lower().startswith("redirect=") and _passes(names, term[9:], address, seen | {domain})
        if hit:
            return True
    return False


def _within(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _near(address: str, hosts: Sequence[str], term: str) -> bool:
    """Say whether an address is one of these, or in their network where the term names its length (``a/24``)."""
    length = term.partition("/")[2].partition("/")[0]
    return any(_within(address, f"{host}/{length}" if length and ":" not in host else host) for host in hosts)
