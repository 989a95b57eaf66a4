"""A DNS of our own, and the domain of a sender whose mail arrives."""

from __future__ import annotations

from dataclasses import dataclass, field

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
            "relais.example": ("v=spf1 ip4:93.184.216.0/24 -all",),
            "s1._domainkey.lettre.example": (RECORD,),
            "_dmarc.lettre.example": ("v=DMARC1; p=quarantine",),
        },
        servers={"lettre.example": ("mx.lettre.example",)},
        hosts={
            "smtp.relais.example": ("93.184.216.7",),
            "sortie.relais.example": ("93.184.216.7",),
            "mx.lettre.example": ("93.184.216.9",),
        },
        backs={"93.184.216.7": ("sortie.relais.example",)},
    )
