"""Feeds and pages in the very shape of Drupal 7 and of a Drupal 10 view. It must not serve them.

Drupal 7: ``xml:base``, the whole rendered node in the description with its field labels, relative addresses, a login
as creator. Drupal 10: the lead alone, and links that carry the site's own campaign tags.
"""

from __future__ import annotations

from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from publisher.french import MONTHS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from publisher.demo.posts import Post, Site

_DAYS = ["Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche"]

_FEED7 = """<?xml version="1.0" encoding="utf-8" ?><rss version="2.0" xml:base="{base}" \
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:og="http://ogp.me/ns#" \
xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:foaf="http://xmlns.com/foaf/0.1/" \
xmlns:skos="http://www.w3.org/2004/02/skos/core#" xmlns:xsd="http://www.w3.org/2001/XMLSchema#">
  <channel>
    <title>Actualités</title>
    <link>{base}/actualites-0/rss</link>
    <description></description>
    <language>fr</language>
     <atom:link href="{base}/actualites-0/rss" rel="self" type="application/rss+xml" \
xmlns:atom="http://www.w3.org/2005/Atom"/>
{items}  </channel>
</rss>
"""

_ITEM7 = """      <item>
    <title>{title}</title>
    <link>{address}</link>
    <description>{description}</description>
     <pubDate>{date}</pubDate>
 <dc:creator>webmaster</dc:creator>
 <guid isPermaLink="false">{number} at {base}</guid>
 <comments>{address}#comments</comments>
  </item>
"""

_PAGE7 = """<!DOCTYPE html>
<html lang="fr" dir="ltr" prefix="content: http://purl.org/rss/1.0/modules/content/ dc: http://purl.org/dc/terms/">
<head>
<meta charset="utf-8" />
<title>{title} | {site}</title>
<meta name="generator" content="Drupal 7 (http://drupal.org)" />
<link rel="canonical" href="{address}" />
<link rel="shortlink" href="{base}/node/{number}" />
</head>
<body class="html not-front node-type-actualite">
<h2 class="element-invisible">Vous êtes ici</h2><div class="breadcrumb"><a href="/">Accueil</a></div>
<h1 class="title" id="page-title">{title}</h1>
<div class="node node-actualite">{fields}
<div class="submitted">Publié le {day}</div></div>
<ul class="pager"><li>Précédent</li><li>Favoris</li></ul>
</body>
</html>
"""

_FEED10 = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xml:base="{base}/" xmlns:dc="http://purl.org/dc/elements/1.1/">
  <channel>
    <title>{title}</title>
    <link>{base}/</link>
    <description/>
    <language>fr</language>
    
{items}
  </channel>
</rss>
"""  # noqa: W293 - the view leaves blanks there

_ITEM10 = """    <item>
  <title>{title}</title>
  <link>{link}</link>
  <description>{lead}</description>
  <pubDate>{date}</pubDate>
    <dc:creator>redaction</dc:creator>
    <guid isPermaLink="false">{number} at {base}</guid>
    </item>
"""

_PAGE10 = """<!DOCTYPE html>
<html lang="fr" dir="ltr">
<head>
<meta charset="utf-8" />
<title>{title} | {site}</title>
<meta name="Generator" content="Drupal 10 (https://www.drupal.org)" />
<link rel="canonical" href="{address}" />
</head>
<body>
<header><a href="/">{site}</a></header>
<main><article class="node--type-article">
<p class="date">Publié le {day}</p>
<h1>{title}</h1>
<div class="field--name-field-chapo"><p>{lead}</p></div>
<div class="field--name-body">{body}</div>
</article></main>
<footer>{site}, Lysandre</footer>
</body>
</html>
"""


def rss7(site: Site, posts: Sequence[Post] | None = None) -> bytes:
    """Return the feed of a Drupal 7 site: rendered nodes, newest first."""
    items = "".join(
        _ITEM7.format(
            title=_xml(post.title),
            address=f"{site.base}/actualites-0/{post.slug}",
            description=_xml(_fields(post)),
            date=format_datetime(post.date),
            number=post.number,
            base=site.base,
        )
        for post in (site.posts if posts is None else posts)
    )
    return _FEED7.format(base=site.base, items=items).encode()


def page7(site: Site, post: Post) -> bytes:
    """Return the page of a node of a Drupal 7 site."""
    return _PAGE7.format(
        title=escape(post.title),
        site=escape(site.title),
        base=site.base,
        address=f"{site.base}/actualites-0/{post.slug}",
        number=post.number,
        fields=_fields(post),
        day=_day(post.date),
    ).encode()


def rss10(site: Site, posts: Sequence[Post] | None = None, *, rubric: str = "localtis") -> bytes:
    """Return the feed of a Drupal 10 view: leads only, links tagged by the site itself."""
    items = "\n".join(
        _ITEM10.format(
            title=_xml(post.title),
            link=_xml(
                f"{site.base}/{post.slug}?pk_campaign=Flux%20RSS&pk_kwd={rubric}"
                f"&pk_source={quote(site.title)}&pk_medium=RSS"
            ),
            lead=_xml(post.lead),
            date=format_datetime(post.date),
            number=post.number,
            base=site.base,
        )
        for post in (site.posts if posts is None else posts)
    )
    return _FEED10.format(title=_xml(site.title), base=site.base, items=items).encode()


def page10(site: Site, post: Post) -> bytes:
    """Return the page of an article of a Drupal 10 site."""
    return _PAGE10.format(
        title=escape(post.title),
        site=escape(site.title),
        address=f"{site.base}/{post.slug}",
        day=_day(post.date),
        lead=escape(post.lead, quote=False),
        body=post.body,
    ).encode()


def _fields(post: Post) -> str:
    """Return the node as its display settings render it: a ``div.field`` per field, labels among the text."""
    parts = [_field("chapo", "text-long", escape(post.lead, quote=False))]
    parts.append(_field("body", "text-with-summary", post.body, extra=' property="content:encoded"'))
    parts.extend(
        _field(
            "document",
            "file",
            f'<span class="file"><img class="file-icon" alt="PDF" title="application/pdf" '
            f'src="/modules/file/icons/application-pdf.png" /> <a href="/sites/default/files/{each.file}" '
            f'type="application/pdf; length={each.octets}">{escape(each.title)}</a></span>',
        )
        for each in post.documents
    )
    if post.event:
        shown = f"{_DAYS[post.event.weekday()]} {_day(post.event)} - {post.event:%H:%M}"
        stamp = (
            f'<span  property="dc:date" datatype="xsd:dateTime" content="{post.event.isoformat()}" '
            f'class="date-display-single">{shown}</span>'
        )
        parts.append(_field("date", "datetime", stamp, label="Dates"))
    if post.category:
        parts.append(_field("categorie", "taxonomy-term-reference", escape(post.category), label="Catégorie"))
    if post.private:
        parts.append(_field("ressource-privee", "list-boolean", post.private, label="Ressource privée"))
    if post.themes:
        terms = "".join(
            f'<div class="field-item {"even" if place % 2 == 0 else "odd"}">'
            f'<a href="/taxonomy/term/{3600 + sum(map(ord, theme)) % 400}">{escape(theme)}</a></div>'
            for place, theme in enumerate(post.themes)
        )
        parts.append(
            '<div class="field field-name-field-thematiques field-type-taxonomy-term-reference field-label-above">'
            f'<div class="field-label">Thématiques:&nbsp;</div><div class="field-items">{terms}</div></div>'
        )
    return "".join(parts)


def _field(name: str, kind: str, value: str, *, label: str = "", extra: str = "") -> str:
    machine = name if name == "body" else f"field-{name}"
    place = "inline clearfix" if label else "hidden"
    shown = f'<div class="field-label">{label}:&nbsp;</div>' if label else ""
    return (
        f'<div class="field field-name-{machine} field-type-{kind} field-label-{place}">{shown}'
        f'<div class="field-items"><div class="field-item even"{extra}>{value}</div></div></div>'
    )


def _day(moment: datetime) -> str:
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def _xml(text: str) -> str:
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#039;")
    )
