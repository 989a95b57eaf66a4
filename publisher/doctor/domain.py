"""The sender's domain as mailbox providers see it: SPF, DKIM, DMARC and its alignment, MX, reverse names.

Pure but for the questions that ``Names`` answers. Standards: RFC 7489, 5321, 7505; the others in ``spf`` and ``dkim``.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from tld import get_tld

from publisher.doctor.checkup import Checkup, Record, bad, doubtful, good, unknown
from publisher.doctor.dkim import dkim, tags
from publisher.doctor.dns import UnansweredError
from publisher.doctor.spf import spf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from publisher.doctor.dns import Names

_POLICIES = frozenset({"none", "quarantine", "reject"})


def examine(  # noqa: PLR0913 - each is a fact about the sender
    names: Names,
    *,
    sender: str,
    bounces: str,
    signatures: Mapping[str, str],
    signers: Sequence[str],
    relays: Sequence[str],
) -> Iterator[Checkup]:
    """Yield what the DNS says.

    ``sender`` and ``bounces`` are the domains of From and of the envelope sender; ``signatures`` the TXT record that
    each ``selector._domainkey.domain`` should hold, ``signers`` the domains that sign; ``relays`` the relays' hosts.
    """
    yield _asked("spf", lambda: spf(names, bounces, relays))
    for place, record in signatures.items():
        yield _asked("dkim", lambda place=place, record=record: dkim(names, place, record))  # type: ignore[misc]
    if not signatures:
        yield doubtful(
            "dkim",
            "aucune clé DKIM n’est configurée\u00a0: la lettre part sans signature.",
            "Créez-en une («\u00a0openssl genrsa -out dkim.pem 2048\u00a0») et nommez-la dans [[letter.dkim]] "
            "(selector, key_file)\u00a0; ou assurez-vous que le relais signe pour votre domaine.",
        )
    yield _asked("dmarc", lambda: dmarc(names, sender, bounces, signers))
    yield _asked("mx", lambda: mx(names, bounces))
    for relay in relays:
        yield _asked("ptr", lambda relay=relay: ptr(names, relay))  # type: ignore[misc]


def dmarc(names: Names, sender: str, bounces: str, signers: Sequence[str]) -> Checkup:
    """Return whether a DMARC policy stands, and whether SPF or DKIM is aligned with the From domain."""
    home = organisational(sender)
    found: list[str] = []
    for domain in dict.fromkeys((sender, home)):
        found = [text for text in names.txt(f"_dmarc.{domain}") if text.replace(" ", "").startswith("v=DMARC1")]
        if found:
            break
    wanted = Record(name=f"_dmarc.{home}", kind="TXT", value=f"v=DMARC1; p=none; rua=mailto:postmaster@{home}")
    if not found:
        text = f"{sender} n’a pas de politique DMARC\u00a0: Gmail, Yahoo et Microsoft la demandent."
        remedy = "Publiez celle-ci, avec une adresse où vous lisez les rapports\u00a0; durcissez-la plus tard."
        return bad("dmarc", text, remedy, wanted)
    told = tags(found[0])
    if len(found) > 1:
        return bad("dmarc", f"{sender} a {len(found)} politiques DMARC\u00a0: aucune ne compte.", "N’en gardez qu’une.")
    if told.get("p", "").lower() not in _POLICIES:
        text = f"la politique DMARC de {sender} n’a pas de «\u00a0p=\u00a0» valable\u00a0: elle ne compte pas."
        return bad("dmarc", text, "Remplacez-la par celle-ci.", wanted)
    by_spf = _aligned(sender, bounces, told.get("aspf", "r"))
    by_dkim = any(_aligned(sender, signer, told.get("adkim", "r")) for signer in signers)
    if not (by_spf or by_dkim):
        return bad(
            "dmarc",
            f"ni SPF ({bounces}) ni DKIM ({', '.join(signers) or 'aucun'}) n’est aligné avec {sender}.",
            f"Signez avec une clé de {sender} ([[letter.dkim]]), ou mettez letter.bounce_address dans ce domaine.",
        )
    return good("dmarc", f"DMARC\u00a0: p={told['p']}, aligné par {_both(spf=by_spf, dkim=by_dkim)}.")


def mx(names: Names, domain: str) -> Checkup:
    """Return whether bounces have somewhere to go."""
    servers = names.mx(domain)
    named = [server for server in servers if server]
    remedy = "Publiez un MX vers le serveur qui reçoit letter.bounce_address."
    wanted = Record(name=domain, kind="MX", value=f"10 mail.{domain}.")
    if servers and not named:  # RFC 7505
        return bad(
            "mx", f"{domain} dit ne recevoir aucun courrier (MX vide)\u00a0: les retours se perdent.", remedy, wanted
        )
    if named and not any(names.addresses(server) for server in named):
        text = f"les retours pour {domain} vont à {named[0]}, qui n’a pas d’adresse\u00a0: ils se perdent."
        return bad("mx", text, "Corrigez ce nom, ou publiez son adresse (A, AAAA).")
    if named:
        return good("mx", f"les retours pour {domain} vont à {named[0]}.")
    if names.addresses(domain):
        return doubtful("mx", f"{domain} n’a pas de MX, seulement une adresse.", remedy, wanted)
    return bad("mx", f"{domain} ne reçoit aucun courrier\u00a0: les retours se perdent.", remedy, wanted)


def ptr(names: Names, host: str) -> Checkup:
    """Return whether the relay's addresses have names that lead back to them."""
    try:
        found: tuple[str, ...] = (str(ipaddress.ip_address(host)),)
    except ValueError:
        found = names.addresses(host)
    if host == "localhost" or (found and all(ipaddress.ip_address(one).is_private for one in found)):
        return unknown(
            "ptr",
            f"le relais {host} est sur ce réseau\u00a0: le nom inverse de son adresse publique ne se voit pas d’ici.",
            "Vérifiez chez son hébergeur que cette adresse a un PTR, et que ce nom ramène à elle.",
        )
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
    """Return the domain that its holder registered (``reseau.asso.fr``), by the public suffix list (RFC 7489, 3.2)."""
    name = domain.lower().rstrip(".")
    found = get_tld(f"https://{name}", as_object=True, fail_silently=True, search_private=True)
    registered = getattr(found, "fld", "")
    return str(registered) or ".".join(name.split(".")[-2:])  # a suffix that nobody lists is one label


def _aligned(sender: str, other: str, mode: str) -> bool:
    if mode == "s":
        return sender.lower() == other.lower()
    return organisational(sender) == organisational(other)


def _both(*, spf: bool, dkim: bool) -> str:
    return "SPF et DKIM" if spf and dkim else "SPF" if spf else "DKIM"


def _asked(name: str, question: Callable[[], Checkup]) -> Checkup:
    try:
        return question()
    except UnansweredError as error:
        return unknown(name, error.text, error.remedy)
