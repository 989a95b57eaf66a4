"""Every rule of preflight: a letter that trips it and only it, and letters close to that which do not."""

from __future__ import annotations

import json
import quopri
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from preflight.sample import (
    ARTICLE,
    EDITION,
    ENTRIES,
    EVENT,
    ISSUE,
    LETTER,
    LINKS,
    NOW,
    SENDING,
    STORIES,
    TAGGER,
    Sample,
    item,
    past,
)

from publisher import preflight
from publisher.errors import Fault, PublisherError
from publisher.issue import Editorial, Entry, Overrides, Section, Waiver
from publisher.item import Story
from publisher.preflight import LinkStatus, Settings, clients, weight
from publisher.preflight.support import Feature, Support

GOOD = Sample()


def issue(**fields: object) -> Sample:
    """Return the sample with fields of the issue file replaced."""
    return replace(GOOD, issue=replace(ISSUE, **fields))  # type: ignore[arg-type]


def header(pattern: bytes, new: bytes = b"") -> Sample:
    """Return the sample with one header field of the message replaced, with its folded lines."""

    def spoil(data: bytes) -> bytes:
        spoilt, count = re.subn(rb"(?m)^" + pattern + rb":[^\r]*\r\n(?:[ \t][^\r]*\r\n)*", new, data, count=1)
        assert count == 1, pattern
        return spoilt

    return replace(GOOD, spoilt=spoil)


def answered(status: LinkStatus) -> Sample:
    """Return the sample whose first link gave this answer."""
    return replace(GOOD, statuses={ARTICLE: status, EVENT: LinkStatus(status=200, seconds=0.2)})


def private_other() -> Sample:
    """Return the sample whose article links to a members-only item of the same story."""
    other = item("irev:9", address="https://partenaire.example/reserve", members_only=True)
    also = replace(LINKS[0], address=other.address, tagged=TAGGER.tag(other.address, LINKS[0].text))
    linked = GOOD.said(links=(*LINKS, also))
    linked = linked.html(
        "</table>\n<p>Réseau", f'</table>\n<p><a href="{also.tagged.replace("&", "&amp;")}">Aussi là</a></p><p>Réseau'
    )
    linked = linked.text("\n\nSe désinscrire", f"\n{also.tagged}\n\nSe désinscrire")
    return replace(linked, stories={**STORIES, "rtes:1": Story(main=STORIES["rtes:1"].main, others=(other,))})


GRID = Support(
    features={
        "css-display-grid": Feature(
            slug="css-display-grid",
            title="display: grid",
            address="https://www.caniemail.com/features/css-display-grid/",
            support={"gmail.ios": "n", "apple-mail.ios": "y", "outlook.windows": "n", "hey.ios": "n"},
        )
    },
    names={"gmail": "Gmail", "ios": "iOS", "outlook": "Outlook", "windows": "Windows", "apple-mail": "Apple Mail"},
    dated="2025-09-09",
)
LOST = Fault(place="images/pont.jpg", text="ce fichier n’existe pas.", remedy="Vérifiez son nom.", line=12)
TABLE = '<table role="presentation">\n'
SUMMARY = ENTRIES[0].summary

FAULTY: dict[str, Sample | list[Sample]] = {
    "letter-empty": GOOD.said(entries=()),
    "section-empty": issue(sections=(*ISSUE.sections, Section(key="offres", title="Offres", line=33))),
    "event-past": [
        GOOD.entry(2, start=past(1)),
        GOOD.entry(2, start=past(2), all_day=True),
        GOOD.entry(0, start=past(1), published=past(9)),
    ],
    "deadline-past": GOOD.entry(2, deadline=date(2026, 11, 2)),
    "item-again": [
        replace(GOOD, sent={"rtes:1": "2026-10"}),
        replace(
            GOOD,
            sent={"localtis:5": "2026-09"},
            stories={**STORIES, "rtes:1": Story(main=STORIES["rtes:1"].main, others=(item("localtis:5"),))},
        ),
    ],
    "item-edited": replace(GOOD, edited={"rtes:1": "le titre : « Un » devient « Une »"}),
    "picture-lost": replace(GOOD, pictures=(LOST, replace(LOST, line=3))),
    "item-twice": GOOD.entry(1, address="http://www.reseau.example/cantine/"),
    "members-only": [
        replace(GOOD, stories={**STORIES, "rtes:1": Story(main=item("rtes:1", members_only=True))}),
        private_other(),
    ],
    "credit-missing": [
        GOOD.html('<p style="color: #55605c">Source : IREV</p>', ""),
        GOOD.entry(1, source_name=""),
    ],
    "title-proposed": replace(GOOD, stories={**STORIES, "rtes:1": Story(main=item("rtes:1", title_proposed=True))}),
    "placeholder": [
        GOOD.entry(0, summary="TK deux phrases"),
        GOOD.entry(0, summary="Lorem ipsum"),
        GOOD.entry(0, summary="Le chiffre XXX reste à trouver"),
        GOOD.entry(0, title="Bonjour {{ prenom"),
        GOOD.entry(0, summary="[[lien de la page"),
        issue(editorial=Editorial(text="TODO écrire l’édito", line=40)),
        GOOD.html("Réseau, 1 rue", "*|LISTE:ADRESSE|*, 1 rue"),
    ],
    "to-complete": GOOD.html("1 rue de la Paix", "à compléter"),
    "subject-empty": replace(GOOD.said(subject=""), encoded=False),
    "subject-long": GOOD.said(
        subject="La lettre du réseau – novembre 2026 – cantines, tiers-lieux, ateliers, finances"
    ),
    "subject-capitals": GOOD.said(subject="LA LETTRE DU RÉSEAU DE NOVEMBRE"),
    "preheader-empty": GOOD.said(preheader=""),
    "preheader-length": [GOOD.said(preheader="Trop court"), GOOD.said(preheader="Trop long " * 20)],
    "preheader-repeats": GOOD.said(preheader=ISSUE.subject),
    "emoji": GOOD.said(subject="La lettre du réseau \U0001f33b"),
    "odd-characters": [
        replace(GOOD, stories={**STORIES, "rtes:1": Story(main=item("rtes:1", title="Un \u202etitre"))}),
        GOOD.entry(0, summary="La coopÃ©rative"),
        GOOD.entry(0, summary="dĂ©butĂ©"),
        GOOD.entry(0, title="Un titre \u202eretourné"),
        GOOD.entry(0, summary="Un trou \ufffd ici"),
        issue(preheader=ISSUE.preheader, editorial=Editorial(text="Un \ue000 privé", line=40)),
    ],
    "link-empty": [
        GOOD.html("<p>Réseau,", '<p><a href="" style="color: #0b5a4c">Notre site</a> Réseau,'),
        GOOD.html("<p>Réseau,", '<p><a href="#" style="color: #0b5a4c">Notre site</a> Réseau,'),
        GOOD.html("<p>Réseau,", '<p><a href="#agenda" style="color: #0b5a4c">L’agenda</a> Réseau,'),
    ],
    "link-relative": [
        GOOD.html("<p>Réseau,", '<p><a href="/contact" style="color: #0b5a4c">Nous écrire</a> Réseau,'),
        GOOD.html("<p>Réseau,", '<p><a href="//site.example/" style="color: #0b5a4c">Nous écrire</a> Réseau,'),
        GOOD.html('src="https://lettre.reseau.example/images/cantine.jpg"', 'src="images/cantine.jpg"'),
    ],
    "link-scheme": [
        GOOD.html("<p>Réseau,", '<p><a href="javascript:void(0)" style="color: #0b5a4c">Ouvrir</a> Réseau,'),
        GOOD.html("<p>Réseau,", '<p><a href="file:///etc/hosts" style="color: #0b5a4c">Ouvrir</a> Réseau,'),
    ],
    "link-malformed": [
        GOOD.html(
            "<p>Réseau,", '<p><a href="https://site exemple.example/" style="color: #0b5a4c">Le site</a> Réseau,'
        ),
        GOOD.html("<p>Réseau,", '<p><a href="https://[2001:db8/" style="color: #0b5a4c">Le site</a> Réseau,'),
        GOOD.html("<p>Réseau,", '<p><a href="https:///page" style="color: #0b5a4c">Le site</a> Réseau,'),
        GOOD.html("<p>Réseau,", '<p><a href="https://a.example:port/" style="color: #0b5a4c">Le site</a> Réseau,'),
    ],
    "link-http": [
        GOOD.linked(0, "http://reseau.example/cantine"),
        GOOD.html('src="https://lettre', 'src="http://lettre'),
    ],
    "link-local": [
        GOOD.linked(0, "http://localhost:8000/cantine"),
        GOOD.linked(0, "https://192.168.1.4/cantine"),
        GOOD.linked(0, "https://intranet/cantine"),
        GOOD.linked(0, "https://wiki.internal/cantine"),
        GOOD.html('src="https://lettre.reseau.example', 'src="https://10.0.0.3'),
    ],
    "link-broken": [answered(LinkStatus(status=404)), answered(LinkStatus(status=0, error="délai dépassé"))],
    "link-refused": answered(LinkStatus(status=403)),
    "link-redirects": answered(LinkStatus(status=200, final="https://reseau.example/autre")),
    "link-slow": answered(LinkStatus(status=200, seconds=9.5)),
    "tag-wrong": [
        GOOD.linked(0, ARTICLE, tagged=f"{ARTICLE}?utm_source=autre"),
        GOOD.linked(0, ARTICLE, tagged=ARTICLE),
    ],
    "tag-identity": GOOD.entry(0, address=f"{ARTICLE}?pk_campaign=Flux"),
    "link-personal": GOOD.linked(0, f"{ARTICLE}?mc_eid=abc123"),
    "text-missing": GOOD.said(text=" \n"),
    "html-missing": GOOD.said(html=" "),
    "text-differs": GOOD.text("Une cantine reprise", "Une école reprise"),
    "link-only-html": GOOD.text(f"[1] {LINKS[0].tagged}", ""),
    "link-only-text": GOOD.text("\n\nSe désinscrire", "\nhttps://reseau.example/ancien\n\nSe désinscrire"),
    "unsubscribe-missing": [
        GOOD.html("Se désinscrire", "Quitter"),
        replace(
            GOOD.text("Se désinscrire : @@unsubscribe@@\n", ""),
            letter=replace(LETTER, preferences="https://lettre.reseau.example/choix/"),
        ),
    ],
    "unsubscribe-header": [
        header(b"List-Unsubscribe"),
        header(b"List-Unsubscribe", b"List-Unsubscribe: <mailto:sortie@reseau.example>\r\n"),
        header(b"List-Unsubscribe", b"List-Unsubscribe: <https://a.example/1>, <https://a.example/2>\r\n"),
    ],
    "unsubscribe-one-click": [
        header(b"List-Unsubscribe-Post"),
        header(b"List-Unsubscribe-Post", b"List-Unsubscribe-Post: oui\r\n"),
    ],
    "unsubscribe-signed": [
        replace(GOOD, spoilt=lambda data: b"DKIM-Signature: v=1; h=From:To:List-Unsubscribe; b=x\r\n" + data),
        replace(GOOD, spoilt=lambda data: b"DKIM-Signature: v=1; b=x\r\n" + data),
    ],
    "header-missing": [
        header(b"List-Id"),
        header(b"Date"),
        replace(GOOD, spoilt=lambda data: b"Message-ID: <autre@reseau.example>\r\n" + data),
    ],
    "subject-differs": header(b"Subject", b"Subject: Une autre lettre\r\n"),
    "line-long": [
        replace(GOOD, spoilt=lambda data: data.replace(b"\r\n\r\n", b"\r\nX-Long: " + b"x" * 1000 + b"\r\n\r\n", 1)),
        replace(GOOD, spoilt=lambda data: data.replace(b"\r\nDate", b"\nDate", 1)),
    ],
    "slot-left": [
        GOOD.html("<p>Réseau,", "<p>Bonjour @@prenom@@, Réseau,"),
        GOOD.said(page=EDITION.page + "@@unsubscribe@@"),
        replace(GOOD.said(subject="La lettre de @@name@@ novembre"), encoded=False),
    ],
    "lang-missing": [GOOD.html('<html lang="fr">', "<html>"), GOOD.html('<html lang="fr">', '<html lang="en">')],
    "lang-wrapper": GOOD.html('<div class="tout" lang="fr" dir="ltr">', '<div class="tout">'),
    "title-missing": GOOD.html(f"<title>{ISSUE.subject}</title>", ""),
    "heading-h1": [
        GOOD.html('<h1 style="color: #fff9ec">La lettre du réseau</h1>', ""),
        GOOD.html("<p>Chères", "<h1>Bonjour</h1><p>Chères"),
    ],
    "heading-skip": GOOD.html("<p>Chères", "<h4>Le mot de la présidente</h4><p>Chères"),
    "heading-empty": GOOD.html("<p>Chères", "<h2></h2><p>Chères"),
    "table-role": GOOD.html(TABLE, "<table>\n"),
    "alt-missing": GOOD.html(f' alt="{ENTRIES[0].image_alt}"', ""),
    "alt-meaningless": [
        GOOD.html(f'alt="{ENTRIES[0].image_alt}"', 'alt="document.jpg"'),
        GOOD.html(f'alt="{ENTRIES[0].image_alt}"', 'alt="rftgyhu"'),
        GOOD.html(f'alt="{ENTRIES[0].image_alt}"', 'alt="IMG_2041"'),
    ],
    "alt-empty": GOOD.entry(0, image_alt="").html(f'alt="{ENTRIES[0].image_alt}"', 'alt=""'),
    "image-unsized": GOOD.html('width="200" height="120" ', ""),
    "image-tracker": [
        GOOD.html("<p>Chères", '<img src="https://mouchard.example/o.gif" width="1" height="1" alt=""><p>Chères'),
        GOOD.html("<p>Chères", '<img src="https://a.example/o/@@unsubscribe@@.gif" width="90" alt=""><p>Chères'),
    ],
    "link-vague": GOOD.html(f"Lire la suite : {ENTRIES[0].title}", "Lire la suite"),
    "link-silent": GOOD.html(f"Lire la suite : {ENTRIES[0].title}</a>", f"</a>{ENTRIES[0].title}"),
    "html-invalid": [
        GOOD.html("<p>Chères", "<div><p>Chères"),
        GOOD.html("<p>Chères", "</section><p>Chères"),
        GOOD.html("<p>Chères", '<p id="a"></p><p id="a">Chères'),
        GOOD.html("<p>Chères", '<p class="a" class="b">Chères'),
        GOOD.html("<!DOCTYPE html>\n", ""),
        GOOD.html("<p>Chères", "<p>Chères</br> amies, "),
        GOOD.html("<p>Chères", "<em><strong></em></strong><p>Chères"),
    ],
    "html-active": [
        GOOD.html("<p>Chères", "<script>x()</script><p>Chères"),
        GOOD.html("<p>Chères", '<p onclick="x()">Chères'),
        GOOD.html("</head>", '<link rel="stylesheet" href="https://a.example/s.css"></head>'),
        GOOD.html("<p>Chères", '<iframe src="https://site.example/"></iframe><p>Chères'),
    ],
    "contrast-low": [
        GOOD.html(f"<p>{SUMMARY}", f'<p style="color: #999999">{SUMMARY}'),
        GOOD.html(f"<p>{SUMMARY}", f'<p style="color: rgb(200, 200, 200)">{SUMMARY}'),
        GOOD.html('<td style="background-color: #14483f">', '<td bgcolor="#eeeeee">'),
        GOOD.html(f"<p>{SUMMARY}", f'<p style="background: #333">{SUMMARY}'),
    ],
    "contrast-dark": [
        GOOD.html(
            "<style>", "<style>@media (prefers-color-scheme: dark) { div p.note { color: #ddd !important } } "
        ).html("<p>Chères", '<p class="note" style="color: #222; background: #fff">Chères'),
    ],
    "markup-shown": [
        issue(sections=(replace(ISSUE.sections[0], intro="Trois <br> brèves"), *ISSUE.sections[1:])),
        GOOD.said(entries=(replace(ENTRIES[0], summary="Un <b>mot</b>"), *ENTRIES[1:])),
        GOOD.said(entries=(replace(ENTRIES[0], summary="Salariées &amp; élues"), *ENTRIES[1:])),
    ],
    "text-long": [
        GOOD.entry(0, title="Une cantine " * 15),
        replace(GOOD, stories={**STORIES, "rtes:1": Story(main=item("rtes:1", title="Une cantine " * 900))}),
        replace(GOOD, stories={**STORIES, "rtes:1": Story(main=item("rtes:1", summary="Une page. " * 2000))}),
    ],
    "size-clipped": GOOD.html("<p>Réseau,", "<!-- " + "x " * 60_000 + "--><p>Réseau,"),
    "size-near": GOOD.html("<p>Réseau,", "<!-- " + "x " * 47_000 + "--><p>Réseau,"),
    "style-large": GOOD.html("<style>", "<style>" + ".a { color: red; } " * 900),
    "client-unsupported": replace(GOOD.html(f"<p>{SUMMARY}", f'<p style="display: grid">{SUMMARY}'), support=GRID),
    "waiver-unknown": issue(waivers=(Waiver(code="alt-emty", reason="faute de frappe", line=30),)),
    "waiver-refused": issue(waivers=(Waiver(code="unsubscribe-missing", reason="pas envie", line=30),)),
    "waiver-unused": issue(waivers=(Waiver(code="alt-empty", reason="au cas où", line=30),)),
}
CASES = [
    pytest.param(code, sample, id=f"{code}-{number}")
    for code, samples in FAULTY.items()
    for number, sample in enumerate(samples if isinstance(samples, list) else [samples], start=1)
]

QUIET = {
    "an event that still lasts": GOOD.entry(2, start=past(3), end=SENDING + timedelta(days=2)),
    "a whole day is not over in its morning": GOOD.entry(2, start=SENDING.replace(hour=0), all_day=True),
    "the account of a day that is over": GOOD.entry(0, start=past(30), published=past(20)),
    "the last day of a deadline": GOOD.entry(2, deadline=date(2026, 11, 3)),
    "an item of this very issue": replace(GOOD, sent={"rtes:1": "2026-11"}),
    "an edit that the letter does not show": replace(GOOD, edited={"rtes:1": "", "irev:99": "le titre : changement"}),
    "two dates of one series": GOOD.entry(1, address=EVENT, start=SENDING + timedelta(days=40)),
    "a members-only item of the story that is not linked": replace(
        GOOD,
        stories={**STORIES, "rtes:1": Story(main=STORIES["rtes:1"].main, others=(item("irev:9", members_only=True),))},
    ),
    "a proposed title that the editor rewrote": replace(
        GOOD,
        stories={**STORIES, "rtes:1": Story(main=item("rtes:1", title_proposed=True))},
        issue=replace(
            ISSUE,
            sections=(
                replace(ISSUE.sections[0], entries=(Entry(item="rtes:1", overrides=Overrides(title="T"), line=12),)),
                *ISSUE.sections[1:],
            ),
        ),
    ),
    "an empty alternative text that the editor wrote": replace(
        GOOD.entry(0, image_alt="").html(f'alt="{ENTRIES[0].image_alt}"', 'alt=""'),
        issue=replace(
            ISSUE,
            sections=(
                replace(ISSUE.sections[0], entries=(Entry(item="rtes:1", overrides=Overrides(alt=""), line=12),)),
                *ISSUE.sections[1:],
            ),
        ),
    ),
    "words that only look like placeholders": GOOD.entry(0, summary="Le TKB, le XXe siècle et l’atome"),
    "acronyms in the subject": GOOD.said(subject="RTES, IREV et ANCT : la lettre"),
    "soft hyphens and joiners": GOOD.entry(0, summary="Inter\u00adcommu\u00adnalité \u200d"),
    "an anchor that exists": GOOD.html(
        "<p>Réseau,", '<p id="ici"><a href="#ici" style="color: #0b5a4c">Pied de page</a> Réseau,'
    ),
    "a signature that covers the way out": replace(
        GOOD,
        spoilt=lambda data: b"DKIM-Signature: v=1; h=From :\r\n List-Unsubscribe:List-Unsubscribe-Post; b=x\r\n" + data,
    ),
    "mail and telephone": GOOD.html(
        "<p>Réseau,",
        '<p><a href="mailto:a@reseau.example" style="color: #0b5a4c">Écrire</a>'
        ' <a href="tel:+33123456789" style="color: #0b5a4c">Appeler</a> Réseau,',
    ),
    "a redirect to the same page": answered(LinkStatus(status=200, final="https://www.reseau.example/cantine/")),
    "a public address in figures": GOOD.linked(0, "https://93.184.216.34/cantine"),
    "an address in a sentence of both parts": GOOD.entry(0, summary="Voir https://reseau.example/libre pour la suite."),
    "an image of nothing and one that closes itself": GOOD.html("<p>Chères", "<hr/><br /><i/><p>Chères"),
    "a table of data": GOOD.html("<p>Chères", "<table><tr><th>Ville</th></tr><tr><td>Lille</td></tr></table><p>Chères"),
    "an image that says nothing, on purpose": GOOD.html(
        "<p>Chères", '<img src="https://a.example/i.png" width="8" alt=""><p>Chères'
    ),
    "typesetting of titles in either part": GOOD.html("Les actualités du réseau", "Les actualités du\u00a0réseau").text(
        "Une cantine reprise en coopérative", "UNE CANTINE\nREPRISE EN COOPÉRATIVE"
    ),
    "a short word without vowels": GOOD.html(f'alt="{ENTRIES[0].image_alt}"', 'alt="PTCE"'),
    "large text needs less contrast": GOOD.html("<p>Chères", '<p style="color: #888888; font-size: 26px">Chères'),
    "text nobody sees": GOOD.html("<p>Chères", '<p style="color: #fff; font-size: 1px">.</p><p>Chères'),
    "a colour that nobody can know": GOOD.html("<p>Chères", '<p style="color: var(--encre)">Chères'),
    "an entry whose story is not there": replace(GOOD, stories={}),
    "dark rules that are cut short": GOOD.html(
        "</style>", "@media (prefers-color-scheme: dark) { .n { color: #eee } </style>"
    ),
    "text on a picture is not guessed": GOOD.html("<p>Chères", '<p style="color: #fff; background: url(x)">Chères'),
    "paragraphs and cells may stay open": GOOD.html("</p></td></tr>\n</table>", "</p>\n</table>"),
    "what the design bears to lose": replace(
        GOOD,
        support=replace(
            GRID, features={"css-at-media": replace(GRID.features["css-display-grid"], slug="css-at-media")}
        ),
    ),
    "grid where no client of ours fails": replace(
        GOOD.html(f"<p>{SUMMARY}", f'<p style="display: grid">{SUMMARY}'),
        support=GRID,
        settings=Settings(clients={"apple-mail.ios": 40.0, "inconnu.web": 1.0}),
    ),
    "a dark rule that an element's own style outweighs": GOOD.html(
        "<style>", "<style>@media (prefers-color-scheme: dark) { p.note { color: #ddd } } "
    ).html("<p>Chères", '<p class="note" style="color: #222">Chères'),
    "a dark palette that can be read": GOOD.html(
        "<style>",
        "<style>@media (prefers-color-scheme: dark) { .tout .note, a.b > i { color: #eee !important; }"
        " .note { background: #111 !important } } ",
    ).html("<p>Chères", '<p class="note x">Chères'),
    "a comparison is no markup": GOOD.said(entries=(replace(ENTRIES[0], summary="3 < 4 & 5 > 2, AT&T"), *ENTRIES[1:])),
    "no message yet": replace(GOOD, encoded=False),
    "no preferences link": GOOD.html("Gérer mes préférences", "Mes choix"),
}


def test_the_sample_letter_has_no_fault() -> None:
    """The letter that all others are made from trips nothing: each rule's counter-example."""
    assert GOOD.check() == ()


def test_every_rule_has_a_faulty_letter() -> None:
    """A rule without a letter that trips it is not tested."""
    assert set(FAULTY) == set(preflight.RULES)


@pytest.mark.parametrize(("code", "sample"), CASES)
def test_a_faulty_letter_trips_its_rule_and_only_it(code: str, sample: Sample) -> None:
    """One fault, one code; the sentence, the remedy and the level are there."""
    findings = sample.check()
    assert {finding.code for finding in findings} == {code}, findings
    for finding in findings:
        rule = preflight.RULES[code]
        assert (finding.level, finding.remedy) == (rule.level, rule.remedy)
        assert finding.text.endswith((".", "\u202f?"))
        assert finding.file == ISSUE.file


@pytest.mark.parametrize("sample", QUIET.values(), ids=QUIET.keys())
def test_what_resembles_a_fault_is_left_in_peace(sample: Sample) -> None:
    """Close to a fault, but none."""
    assert sample.check() == ()


PLACES = {
    "event-past": ("agenda", "rtes:3", 28),
    "picture-lost": ("", "", 3),
    "credit-missing": ("partenaires", "irev:2", 20),
    "alt-missing": ("reseau", "rtes:1", 12),
    "link-vague": ("reseau", "rtes:1", 12),
    "link-broken": ("reseau", "rtes:1", 12),
    "tag-wrong": ("reseau", "rtes:1", 12),
    "text-differs": ("reseau", "rtes:1", 12),
    "contrast-low": ("reseau", "rtes:1", 12),
    "section-empty": ("offres", "", 33),
    "size-clipped": ("agenda", "", 24),
    "waiver-unknown": ("", "", 30),
}


@pytest.mark.parametrize("code", PLACES)
def test_findings_say_where(code: str) -> None:
    """Section, item and line of the issue file are those of the fault."""
    samples = FAULTY[code]
    finding = (samples[0] if isinstance(samples, list) else samples).check()[0]
    assert (finding.section, finding.entry, finding.line) == PLACES[code]
    assert finding.place.startswith(f"content/issues/2026-11.md:{finding.line}")


def test_what_stands_outside_entries_is_blamed_on_none() -> None:
    """Masthead and foot belong to no entry."""
    for spoilt in (GOOD.html("<p>Réseau,", '<p style="color: #ccc">Réseau,'), GOOD.html("<h1 style=", "<h1 data-x=")):
        (finding,) = spoilt.check()
        assert (finding.section, finding.entry) == ("", "")


def test_an_event_is_over_or_not_at_the_sending() -> None:
    """Checked a week before, an event of the day before the sending is already past; checked after, later ones too."""
    late = NOW + timedelta(days=60)
    assert {finding.code for finding in GOOD.check(late)} == {"event-past", "deadline-past"}


def test_a_waiver_lowers_a_finding_and_stays_visible() -> None:
    """The finding becomes a note that carries the reason; nothing else changes."""
    spoilt = GOOD.entry(2, start=past(1))
    waived = replace(
        spoilt, issue=replace(ISSUE, waivers=(Waiver(code="event-past", reason="Compte rendu.", line=31),))
    )
    (finding,) = waived.check()
    assert (finding.code, finding.level, finding.waived, finding.line) == ("event-past", "note", "Compte rendu.", 28)
    assert "Compte rendu." in finding.text


def test_a_waiver_of_what_protects_readers_is_refused() -> None:
    """Both the fault and the waiver are said, and the fault stays an error."""
    spoilt = GOOD.html("Se désinscrire", "Quitter")
    waived = replace(spoilt, issue=replace(ISSUE, waivers=(Waiver(code="unsubscribe-missing", reason="non", line=31),)))
    assert [(one.code, one.level) for one in waived.check()] == [
        ("unsubscribe-missing", "error"),
        ("waiver-refused", "error"),
    ]


def test_a_mistyped_waiver_names_what_was_meant() -> None:
    """« alt-emty » is answered with « alt-empty »."""
    (finding,) = issue(waivers=(Waiver(code="alt-emty", reason="x", line=30),)).check()
    assert "alt-empty" in finding.text


def test_the_gravest_come_first_then_the_lines_of_the_file() -> None:
    """An editor reads down the list and then down the file."""
    spoilt = GOOD.entry(2, deadline=date(2026, 1, 1)).entry(0, start=past(1), published=past(9)).said(preheader="")
    assert [(one.level, one.line) for one in spoilt.check()] == [("error", 12), ("error", 28), ("warning", 0)]


def test_the_share_of_readers_is_counted_when_it_is_known() -> None:
    """Configured shares are added up and written; unknown ones are not invented."""
    sample = FAULTY["client-unsupported"]
    assert isinstance(sample, Sample)
    (plain,) = sample.check()
    assert "2 messageries sur 14 (" in plain.text
    counted = replace(
        sample, settings=Settings(clients={"gmail.ios": 12.5, "outlook.windows": 20.0, "apple-mail.ios": 40.0})
    )
    (finding,) = counted.check()
    assert "2 messageries sur 3, soit 32,5 % des lecteurs" in finding.text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("html", "slug"),
    [
        ('<img src="https://a.example/i.webp" width="8" alt="">', "image-webp"),
        ('<img src="https://a.example/i.svg?x=1" width="8" alt="">', "image-svg"),
        ('<img src="data:image/gif;base64,R0lGOD" width="8" alt="">', "image-base64"),
        ('<img src="https://a.example/i.png" srcset="i2.png 2x" width="8" alt="">', "html-srcset"),
        ("<video></video>", "html-video"),
        ("<abbr>x</abbr>", "html-abbr"),
        ('<div align="center"></div>', "html-align"),
        ('<a href="mailto:a@b.example">x</a>', "html-mailto-links"),
        ('<a href="#x">x</a>', "html-anchor-links"),
        ("<style>a > b { color: red }</style>", "css-selector-child"),
        ("<style>[data-x] b { color: red }</style>", "css-selector-attribute"),
        ("<section></section>", "html-semantics"),
        ('<span style="width: calc(100% - 2px)"></span>', "css-unit-calc"),
        ('<span style="column-gap: 2px"></span>', "css-gap"),
        ("<style>@font-face { font-family: x }</style>", "css-at-font-face"),
        ("<style>/* @import url(x) */ a::before { content: '' }</style>", "css-pseudo-element-before"),
    ],
)
def test_features_are_known_by_the_names_of_the_data_set(html: str, slug: str) -> None:
    """What the letter uses is looked up under caniemail's own names."""
    letter = _letter(Settings(), GOOD.html("<p>Chères", f"{html}<p>Chères"))
    base = clients.used(_letter(Settings()))
    assert slug in set(clients.used(letter)) - set(base)
    assert "css-at-import" not in clients.used(letter)


def test_the_data_set_is_read_in_its_own_form() -> None:
    """The newest tested version counts, clients are named, and another file is refused."""
    data = {
        "last_update_date": "2025-09-09 18:08:06 +0000",
        "nicenames": {"family": {"gmail": "Gmail"}, "platform": {"ios": "iOS"}},
        "data": [
            {
                "slug": "css-gap",
                "title": "gap",
                "url": "https://www.caniemail.com/features/css-gap/",
                "stats": {"gmail": {"ios": {"2020-01": "n", "2024-01": "a #1"}, "android": {}}},
            }
        ],
    }
    support = preflight.read_support(json.dumps(data).encode())
    assert (support.dated, support.name("gmail.ios"), support.name("hey.web")) == (
        "2025-09-09",
        "Gmail (iOS)",
        "hey (web)",
    )
    assert support.features["css-gap"].support == {"gmail.ios": "a"}
    for other in (b"[]", b'{"data": 3}', b"{}", b"pas du JSON"):
        with pytest.raises(ValueError, match=r"caniemail|Expecting"):
            preflight.read_support(other)


def test_a_message_in_an_unknown_encoding_has_no_readable_part() -> None:
    """What nobody can decode counts as missing; a message without parts too."""
    spoilt = replace(
        GOOD, spoilt=lambda data: data.replace(b"text/plain; charset=utf-8", b"text/plain; charset=martien")
    )
    assert {finding.code for finding in spoilt.check()} == {"text-missing"}
    bare = replace(GOOD, spoilt=lambda data: data.replace(b"multipart/alternative;", b"application/octet-stream;"))
    assert {"text-missing", "html-missing"} <= {finding.code for finding in bare.check()}


@pytest.mark.parametrize(("code", "meant"), [("alt-vide", "alt-"), ("zzzz", "docs/preflight.md")])
def test_an_unknown_code_is_answered_with_the_nearest(code: str, meant: str) -> None:
    """A mistyped code is a sentence with what to type."""
    with pytest.raises(PublisherError, match=meant):
        preflight.explain(code)


def test_personal_links_count_at_their_longest() -> None:
    """A longer token than this recipient's may be the one that gets the letter cut."""
    base = weight.heaviest(_letter(Settings()))[0]
    longer = weight.heaviest(_letter(Settings(personal_link=1160)))[0]
    assert longer - base == 2 * 1000


def test_the_estimate_without_a_message_is_close_to_the_message() -> None:
    """What the desk shows before encoding is within one percent of what goes on the wire."""
    text = EDITION.html + "é" * 3000
    wire = len(quopri.encodestring(text.encode()).replace(b"\n", b"\r\n"))
    assert abs(weight.encoded(text) - wire) < 0.01 * wire


ODD = st.text(st.characters(), max_size=60)
HTML = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<table",
            ">",
            "<td style='color:#",
            "fff'>",
            "<a href='",
            "'>",
            "<h2>",
            "<img",
            "]]>",
            "<!--",
            "-->",
            "<![CDATA[",
            "&amp",
            "<style>@media (prefers-color-scheme: dark){",
            "}",
            "</",
            "<svg/>",
        ]
    )
    | ODD,
    max_size=30,
).map("".join)


@given(HTML, ODD, ODD, ODD)
def test_no_letter_makes_preflight_fail(html: str, text: str, title: str, address: str) -> None:
    """Whatever sources and templates write, preflight answers with findings and never with a traceback."""
    spoilt = GOOD.said(
        html=html,
        text=text,
        subject=title,
        entries=(replace(ENTRIES[0], title=title, summary=text, address=address, image=address, image_alt=title),),
        links=(replace(LINKS[0], address=address, tagged=address, text=title),),
    )
    replace(spoilt, encoded=False).check()


def test_without_a_tagger_and_sections_the_rest_is_still_checked() -> None:
    """Tags cannot be judged without the campaign, and a letter without headings has no heaviest section."""
    bare = GOOD.html("<h2", "<h6").html("<h2", "<h6").html("<h2", "<h6")
    findings = preflight.check(
        bare.said(html=bare.edition.html.replace("</h2>", "</h6>").replace("h3", "p")).edition,
        ISSUE,
        None,
        stories=STORIES,
        now=NOW,
        settings=Settings(clip=100),
    )
    assert "size-clipped" in {finding.code for finding in findings}
    assert "tag-wrong" not in {finding.code for finding in findings}


def test_what_was_not_given_is_said_not_to_be_checked() -> None:
    """Silence about links that were never tried must not pass for health."""
    assert len(preflight.unchecked(message=None, tagger=None, statuses=None, support=None)) == 4
    assert preflight.unchecked(message=b"", tagger=TAGGER, statuses={}, support=GRID) == ()


def test_the_documentation_is_the_table() -> None:
    """docs/preflight.md holds every rule as the programme knows it."""
    page = Path(__file__).parent.parent.parent / "docs" / "preflight.md"
    assert page.read_text(encoding="utf-8") == preflight.page()


@pytest.mark.parametrize("code", preflight.RULES)
def test_each_rule_explains_itself(code: str) -> None:
    """Title, reason and remedy are French sentences, and the code is fit for a TOML key."""
    rule = preflight.RULES[code]
    said = preflight.explain(code)
    assert rule.why in said
    assert rule.remedy in said
    assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", code)
    assert all(text.endswith(".") for text in (rule.why, rule.remedy))
    prose = re.sub(r"«[^»]*»", "«\u00a0…\u00a0»", f"{rule.title} {rule.why} {rule.remedy}")
    assert not re.search(r"[^\s\u00a0\u202f][:;!?»](?:\s|$)", prose)
    assert not re.search(r" [:;!?»]|« ", prose)


def _letter(settings: Settings, sample: Sample = GOOD) -> preflight.Letter:
    return preflight.Letter(
        edition=sample.edition, issue=ISSUE, data=None, stories=STORIES, now=NOW, settings=settings, sent={}
    )
