"""One site's feed in each of the shapes that real ones have. The demonstration's own writers, and three more."""

from __future__ import annotations

from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING

from publisher.demo import drupal, spip
from publisher.demo.posts import Post, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def paths(kind: str, post: Post) -> str:
    """Return the path of an article on a site of this kind."""
    return {
        "spip": f"/{post.slug}",
        "drupal7": f"/actualites-0/{post.slug}",
        "drupal10": f"/{post.slug}",
        "wordpress": f"/{post.date:%Y/%m}/{post.slug}/",
        "atom": f"/actualites/{post.slug}.html",
        "undated": f"/{post.slug}",
    }[kind]


def feed(kind: str, title: str, host: str, posts: Sequence[Post]) -> bytes:
    """Return the feed of a site of this kind with these articles, in this order."""
    site = Site(title=title, host=host, posts=tuple(posts))
    return _WRITERS[kind](site)


def _wordpress(site: Site) -> bytes:
    items = "".join(
        f"""	<item>
		<title>{escape(post.title)}</title>
		<link>{site.base}{paths("wordpress", post)}</link>
		<dc:creator><![CDATA[admin]]></dc:creator>
		<pubDate>{format_datetime(post.date)}</pubDate>
		<guid isPermaLink="false">{site.base}/?p={post.number}</guid>
		<description><![CDATA[<p>{post.lead}</p>
<p>L&rsquo;article <a href="{site.base}{paths("wordpress", post)}">{post.title}</a> est apparu en premier sur \
<a href="{site.base}">{site.title}</a>.</p>]]></description>
		<content:encoded><![CDATA[<p>{post.lead}</p>{post.body}]]></content:encoded>
	</item>
"""
        for post in site.posts
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
	xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>{site.title}</title><link>{site.base}</link><description></description>
{items}</channel></rss>""".encode()


def _atom(site: Site) -> bytes:
    entries = "".join(
        f"""<entry><title>{escape(post.title)}</title><link href="{site.base}{paths("atom", post)}"/>
<id>tag:{site.host},2026:{post.number}</id><published>{post.date.isoformat()}</published>
<updated>{post.date.isoformat()}</updated><summary>{escape(post.lead)}</summary>
<content type="html">{escape(post.body)}</content></entry>
"""
        for post in site.posts
    )
    return f"""<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">
<title>{site.title}</title><id>{site.base}/</id><updated>2026-01-01T00:00:00Z</updated>
{entries}</feed>""".encode()


def _undated(site: Site) -> bytes:
    items = "".join(
        f"""<item><title>{escape(post.title)}</title><link>{site.base}{paths("undated", post)}</link>
<description>{escape(f"<p>{post.lead}</p>{post.body}")}</description></item>
"""
        for post in site.posts
    )
    return f"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{site.title}</title>
<link>{site.base}</link><description/>
{items}</channel></rss>""".encode()


_WRITERS: dict[str, Callable[[Site], bytes]] = {
    "spip": spip.backend,
    "drupal7": drupal.rss7,
    "drupal10": drupal.rss10,
    "wordpress": _wordpress,
    "atom": _atom,
    "undated": _undated,
}
KINDS = tuple(_WRITERS)
