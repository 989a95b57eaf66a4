"""Feeds and pages in the very shape of SPIP 3's own templates. It must not serve them.

What is odd here is odd there: a line break inside the XML declaration, ``dc:date`` in UTC and no ``pubDate``,
rubric and keywords at the end of the description, straight apostrophes in the feed and typographic ones on the page.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC
from html import escape, unescape
from typing import TYPE_CHECKING

from publisher.french import MONTHS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.demo.posts import Post, Site

_TAG = re.compile(r"<[^>]+>")
_CUT = 300

_FEED = """<?xml \nversion="1.0" encoding="utf-8"?>
<rss version="2.0" 
	xmlns:dc="http://purl.org/dc/elements/1.1/"
	xmlns:content="http://purl.org/rss/1.0/modules/content/"
>

<channel xml:lang="fr">
	<title>{title}</title>
	<link>{base}/</link>
	<description></description>
	<language>fr</language>
	<generator>SPIP - www.spip.net</generator>

	<image>
		<title>{title}</title>
		<url>{base}/local/cache-vignettes/L144xH57/siteon0-9f3a1.png</url>
		<link>{base}/</link>
		<height>57</height>
		<width>144</width>
	</image>


{items}

</channel>

</rss>
"""  # noqa: W291 - SPIP's template leaves a space there

_ITEM = """
	<item xml:lang="fr">
		<title>{title}</title>
		<link>{address}</link>
		<guid isPermaLink="true">{address}</guid>
		<dc:date>{date}</dc:date>
		<dc:format>text/html</dc:format>
		<dc:language>fr</dc:language>
		<dc:creator>{authors}</dc:creator>


{subjects}

		<description>{summary}

-
{rubric}
{keywords}

		</description>


 <content:encoded>{content}
		</content:encoded>

{enclosures}

	</item>
"""

_PAGE = """<!DOCTYPE html>
<html dir="ltr" lang="fr" class="ltr fr no-js">
<head>
<meta charset="utf-8" />
<title>{title} - {site}</title>
<meta name="generator" content="SPIP 3.2.19" />
<link rel="canonical" href="{address}" />
<link rel="alternate" type="application/rss+xml" title="Syndiquer tout le site" href="spip.php?page=backend" />
</head>
<body class="page_article">
<div id="entete"><a rel="start home" href="{base}">{site}</a></div>
<nav id="chemin"><a href="{base}/">Accueil</a> &gt; <a href="{base}/-{slug}-">{rubric}</a></nav>
<main>
<div class="cartouche">
<h1 class="crayon">{title}</h1>
<p class="info-publi"><abbr class="published" title="{date}">{day}</abbr>,
 par <span class="auteurs">{authors}</span></p>
</div>
<div class="chapo"><p>{lead}</p></div>
<div class="texte">{body}</div>
{more}
</main>
<footer id="pied"><a href="{base}/spip.php?page=plan">Plan du site</a> |
<a href="{base}/Mentions-legales">Mentions légales</a></footer>
</body>
</html>
"""


def backend(site: Site, posts: Sequence[Post] | None = None) -> bytes:
    """Return the feed ``spip.php?page=backend`` of these posts (all of the site's when none are given)."""
    chosen = site.posts if posts is None else posts
    items = "\n".join(_item(site, each) for each in chosen)
    return _FEED.format(title=_flat(site.title), base=site.base, items=items).encode()


def page(site: Site, post: Post) -> bytes:
    """Return the article's page as the default templates lay it out."""
    moment = post.date.astimezone(UTC)
    return _PAGE.format(
        title=escape(post.title, quote=False),
        site=escape(site.title),
        base=site.base,
        address=f"{site.base}/{post.slug}",
        slug=_keyword(post.rubric),
        rubric=escape(post.rubric),
        date=moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        day=f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}",
        authors=escape(", ".join(post.authors)),
        lead=escape(post.lead, quote=False),
        body=_picture(site, post) + _body(post) + _documents(site, post),
        more=_more(post),
    ).encode()


def _item(site: Site, post: Post) -> str:
    address = f"{site.base}/{post.slug}"
    rubric = f'<a href="{site.base}/-{_keyword(post.rubric)}-" rel="directory">{escape(post.rubric)}</a>'
    keywords = ", \n".join(
        f'<a href="{site.base}/+-{_keyword(each)}-+" rel="tag">{escape(each)}</a>' for each in post.themes
    )
    enclosures = [
        f'		<enclosure url="{site.base}/IMG/pdf/{each.file}" length="{each.octets}" type="application/pdf" />'
        for each in post.documents
    ]
    if post.image:
        enclosures.append(f'		<enclosure url="{site.base}/IMG/jpg/{post.image}" type="image/jpeg" />')
    return _ITEM.format(
        title=_flat(post.title),
        address=address,
        date=post.date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        authors=_flat(", ".join(post.authors)),
        subjects="\n".join(f"		<dc:subject>{_flat(each)}</dc:subject>" for each in post.themes),
        summary=_escape(_plain(_cut(f"{post.lead} {_text(post.body)}"))),
        rubric=_escape(rubric),
        keywords=_escape(f"\n/ \n{keywords}" if keywords else ""),
        content=_escape(_plain(_content(site, post))),
        enclosures="\n		\n".join(enclosures),
    )


def _content(site: Site, post: Post) -> str:
    logo = ""
    if post.image:
        stem = post.image.rpartition(".")[0]
        logo = (
            f'<img src="{site.base}/local/cache-vignettes/L150xH84/arton-{stem}-0c1d2.jpg" alt="" '
            f"class=\"spip_logos\" style='float:right' width='150' height='84' />\n\t\t"
        )
    return (
        f"{logo}<div class='rss_chapo'><p>{escape(post.lead, quote=False)}</p></div>\n"
        f"\t\t<div class='rss_texte'>{_picture(site, post)}{_body(post)}{_documents(site, post)}</div>\n"
        f"\t\t{_more(post)}"
    )


def _picture(site: Site, post: Post) -> str:
    if not post.image:
        return ""
    return (
        f"<dl class='spip_document_{len(post.slug)} spip_documents spip_documents_center'><dt>"
        f"<img src='{site.base}/IMG/jpg/{post.image}' width='960' height='540' alt=\"{escape(post.alt)}\" />"
        "</dt></dl>\n"
    )


def _body(post: Post) -> str:
    return (
        post.body.replace("<h3>", '<h3 class="spip">')
        .replace("<ul>", '<ul class="spip">')
        .replace("<a href", '<a class="spip_out" href')
    )


def _documents(site: Site, post: Post) -> str:
    return "".join(
        f"<dl class='spip_document_{each.octets % 900} spip_documents spip_documents_left' style='float:left;'><dt>"
        f'<a href="{site.base}/IMG/pdf/{each.file}" title=\'PDF - {_size(each.octets)}\' type="application/pdf">'
        f"<img src='{site.base}/prive/vignettes/pdf.png' width='52' height='52' alt='PDF - {_size(each.octets)}' />"
        "</a></dt>"
        f"<dt class='spip_doc_titre' style='width:120px;'><strong>{escape(each.title)}</strong></dt></dl>"
        for each in post.documents
    )


def _more(post: Post) -> str:
    parts = []
    if post.online:
        parts.append(
            f'<div class="hyperlien">Voir en ligne : <a href="{escape(post.online)}" class="spip_out">'
            f"{escape(post.online_text)}</a></div>"
        )
    if post.note:
        parts.append(
            "<hr />\n\t\t<div class='rss_notes'><div id='nb1'><p><span class=\"spip_note_ref\">"
            "[<a href='#nh1' class='spip_note' title='Notes 1' rev='footnote'>1</a>] </span>"
            f"{escape(post.note)}</p></div></div>"
        )
    return "\n\t\t".join(parts)


def _size(octets: int) -> str:
    """Return a size as SPIP 3 writes it: 1024 octets in a « ko »."""
    return f"{octets / 1024:.1f} ko" if octets < 1024 * 1024 else f"{octets / 1024 / 1024:.1f} Mo"


def _keyword(text: str) -> str:
    """Return a name as SPIP writes it in an address: no accent, hyphens for the rest."""
    plain = "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
    return re.sub(r"\W+", "-", plain).strip("-")


def _text(html: str) -> str:
    return unescape(" ".join(_TAG.sub(" ", html).split()))


def _cut(text: str) -> str:
    """Return the first words, with SPIP's mark « (...) » where something was left out."""
    return text if len(text) <= _CUT else f"{text[:_CUT].rpartition(' ')[0]} (...)"


def _plain(text: str) -> str:
    """Return what ``texte_backend`` leaves: no typographic apostrophe, no no-break space."""
    return text.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#034;")


def _flat(text: str) -> str:
    return _escape(_plain(text))
