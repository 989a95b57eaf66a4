"""The sender's domain as mailbox providers see it: SPF, DKIM, DMARC and its alignment, MX, reverse names.

Pure but for the questions that ``Names`` answers. Standards: RFC 7208, 6376, 7489, 5321.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.doctor.checkup import Checkup, bad, doubtful, good, unknown
from publisher.doctor.dns import UnansweredError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from publisher.doctor.dns import Names

LOOKUPS = 10
"""DNS questions that one SPF record may cost (RFC 7208, 4.6.4)."""
_COSTS = re.compile(r"^[+?~-]?(?:include:|a\b|mx\b|ptr\b|exists:)|^redirect=", re.IGNORECASE)
_LEADS = re.compile(r"^[+?~-]?include:(\S+)|^redirect=(\S+)", re.IGNORECASE)


def examine(  # noqa: PLR0913 - each is a fact about the sender
    names: Names, *, sender: str, bounces: str, signatures: Mapping[str, str], signers: Sequence[str], relay: str
) -> Iterator[Checkup]:
    """Yield what the DNS says.

    ``sender`` and ``bounces`` are the domains of From and of the envelope sender; ``signatures`` the TXT record that
    each ``selector._domainkey.domain`` should hold, ``signers`` the domains that sign; ``relay`` the relay's host.
    """
    yield _asked("spf", lambda: spf(names, bounces))
    for place, record in signatures.items():
        yield _asked("dkim", lambda place=place, record=record: dkim(names, place, record))  # type: ignore[misc]
    if not signatures:
        yield doubtful(
            "dkim",
            "aucune clé DKIM n’est configurée.",
            "Ajoutez [[letter.dkim]], ou assurez-vous que le relais signe pour votre domaine.",
        )
    yield _asked("dmarc", lambda: dmarc(names, sender, bounces, signers))
    yield _asked("mx", lambda: mx(names, bounces))
    if relay:
        yield _asked("ptr", lambda: ptr(names, relay))


def spf(names: Names, domain: str) -> Checkup:
    """Return what the SPF record of the envelope sender's domain is worth."""
    found = [text for text in names.txt(domain) if text.lower().split(" ")[0] == "v=spf1"]
    if not found:
        return bad("spf", f"{domain} n’a pas d’enregistrement SPF.", "Publiez « v=spf1 include:<relais> -all » en TXT.")
    if len(found) > 1:
        return bad("spf", f"{domain} a {len(found)} enregistrements SPF : aucun ne compte.", "N’en gardez qu’un seul.")
    last = found[0].split()[-1].lower()
    if last in {"+all", "all"}:
        return bad("spf", f"le SPF de {domain} autorise tout le monde ({last}).", "Finissez-le par « -all ».")
    cost = _cost(names, found[0], frozenset({domain}))
    if cost > LOOKUPS:
        return bad(
            "spf",
            f"le SPF de {domain} demande {cost} questions au DNS, {LOOKUPS} au plus sont permises.",
            "Retirez des « include: » qui ne servent plus.",
        )
    if not last.endswith("all") and not last.startswith("redirect="):
        return doubtful("spf", f"le SPF de {domain} ne dit rien des autres expéditeurs.", "Finissez-le par « -all ».")
    return good("spf", f"SPF de {domain} : {found[0]}")


def dkim(names: Names, place: str, record: str) -> Checkup:
    """Return whether the published key is the one that signs."""
    found = names.txt(place)
    if not found:
        return bad("dkim", f"aucune clé n’est publiée à {place}.", f"Publiez-y en TXT : {record}")
    wanted = _tags(record).get("p", "")
    if not any(_tags(text).get("p", "").replace(" ", "") == wanted for text in found):
        return bad("dkim", f"la clé publiée à {place} n’est pas celle qui signe.", f"Remplacez-la par : {record}")
    return good("dkim", f"la clé publiée à {place} est celle qui signe.")


def dmarc(names: Names, sender: str, bounces: str, signers: Sequence[str]) -> Checkup:
    """Return whether a DMARC policy stands, and whether SPF or DKIM is aligned with the From domain."""
    found = ""
    for domain in dict.fromkeys((sender, organisational(sender))):
        records = [text for text in names.txt(f"_dmarc.{domain}") if text.replace(" ", "").startswith("v=DMARC1")]
        if records:
            found = records[0]
            break
    if not found:
        return bad(
            "dmarc",
            f"{sender} n’a pas de politique DMARC.",
            f"Publiez en TXT à _dmarc.{organisational(sender)} : v=DMARC1; p=none; rua=mailto:…",
        )
    tags = _tags(found)
    by_spf = _aligned(sender, bounces, tags.get("aspf", "r"))
    by_dkim = any(_aligned(sender, signer, tags.get("adkim", "r")) for signer in signers)
    if not (by_spf or by_dkim):
        return bad(
            "dmarc",
            f"ni SPF ({bounces}) ni DKIM ({', '.join(signers) or 'aucun'}) n’est aligné avec {sender}.",
            "Signez avec une clé du domaine expéditeur, ou prenez une adresse de retour de ce domaine.",
        )
    return good("dmarc", f"DMARC : p={tags.get('p', '?')}, aligné par {_both(spf=by_spf, dkim=by_dkim)}.")


def mx(names: Names, domain: str) -> Checkup:
    """Return whether bounces have somewhere to go."""
    servers = names.mx(domain)
    if servers:
        return good("mx", f"les retours pour {domain} vont à {servers[0]}.")
    if names.addresses(domain):
        return doubtful("mx", f"{domain} n’a pas de MX, seulement une adresse.", "Publiez un MX pour les retours.")
    return bad("mx", f"{domain} ne reçoit aucun courrier : les retours se perdent.", "Publiez un MX pour ce domaine.")


def ptr(names: Names, host: str) -> Checkup:
    """Return whether the relay's addresses have names that lead back to them."""
    found = names.addresses(host)
    if not found:
        return bad("ptr", f"le relais {host} n’a pas d’adresse dans le DNS.", "Vérifiez transport.host.")
    for address in found:
        back = names.reverse(address)
        if not any(address in names.addresses(name) for name in back):
            return doubtful(
                "ptr",
                f"{address} ({host}) n’a pas de nom inverse qui y ramène.",
                "Si ce relais remet lui-même aux messageries, faites publier un PTR par son hébergeur.",
            )
    return good("ptr", f"les adresses de {host} ont des noms inverses.")


def organisational(domain: str) -> str:
    """Return the last two labels: enough for .fr, where associations and towns register directly below it."""
    return ".".join(domain.lower().split(".")[-2:])


def _aligned(sender: str, other: str, mode: str) -> bool:
    if mode == "s":
        return sender.lower() == other.lower()
    return organisational(sender) == organisational(other)


def _both(*, spf: bool, dkim: bool) -> str:
    return "SPF et DKIM" if spf and dkim else "SPF" if spf else "DKIM"


def _cost(names: Names, record: str, seen: frozenset[str]) -> int:
    total = 0
    for term in record.split()[1:]:
        total += bool(_COSTS.match(term))
        leads = _LEADS.match(term)
        target = (leads[1] or leads[2]) if leads else ""
        if target and target not in seen and total <= LOOKUPS:
            inner = [text for text in names.txt(target) if text.lower().startswith("v=spf1")]
            total += _cost(names, inner[0], seen | {target}) if inner else 0
    return total


def _tags(record: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}


def _asked(name: str, question: Callable[[], Checkup]) -> Checkup:
    try:
        return question()
    except UnansweredError as error:
        return unknown(name, error.text, error.remedy)
