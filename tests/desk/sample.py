"""A preview with something of everything."""

from __future__ import annotations

from datetime import UTC, datetime

from publisher.edition import Edition, Link
from publisher.preflight import Finding
from publisher.preview import Preview, Source

LETTER = (
    '<!DOCTYPE html><html lang="fr"><body><p>Été &amp; « guillemets »</p>'
    '<img src="https://lettre.reseau.example/images/a.jpg" alt="Un marché">'
    '<a href="https://reseau.example/x?utm_source=lettre">Lire la suite</a></body></html>'
)
RSS = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Lettre</title><item><title>Un titre</title>'
    b"<link>https://reseau.example/x</link><pubDate>Tue, 20 Oct 2026 09:15:00 +0200</pubDate>"
    b"<description>&lt;p&gt;L&amp;#39;office &amp;amp; la ville&lt;/p&gt;</description></item></channel></rss>"
)
EDITION = Edition(
    issue="2026-11",
    date=datetime(2026, 11, 3, 8, tzinfo=UTC),
    subject="Lettre <du> réseau",
    preheader="La ligne qui suit",
    language="fr",
    html=LETTER,
    text="LETTRE\n\nDu texte <seul>.",
    page=LETTER.replace("Été", "Archive"),
    links=(
        Link(
            address="https://reseau.example/x", tagged="https://reseau.example/x?utm_source=lettre", text="Lire", line=9
        ),
    ),
)
WHOLE = Preview(
    issue="2026-11",
    file="content/issues/2026-11.md",
    edition=EDITION,
    findings=(
        Finding(code="b", level="note", text="Une note.", remedy="Rien à faire."),
        Finding(code="c", level="warning", text="Un doute levé.", remedy="À revoir.", line=20, waived="vu avec Jean"),
        Finding(code="a", level="error", text="Une erreur.", remedy="Corrigez-la.", line=34),
    ),
    feeds={"rss.xml": RSS, "atom.xml": b"<feed/>"},
    sources=(Source(name="Le Quotidien", level="bad", text="L’adresse répond 500.", remedy="Écrivez au site."),),
)
ISSUE = """+++
# une note en tête
subject = "Lettre du réseau"
preheader = "La ligne qui suit"
later = []

[[section]]
key = "une"
title = "À la une"
entries = [
  # photo demandée à Jean
  "rtes:1",  # Premier
]

[[section]]
key = "vide"
title = "Vide"
entries = [
]

[[section]]
key = "reseau"
title = "Le réseau"
entries = [
  "rtes:2",  # Deuxième
  "irev:3",
]

[entry."rtes:2"]
title = "Titre repris"
+++
L’édito.
"""
