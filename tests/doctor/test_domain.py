"""What a sender's domain must publish, against a DNS of our own."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from publisher.doctor import domain
from publisher.doctor.checkup import Verdict
from publisher.doctor.dns import UnansweredError

RECORD = "v=DKIM1; k=rsa; p=AAAA"


@dataclass
class Zone:
    """A DNS in memory; ``silent`` names do not answer at all."""

    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    servers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hosts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    backs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()

    def txt(self, name: str) -> tuple[str, ...]:
        """Return TXT records."""
        if name in self.silent:
            raise UnansweredError(f"le DNS n’a pas répondu pour {name}.")
        return self.texts.get(name, ())

    def mx(self, name: str) -> tuple[str, ...]:
        """Return mail servers."""
        return self.servers.get(name, ())

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return addresses."""
        return self.hosts.get(name, ())

    def reverse(self, address: str) -> tuple[str, ...]:
        """Return names of an address."""
        return self.backs.get(address, ())


def healthy() -> Zone:
    """Return the DNS of a sender whose mail arrives."""
    return Zone(
        texts={
            "lettre.example": ("v=spf1 include:relais.example -all",),
            "relais.example": ("v=spf1 ip4:192.0.2.0/24 -all",),
            "s1._domainkey.lettre.example": (RECORD,),
            "_dmarc.lettre.example": ("v=DMARC1; p=quarantine",),
        },
        servers={"lettre.example": ("mx.lettre.example",)},
        hosts={"smtp.relais.example": ("192.0.2.7",), "sortie.relais.example": ("192.0.2.7",)},
        backs={"192.0.2.7": ("sortie.relais.example",)},
    )


def verdicts(
    zone: Zone, *, bounces: str = "lettre.example", signers: tuple[str, ...] = ("lettre.example",)
) -> dict[str, Verdict]:
    """Return the verdict of each check of the domain."""
    signatures = {f"s1._domainkey.{signer}": RECORD for signer in signers}
    found = domain.examine(
        zone,
        sender="lettre.example",
        bounces=bounces,
        signatures=signatures,
        signers=signers,
        relay="smtp.relais.example",
    )
    return {one.name: one.verdict for one in found}


def test_a_sender_in_order_has_nothing_to_do() -> None:
    """SPF, DKIM, DMARC, MX and PTR are all good."""
    assert set(verdicts(healthy()).values()) == {Verdict.GOOD}


@pytest.mark.parametrize(
    ("name", "texts", "failed"),
    [
        ("no spf", {"lettre.example": ()}, "spf"),
        ("two spf", {"lettre.example": ("v=spf1 -all", "v=spf1 mx -all")}, "spf"),
        ("spf for all", {"lettre.example": ("v=spf1 +all",)}, "spf"),
        (
            "eleven lookups",
            {"lettre.example": ("v=spf1 " + " ".join(f"a:h{n}.example" for n in range(11)) + " -all",)},
            "spf",
        ),
        ("no key", {"s1._domainkey.lettre.example": ()}, "dkim"),
        ("another key", {"s1._domainkey.lettre.example": ("v=DKIM1; k=rsa; p=BBBB",)}, "dkim"),
        ("no dmarc", {"_dmarc.lettre.example": ()}, "dmarc"),
    ],
)
def test_each_fault_of_a_domain_is_bad_and_says_what_to_do(
    name: str, texts: dict[str, tuple[str, ...]], failed: str
) -> None:
    """One record that is wrong gives one bad checkup, with a remedy, and touches no other."""
    zone = healthy()
    zone.texts |= texts
    found = {key: verdict for key, verdict in verdicts(zone).items() if verdict is not Verdict.GOOD}
    assert found == {failed: Verdict.BAD}, name


def test_dmarc_needs_spf_or_dkim_of_the_senders_own_domain() -> None:
    """Bounces and signature of somebody else's domain pass their own checks and still fail alignment."""
    zone = healthy()
    zone.texts |= {"autre.example": ("v=spf1 mx -all",), "s1._domainkey.autre.example": (RECORD,)}
    zone.servers["autre.example"] = ("mx.autre.example",)
    zone.texts["_dmarc.lettre.example"] = ("v=DMARC1; p=none; aspf=s; adkim=s",)
    found = verdicts(zone, bounces="autre.example", signers=("autre.example",))
    # .example is one label: the two domains share none below it
    assert found["dmarc"] is Verdict.BAD


def test_a_strict_policy_wants_the_very_domain() -> None:
    """With aspf=s a subdomain for bounces is not aligned; DKIM of the domain still is."""
    zone = healthy()
    zone.texts |= {
        "_dmarc.lettre.example": ("v=DMARC1; p=reject; aspf=s; adkim=s",),
        "retours.lettre.example": ("v=spf1 mx -all",),
    }
    zone.servers["retours.lettre.example"] = ("mx.lettre.example",)
    assert verdicts(zone, bounces="retours.lettre.example")["dmarc"] is Verdict.GOOD
    assert verdicts(zone, bounces="retours.lettre.example", signers=())["dmarc"] is Verdict.BAD


def test_bounces_without_a_mail_server_are_lost() -> None:
    """A domain without MX and address is bad, one with an address alone is doubtful."""
    zone = healthy()
    zone.servers = {}
    assert verdicts(zone)["mx"] is Verdict.BAD
    zone.hosts["lettre.example"] = ("192.0.2.9",)
    assert verdicts(zone)["mx"] is Verdict.DOUBTFUL


def test_a_relay_without_reverse_name_is_doubtful() -> None:
    """A PTR that is missing, or leads elsewhere, is told."""
    zone = healthy()
    zone.backs = {"192.0.2.7": ("ailleurs.example",)}
    assert verdicts(zone)["ptr"] is Verdict.DOUBTFUL


def test_a_dns_that_does_not_answer_is_no_fault_of_the_domain() -> None:
    """Silence is called unknown, never bad."""
    zone = healthy()
    zone.silent = frozenset({"lettre.example"})
    assert verdicts(zone)["spf"] is Verdict.UNKNOWN


def test_spf_that_includes_itself_ends() -> None:
    """A loop of includes is counted once and does not hang."""
    zone = healthy()
    zone.texts["relais.example"] = ("v=spf1 include:lettre.example include:relais.example -all",)
    assert verdicts(zone)["spf"] is Verdict.GOOD
