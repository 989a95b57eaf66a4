"""The whole visit of one publication, and how it is told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from doctor.zone import Zone

from publisher import mime
from publisher.cli.app import run
from publisher.config import load
from publisher.demo import publication as sample
from publisher.doctor.checkup import Checkup, Verdict
from publisher.doctor.visit import visit
from publisher.mailbox import boxes
from publisher.transports import smtp
from publisher.wiring import Publication, bundled

if TYPE_CHECKING:
    from pathlib import Path

PLACE = "s1._domainkey.reseau.example"


def zone() -> Zone:
    """Return the DNS of the sample publication."""
    return Zone(
        texts={
            "reseau.example": ("v=spf1 mx -all",),
            "_dmarc.reseau.example": ("v=DMARC1; p=none",),
        },
        servers={"reseau.example": ("mx.reseau.example",)},
        hosts={"mx.reseau.example": ("93.184.216.9",)},
    )


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the configuration of a publication without a web address that nobody could ask here."""
    monkeypatch.setenv("PUBLISHER_NOW", "2026-11-03T09:30:00+01:00")
    made = sample.prepare(tmp_path, bundled("config.toml").read_text(encoding="utf-8"))
    lines = made.read_text(encoding="utf-8").splitlines(keepends=True)
    made.write_text("".join(line for line in lines if not line.startswith("unsubscribe =")), encoding="utf-8")
    return made


def visited(publication: Publication, names: Zone) -> dict[str, Checkup]:
    """Return what the visit says, by name; the last one of a name counts."""
    return {one.name: one for one in visit(publication, names)}


def key(folder: Path) -> mime.Dkim:
    """Write a private key and return its settings."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "dkim.pem").write_bytes(private)
    return mime.Dkim(selector="s1", key_file="dkim.pem")


def test_what_keeps_nothing_from_arriving_is_left_to_a_person(file: Path) -> None:
    """A first start: no relay, no key and no mailbox of returned messages are to be looked at, and nothing is bad."""
    found = visited(Publication(load(file)), zone())
    assert {name for name, one in found.items() if one.verdict is Verdict.DOUBTFUL} == {"relay", "bounces", "dkim"}
    assert not [one for one in found.values() if one.verdict is Verdict.BAD]
    assert all(one.remedy for one in found.values() if one.verdict is not Verdict.GOOD)


def test_a_key_that_signs_and_is_published_is_good(file: Path) -> None:
    """The record that the visit asks for is the one that makes it content; another key's is told."""
    config = load(file)
    publication = Publication(replace(config, letter=replace(config.letter, dkim=(key(file.parent),))))
    missing = visited(publication, zone())["dkim"]
    assert missing.verdict is Verdict.BAD
    assert missing.record is not None
    assert missing.record.name == PLACE
    published = zone()
    published.texts[PLACE] = (missing.record.value,)
    assert visited(publication, published)["dkim"].verdict is Verdict.GOOD
    key(file.parent)  # somebody makes the key anew
    again = visited(Publication(publication.config), published)["dkim"]
    assert again.verdict is Verdict.BAD
    assert "n’est pas celle qui signe" in again.text


@pytest.mark.parametrize(
    ("pem", "said"),
    [
        (b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "n’est pas une clé privée"),
        (None, "dkim.pem"),
    ],
)
def test_a_key_that_cannot_be_read_is_told_and_the_visit_goes_on(file: Path, pem: bytes | None, said: str) -> None:
    """The file and the key of the configuration are named; SPF, DMARC and the rest are looked at all the same."""
    if pem is not None:
        (file.parent / "dkim.pem").write_bytes(pem)
    config = load(file)
    settings = mime.Dkim(selector="s1", key_file="dkim.pem")
    checks = list(visit(Publication(replace(config, letter=replace(config.letter, dkim=(settings,)))), zone()))
    told = next(one for one in checks if one.name == "dkim")
    assert told.verdict is Verdict.BAD
    assert said in told.text
    assert "letter.dkim" in f"{told.text} {told.remedy}"
    assert {"spf", "dmarc", "mx"} <= {one.name for one in checks}


def test_a_relay_and_a_mailbox_that_do_not_answer_are_bad(file: Path, unused_port: int) -> None:
    """Each is named with what to look at, by the key of the configuration."""
    config = load(file)
    changed = replace(
        config,
        transport=smtp.Settings(host="127.0.0.1", port=unused_port, security="none"),
        bounces=boxes.Settings(kind="maildir", path="nulle-part"),
    )
    found = visited(Publication(changed), zone())
    assert found["relay"].verdict is Verdict.BAD
    assert "transport.host" in found["relay"].remedy
    assert found["bounces"].verdict is Verdict.BAD
    assert "bounces.path" in found["bounces"].text


def test_the_visit_reads_returned_messages_and_leaves_them(file: Path) -> None:
    """Looking whether the mailbox can be read deals with none of its messages."""
    for name in ("new", "cur", "tmp"):
        (file.parent / "retours" / name).mkdir(parents=True)
    (file.parent / "retours" / "new" / "1").write_text("Subject: x\n\nx\n", encoding="utf-8")
    publication = Publication(replace(load(file), bounces=boxes.Settings(kind="maildir", path="retours")))
    assert visited(publication, zone())["bounces"].verdict is Verdict.GOOD
    assert (file.parent / "retours" / "new" / "1").is_file()


def test_the_command_says_what_to_publish_word_for_word(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1 while something is to do, and a record without the no-break spaces of French; else status 0."""
    names = zone()
    monkeypatch.setattr("publisher.doctor.dns.Dns", lambda: names)
    monkeypatch.setenv("PUBLISHER_CONFIG", str(file))
    assert run(["doctor"]) == 0
    names.texts["_dmarc.reseau.example"] = ()
    capsys.readouterr()
    assert run(["doctor"]) == 1
    line = '_dmarc.reseau.example. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@reseau.example"'
    assert line in capsys.readouterr().out
    assert run(["doctor", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    (dmarc,) = [one for one in told if one["name"] == "dmarc"]
    assert dmarc["verdict"] == "bad"
    assert dmarc["record"] == {
        "name": "_dmarc.reseau.example",
        "kind": "TXT",
        "value": "v=DMARC1; p=none; rua=mailto:postmaster@reseau.example",
    }
