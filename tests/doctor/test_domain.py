"""What a sender's domain must publish, against a DNS of our own."""

from __future__ import annotations

import pytest
from doctor.zone import RECORD, Zone, healthy

from publisher.doctor import domain
from publisher.doctor.checkup import Checkup, Record, Verdict

RELAY = "smtp.relais.example"


def examined(
    zone: Zone,
    *,
    bounces: str = "lettre.example",
    signers: tuple[str, ...] = ("lettre.example",),
    relays: tuple[str, ...] = (RELAY,),
) -> dict[str, Checkup]:
    """Return each check of the domain."""
    signatures = {f"s1._domainkey.{signer}": RECORD for signer in signers}
    found = domain.examine(
        zone, sender="lettre.example", bounces=bounces, signatures=signatures, signers=signers, relays=relays
    )
    return {one.name: one for one in found}


def verdicts(
    zone: Zone, *, bounces: str = "lettre.example", signers: tuple[str, ...] = ("lettre.example",)
) -> dict[str, Verdict]:
    """Return the verdict of each check of the domain."""
    return {name: one.verdict for name, one in examined(zone, bounces=bounces, signers=signers).items()}


def test_a_sender_in_order_has_nothing_to_do() -> None:
    """SPF, DKIM, DMARC, MX and PTR are all good."""
    assert set(verdicts(healthy()).values()) == {Verdict.GOOD}


SPF, KEY, DMARC = "lettre.example", "s1._domainkey.lettre.example", "_dmarc.lettre.example"
ELEVEN = "v=spf1 " + " ".join(f"a:h{n}.example" for n in range(11)) + " -all"
OURS = "v=spf1 a:smtp.relais.example -all"
POLICY = "v=DMARC1; p=none; rua=mailto:postmaster@lettre.example"
TWO = ("v=spf1 mx -all", "v=spf1 ip4:93.184.216.7 -all")
FAULTS = [
    (SPF, (), "spf", "n’a pas d’enregistrement SPF", OURS),
    (SPF, TWO, "spf", "2 enregistrements", "v=spf1 mx ip4:93.184.216.7 a:smtp.relais.example -all"),
    (SPF, ("v=spf1 +all",), "spf", "tout le monde", OURS),
    (SPF, ("v=spf1 ipv4:93.184.216.7 -all",), "spf", "« ipv4:93.184.216.7 »", OURS),
    (SPF, ("v=spf1 include:rien.example -all",), "spf", "rien.example, qui n’en a pas", OURS),
    (SPF, (ELEVEN,), "spf", "11 questions", None),
    (KEY, (), "dkim", "aucune clé n’est publiée", RECORD),
    (KEY, ("v=DKIM1; k=rsa; p=BBBB",), "dkim", "n’est pas celle qui signe", RECORD),
    (KEY, ("v=DKIM1; p=",), "dkim", "révoquée", RECORD),
    (DMARC, (), "dmarc", "n’a pas de politique", POLICY),
    (DMARC, ("v=DMARC1; p=none", "v=DMARC1; p=reject"), "dmarc", "2 politiques", None),
    (DMARC, ("v=DMARC1; rua=mailto:a@b.example",), "dmarc", "« p= »", POLICY),
]


@pytest.mark.parametrize(("name", "texts", "failed", "said", "value"), FAULTS)
def test_each_fault_of_a_domain_is_bad_and_says_what_to_publish(
    name: str, texts: tuple[str, ...], failed: str, said: str, value: str | None
) -> None:
    """One record that is wrong gives one bad checkup: what it is, what to do, the very record; it touches no other."""
    zone = healthy()
    zone.texts[name] = texts
    found = {key: one for key, one in examined(zone).items() if one.verdict is not Verdict.GOOD}
    assert {key: one.verdict for key, one in found.items()} == {failed: Verdict.BAD}
    one = found[failed]
    assert said in one.text.replace("\u00a0", " ")
    assert one.remedy
    assert one.record == (Record(name=name, kind="TXT", value=value) if value else None)


@pytest.mark.parametrize("fault", [each for each in FAULTS if each[4]])
def test_what_is_to_be_published_mends_it(fault: tuple[str, tuple[str, ...], str, str, str]) -> None:
    """Whoever pastes the record finds nothing to do at the next visit."""
    name, texts, failed, _, _ = fault
    zone = healthy()
    zone.texts[name] = texts
    record = examined(zone)[failed].record
    assert record is not None
    zone.texts[record.name] = (record.value,)
    assert set(verdicts(zone).values()) == {Verdict.GOOD}


@pytest.mark.parametrize(
    ("name", "text", "doubted"),
    [
        (SPF, "v=spf1 a:autre.example -all", "spf"),
        (SPF, "v=spf1 include:relais.example", "spf"),
        (KEY, f"{RECORD}; t=y", "dkim"),
    ],
)
def test_what_may_be_right_is_to_be_looked_at(name: str, text: str, doubted: str) -> None:
    """A relay that SPF does not name, a record without an end, a key under test: doubtful, with a record to publish."""
    zone = healthy()
    zone.texts[name] = (text,)
    found = {key: one for key, one in examined(zone).items() if one.verdict is not Verdict.GOOD}
    assert {key: one.verdict for key, one in found.items()} == {doubted: Verdict.DOUBTFUL}
    assert found[doubted].record is not None


def test_the_relays_of_a_provider_are_named_by_its_own_record() -> None:
    """A provider sends from other machines than it takes letters at: what it asks to include is what counts."""
    zone = healthy()
    zone.texts["spf.brevo.com"] = ("v=spf1 ip4:93.184.217.0/24 -all",)
    zone.texts[SPF] = ()
    record = examined(zone, relays=("smtp-relay.brevo.com",))["spf"].record
    assert record is not None
    assert record.value == "v=spf1 include:spf.brevo.com -all"
    zone.texts[SPF] = (record.value,)
    assert examined(zone, relays=("smtp-relay.brevo.com",))["spf"].verdict is Verdict.GOOD


@pytest.mark.parametrize(
    "term", ["a:smtp.relais.example", "ip4:93.184.216.7", "mx/24", "include:relais.example", "redirect=relais.example"]
)
def test_each_way_of_naming_a_relay_is_understood(term: str) -> None:
    """By name, address, network, another's record: the relay is admitted."""
    zone = healthy()
    zone.texts[SPF] = (f"v=spf1 {term}" + ("" if term.startswith("redirect") else " ~all"),)
    assert verdicts(zone)["spf"] is Verdict.GOOD


def test_a_long_key_is_several_strings_of_one_record() -> None:
    """A string of a TXT record holds 255 octets: the line can be pasted into a zone file."""
    line = Record(name=KEY, kind="TXT", value="p=" + "A" * 400).line
    assert line == f'{KEY}. IN TXT "p={"A" * 253}" "{"A" * 147}"'
    assert Record(name=SPF, kind="MX", value="10 mx.a.example.").line == "lettre.example. IN MX 10 mx.a.example."


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("lettre.rtes.fr", "rtes.fr"),
        ("lettre.reseau.asso.fr", "reseau.asso.fr"),
        ("ville.gouv.fr", "ville.gouv.fr"),
        ("a.b.example", "b.example"),
    ],
)
def test_the_organisation_is_what_somebody_registered(name: str, home: str) -> None:
    """Two associations under asso.fr are two, by the public suffix list."""
    assert domain.organisational(name) == home


@pytest.mark.parametrize(("server", "said"), [("", "MX vide"), ("mx.disparu.example", "n’a pas d’adresse")])
def test_a_mail_server_that_is_none_loses_bounces(server: str, said: str) -> None:
    """A null MX (RFC 7505) and a name without an address are told apart."""
    zone = healthy()
    zone.servers["lettre.example"] = (server,)
    one = examined(zone)["mx"]
    assert one.verdict is Verdict.BAD
    assert said in one.text


@pytest.mark.parametrize("relay", ["localhost", "127.0.0.1", "10.0.0.3"])
def test_a_relay_on_this_network_is_not_judged_by_its_inner_address(relay: str) -> None:
    """Its public address is not to be seen from here: SPF is left alone, and the reverse name is for a person."""
    found = examined(healthy(), relays=(relay,))
    assert found["ptr"].verdict is Verdict.UNKNOWN
    assert found["spf"].verdict is Verdict.GOOD
    zone = healthy()
    zone.texts[SPF] = ()
    missing = examined(zone, relays=(relay,))["spf"]
    assert missing.record is not None
    assert missing.record.value == "v=spf1 a mx ~all"  # « -all » alone would forbid every letter
    assert "ip4:" in missing.remedy


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
    zone.hosts["lettre.example"] = ("93.184.216.9",)
    assert verdicts(zone)["mx"] is Verdict.DOUBTFUL


def test_a_relay_without_reverse_name_is_doubtful() -> None:
    """A PTR that is missing, or leads elsewhere, is told."""
    zone = healthy()
    zone.backs = {"93.184.216.7": ("ailleurs.example",)}
    assert verdicts(zone)["ptr"] is Verdict.DOUBTFUL


def test_a_dns_that_does_not_answer_is_no_fault_of_the_domain() -> None:
    """Silence is called unknown, never bad."""
    zone = healthy()
    zone.silent = frozenset({"lettre.example"})
    assert verdicts(zone)["spf"] is Verdict.UNKNOWN


def test_spf_that_includes_itself_ends() -> None:
    """A loop of includes is counted once and does not hang."""
    zone = healthy()
    zone.texts["relais.example"] = ("v=spf1 include:lettre.example include:relais.example ip4:93.184.216.7 -all",)
    assert verdicts(zone)["spf"] is Verdict.GOOD
