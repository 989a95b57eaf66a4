"""Campaign profiles, the seed's link byte for byte, and what holds for any address."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.links import Settings, Tagger, canonical, feed_tagger, kin, personal, tag_html, without_tracking
from publisher.links.campaign import encode
from publisher.links.parts import cut, host_of, pieces

if TYPE_CHECKING:
    from pathlib import Path

PIECES = st.sampled_from(
    [
        "utm_source=x", "utm_term=a+b", "pk_kwd=y", "fbclid=1", "x=1", "y=%C3%A9", "z", "", "=", "amp", "%75tm_id=3",
        "sig=1", "sv=2", "mtm_x", "a=%", "b=%4", "%2%35",
    ]
)  # fmt: skip
QUERIES = st.lists(st.tuples(PIECES, st.sampled_from(["&", ";", "&amp;"])), max_size=6).map(
    lambda found: "".join(piece + separator for piece, separator in found)
)
ADDRESSES = st.builds(
    lambda scheme, host, path, query, fragment: f"{scheme}{host}{path}{query}{fragment}",
    st.sampled_from(["http://", "https://", "HTTPS://", "", "mailto:", "//"]),
    st.sampled_from(
        ["a.example", "www.A.example:80", "www.www.a.example.", "é.example", "u:p@a.example", "[::1]:8080"]
    ),
    st.sampled_from(["", "/", "/a/../b/", "/caf%c3%a9", "/x-0", "/index%2Ephp/x", "/%%34%31", "/i.jpg", "/a//"]),
    st.one_of(st.just(""), QUERIES.map(lambda query: f"?{query}")),
    st.one_of(st.just(""), QUERIES.map(lambda query: f"#{query}"), st.sampled_from(["#", "#!/1", "#?x=1"])),
)
ANY = st.one_of(ADDRESSES, st.text(), st.text().map(lambda text: f"https://a.example/{text}"))
POLICIES = st.sampled_from(["keep", "complete", "replace"])


def joined(seed: Path) -> tuple[str, str]:
    """Return the seed's link as printed in its text and, unescaped, in its footnote; lines of an address joined."""
    text = seed.read_text(encoding="utf-8")
    in_text, in_note = re.findall(r"(http://rtes\.fr/.*?suite)", text, re.DOTALL)
    return re.sub(r"\n ?", "", in_text), unescape(re.sub(r"\n ?", "", in_note))


@pytest.mark.seeds
def test_letter_of_july_2018(seeds: Path) -> None:
    """The 2018 profile writes the seed's link byte for byte from campaign name, source name and campaign id."""
    printed, noted = joined(seeds / "irev-2018-journee-nationale-print.txt")
    assert printed == noted
    address = without_tracking(printed)
    number = re.search(r"CID_([0-9a-f]{32})", printed)
    assert number
    for name in ("Newsletter RTES - Juillet 2018", "Newsletter RTES - {Month_name} {year}"):
        settings = Settings(profile="campaign-monitor", source="Newsletter RTES", name=name, campaign_id=number[1])
        tagger = Tagger.for_issue(settings, "2018-07")
        assert tagger.tag(address, "Lire la suite") == printed
        assert tagger.tag(printed, "Lire la suite") == printed
    assert "?" not in address


def test_campaign_monitor_order() -> None:
    """The 2018 profile writes the five tags in that service's order, with %20, one literal plus and the case kept."""
    settings = Settings(
        profile="campaign-monitor",
        source="Lettre d'essai",
        name="Lettre d'essai - {Month_name} {year}",
        campaign_id="0f",
    )
    tagged = Tagger.for_issue(settings, "2018-07").tag("http://reseau.example/Retour", "Lire\u00a0la  suite")
    assert tagged == (
        "http://reseau.example/Retour?utm_medium=email&utm_campaign=Lettre%20d%27essai%20-%20Juillet%202018"
        "&utm_content=Lettre%20d%27essai%20-%20Juillet%202018+CID_0f&utm_source=Lettre%20d%27essai"
        "&utm_term=Lire%20la%20suite"
    )


def test_campaign_id_is_derived() -> None:
    """Without a campaign id the 2018 profile derives 32 hexadecimal digits, the same each time, new each month."""
    settings = Settings(profile="campaign-monitor", name="Lettre {month}")
    first, again, other = (
        Tagger.for_issue(settings, key).tag("https://a.example/") for key in ("2026-11", "2026-11", "2026-12")
    )
    assert first == again
    assert re.search(r"\+CID_[0-9a-f]{32}&", first)
    assert re.search(r"CID_\w+", first) != re.search(r"CID_\w+", other)


def test_plain_profile() -> None:
    """The plain profile writes source, medium and campaign of the issue's month in lower case, and no empty tag."""
    settings = Settings(source="Newsletter-RTES", name="newsletter-{year}-{month}-{Month_name}", term="{text}")
    tagger = Tagger.for_issue(settings, "2026-08")
    assert tagger.tag("https://a.example/p", "Lire la Suite") == (
        "https://a.example/p?utm_source=newsletter-rtes&utm_medium=email"
        "&utm_campaign=newsletter-2026-08-ao%C3%BBt&utm_term=lire%20la%20suite"
    )
    fixed = Tagger.for_issue(Settings(content="bas", term="n{month}"), "2026-08")
    assert fixed.tag("https://a.example/").endswith("&utm_campaign=newsletter-2026-08&utm_content=bas&utm_term=n08")


def test_feed_tags_are_constant() -> None:
    """Feeds are tagged with their own medium and a campaign that no month changes, in both profiles."""
    profiles: tuple[Literal["plain", "campaign-monitor"], ...] = ("plain", "campaign-monitor")
    for profile in profiles:
        settings = Settings(profile=profile, source="Lettre")
        assert feed_tagger(settings).tag("https://a.example/", "texte") == (
            "https://a.example/?utm_source=lettre&utm_medium=rss&utm_campaign=flux"
        )


def test_values_are_encoded_once() -> None:
    """A value is NFC, its blanks are single, its percent signs and letters are UTF-8 escapes in upper case."""
    assert encode("100% ESS") == "100%25%20ESS"
    assert encode("e\u0301te\u0301\u00a0\n x") == "%C3%A9t%C3%A9%20x"
    assert encode("« L’été » …") == "%C2%AB%20L%E2%80%99%C3%A9t%C3%A9%20%C2%BB%20%E2%80%A6"
    assert encode("a\u200bb\u00adc\x00d") == "abcd"


def test_long_term_is_cut_between_words() -> None:
    """A link text above 100 characters is cut before the word that passes the limit; one long word is cut hard."""
    assert encode("mot " * 40, limit=100) == "%20".join(["mot"] * 25)
    assert encode("x" * 300, limit=100) == "x" * 100
    assert encode("é" * 100, limit=100) == "%C3%A9" * 100


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"name": "lettre-{mois}"}, "{mois}"),
        ({"name": "lettre-{"}, "accolade"),
        ({"name": "lettre-{}"}, "{}"),
        ({"source": "lettre-{year}"}, "constante"),
        ({"term": "voir {text}"}, "{text}"),
        ({"name": "{text}"}, "{text}"),
    ],
)
def test_wrong_placeholder_is_told(settings: dict[str, str], said: str) -> None:
    """A placeholder that does not exist is refused with its key and its name when the settings are made."""
    with pytest.raises(ValueError, match=re.escape(said)):
        Settings(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["2026", "2026-13", "2026-00", "novembre", "2026-1"])
def test_wrong_issue_key_is_told(key: str) -> None:
    """A key that is no month is refused, with the form that is expected."""
    with pytest.raises(ValueError, match="AAAA-MM"):
        Tagger.for_issue(Settings(), key)


def test_personal_parameters_are_named() -> None:
    """Parameters that single out a reader or a click are named apart from those that name a campaign."""
    assert personal("https://a.example/?utm_source=x&mc_eid=1&FBCLID=2&mc_cid=3") == ("mc_eid", "fbclid")


def test_host() -> None:
    """The host comes without user, port and final dot, in lower case; what is no web address has none."""
    assert host_of(" https://u:p@WWW.A.example.:8080/x") == "www.a.example"
    assert host_of("https://[2001:DB8::1]:8080/") == "[2001:db8::1]"
    assert host_of("mailto:a@b.example") == ""
    assert host_of("https:///x") == ""


@given(ANY)
def test_cut_joins_again(address: str) -> None:
    """Cutting any text into parts and joining them gives the same text."""
    assert str(cut(address)) == address
    assert "".join(separator + piece for separator, piece in pieces(address)) == address


@given(ANY)
def test_identity_is_idempotent(address: str) -> None:
    """The identity of an identity is itself, for both keys and any text, and nothing raises."""
    assert canonical(canonical(address)) == canonical(address)
    assert kin(kin(address)) == kin(address)


@given(ANY)
def test_tracking_off_is_idempotent_and_only_removes(address: str) -> None:
    """Taking tracking off twice equals once, only removes characters, and does not change the identity."""
    clean = without_tracking(address)
    assert without_tracking(clean) == clean
    left = iter(address)
    assert all(character in left for character in clean)
    assert canonical(clean) == canonical(address)


@given(ANY, st.text(max_size=130), POLICIES, st.sampled_from(["plain", "campaign-monitor"]))
def test_tagging_is_idempotent(
    address: str,
    text: str,
    existing: Literal["keep", "complete", "replace"],
    profile: Literal["plain", "campaign-monitor"],
) -> None:
    """Tagging twice equals tagging once, whatever the address, the text, the policy and the profile."""
    tagger = Tagger.for_issue(Settings(profile=profile, existing=existing, term="{text}"), "2026-11")
    once = tagger.tag(address, text)
    assert tagger.tag(once, text) == once


@given(ANY, st.sampled_from(["keep", "complete"]))
def test_tagging_keeps_every_byte(address: str, existing: Literal["keep", "complete"]) -> None:
    """Without replacing, tagging only inserts: one run of text, before the fragment, page and anchor unchanged."""
    tagger = Tagger.for_issue(Settings(existing=existing), "2026-11")
    address = address.strip()
    tagged = tagger.tag(address)
    before, after = cut(address), cut(tagged)
    assert (after.before, after.fragment) == (before.before, before.fragment)
    assert (after.query or "").startswith(before.query or "")
    assert canonical(tagged) == canonical(address)


@given(ANY, POLICIES)
def test_html_is_tagged_as_its_addresses_are(address: str, existing: Literal["keep", "complete", "replace"]) -> None:
    """An escaped attribute holds, once unescaped, the address as the tagger would write it; the rest is untouched."""
    tagger = Tagger.for_issue(Settings(existing=existing), "2026-11")
    escaped = address.replace("&", "&amp;").replace('"', "&quot;")
    html = tag_html(f'<p><a class="x" href="{escaped}">t</a></p>', tagger)
    found = re.fullmatch(r'<p><a class="x" href="([^"]*)">t</a></p>', html, re.DOTALL)
    assert found
    plain = address.strip()
    written = unescape(found[1].replace("&amp;", "&#38;"))
    assert written in {tagger.tag(plain), address, plain}
    assert tag_html(html, tagger) == html
