"""The letter: what it says, what it never says, and that it can be read by everybody."""

from __future__ import annotations

import gettext
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import jinja2
import pytest
from render import reading, sampling

from publisher.edition import slot
from publisher.errors import RenderError
from publisher.issue import Entry, Overrides
from publisher.item import Document, Image, Story
from publisher.links import Settings as Campaign
from publisher.render import environment
from publisher.render.images import Picture
from publisher.render.inlining import inline
from publisher.render.settings import PAIRS, DarkPalette, Palette

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.edition import Edition


@pytest.fixture(scope="module")
def usual() -> sampling.Sample:
    """Return the month that people know."""
    return sampling.read("usual")


@pytest.fixture(scope="module")
def edition(usual: sampling.Sample) -> Edition:
    """Return its edition."""
    return usual.frozen()


def test_the_same_issue_gives_the_same_edition(usual: sampling.Sample, edition: Edition) -> None:
    """Two renderings of one issue, in two environments, have one digest."""
    assert usual.frozen(templates_=sampling.fresh_templates()).digest == edition.digest


def test_every_link_of_the_letter_stands_in_the_text(edition: Edition) -> None:
    """The HTML and the text part lead to the same addresses and slots."""
    html = {href for href, _ in reading.links(reading.tree(edition.html))}
    assert set(reading.addresses(edition.text)) == html


def test_the_text_lists_each_address_once(edition: Edition) -> None:
    """No address is written twice in the text part."""
    listed = reading.addresses(edition.text)
    assert len(listed) == len(set(listed))


def test_every_number_of_the_text_is_explained(edition: Edition) -> None:
    """Each [n] used in the text stands once at the start of a line with its address, counted from 1 without a gap."""
    explained = [int(n) for n in re.findall(r"^\[(\d+)\] http", edition.text, re.MULTILINE)]
    used = {int(n) for n in re.findall(r"\[(\d+)\](?! http)", edition.text)}
    assert explained == list(range(1, len(explained) + 1))
    assert used == set(explained)


def test_the_text_is_wrapped_at_72(edition: Edition) -> None:
    """No line is longer than 72 characters unless it holds an address."""
    long = [row for row in edition.text.splitlines() if len(row) > 72 and not reading.addresses(row)]
    assert long == []


def test_the_edition_knows_its_links(edition: Edition) -> None:
    """Edition.links holds every link of the HTML but the personal ones, with the entry and the line it stands at."""
    known = {link.tagged for link in edition.links}
    shown = {href for href, _ in reading.links(reading.tree(edition.html)) if not href.startswith("@@")}
    assert known == shown
    une = next(link for link in edition.links if link.entry == "reseau:101")
    assert (une.section, une.text, une.line > 0) == ("une", "Lire la suite", True)
    assert une.tagged == f"{une.address}?utm_source=lettre&utm_medium=email&utm_campaign=lettre-2026-11"


def test_the_2018_profile_tags_with_the_visible_text(usual: sampling.Sample) -> None:
    """In the profile of July 2018 the term is the link's visible text, not the one added for the ear."""
    campaign = Campaign(
        profile="campaign-monitor",
        source="La Lettre",
        name="La Lettre - {Month_name} {year}",
        campaign_id="0123456789abcdef0123456789abcdef",
    )
    shown = dict(reading.links(reading.tree(usual.frozen(campaign=campaign).html)))
    name = "La%20Lettre%20-%20Novembre%202026"
    assert (
        f"https://reseau.example/articles/101?utm_medium=email&utm_campaign={name}"
        f"&utm_content={name}+CID_0123456789abcdef0123456789abcdef&utm_source=La%20Lettre&utm_term=Lire%20la%20suite"
    ) in shown


def test_the_page_carries_no_tag_and_no_slot(edition: Edition) -> None:
    """The archive page has the letter's entries with bare addresses and nothing personal."""
    page = [href for href, _ in reading.links(reading.tree(edition.page))]
    assert not [href for href in page if "utm_" in href]
    assert "@@" not in edition.page
    assert set(page) >= {link.address for link in edition.links if link.entry}


def test_an_item_for_members_is_refused_with_its_line(usual: sampling.Sample) -> None:
    """A members-only item stops the rendering, whatever the editor wrote, and its line is named."""
    story = usual.stories["reseau:103"]
    secret = replace(story.main, members_only=True)
    sample = replace(usual, stories={**usual.stories, "reseau:103": Story(main=secret)})
    line = next(e.line for s in usual.issue.sections for e in s.entries if e.item == "reseau:103")
    with pytest.raises(RenderError, match=rf"2026-11\.md:{line} .*réservé aux adhérents"):
        sample.frozen()


def test_a_missing_item_is_refused_with_its_line(usual: sampling.Sample) -> None:
    """An id that no story answers to stops the rendering and is named."""
    stories = {key: story for key, story in usual.stories.items() if key != "fonds:21"}
    with pytest.raises(RenderError, match="fonds:21"):
        replace(usual, stories=stories).frozen()


def test_also_elsewhere_never_leads_to_a_members_page(usual: sampling.Sample) -> None:
    """« Lire aussi chez » leaves out what only members may read."""
    story = usual.stories["reseau:102"]
    closed = replace(story.others[0], members_only=True)
    sample = replace(usual, stories={**usual.stories, "reseau:102": replace(story, others=(closed, *story.others[1:]))})
    text = sample.frozen().text
    assert "Lire aussi chez Fonds des possibles" in text
    assert "Agence des tiers-lieux [" not in text


def test_a_press_work_is_told_by_title_summary_link_and_source(usual: sampling.Sample) -> None:
    """Pictures and files of a press source stay there, and its lead is cut short."""
    story = usual.stories["gazette:55"]
    rich = replace(
        story.main,
        summary="Une phrase assez longue pour compter, encore et encore. " * 20,
        html="<p>L’article entier.</p>",
        images=(Image(address="https://gazette.example/photo.jpg", alt="Une photo"),),
        documents=(Document(address="https://gazette.example/a.pdf", title="Le dossier"),),
    )
    edition = replace(usual, stories={**usual.stories, "gazette:55": Story(main=rich)}).frozen()
    entry = next(entry for entry in edition.entries if entry.id == "gazette:55")
    assert len(entry.summary) <= 220
    assert (entry.image, entry.partner, entry.source_name) == ("", True, "La Gazette solidaire")
    for part in (edition.html, edition.text, edition.page):
        assert "photo.jpg" not in part
        assert "Le dossier" not in part
        assert "entier" not in part
        assert "La Gazette solidaire" in part


def test_what_the_editor_wrote_wins(usual: sampling.Sample) -> None:
    """Every override takes the place of what the source says."""
    written = Overrides(
        title="Titre repris",
        summary="Premier paragraphe.\n\nSecond paragraphe.",
        link="https://autre.example/page?x=1",
        link_text="Lire le récit",
        image="https://autre.example/image.jpg",
        alt="Une autre image",
        credit="Le Journal du village",
    )
    first = usual.issue.sections[0]
    sections = (
        replace(first, entries=(replace(first.entries[0], overrides=written),)),
        *usual.issue.sections[1:],
    )
    edition = replace(usual, issue=replace(usual.issue, sections=sections)).frozen()
    entry = edition.entries[0]
    assert (entry.title, entry.address) == ("Titre repris", "https://autre.example/page?x=1")
    assert (entry.image, entry.image_alt) == ("https://autre.example/image.jpg", "Une autre image")
    assert entry.summary == "Premier paragraphe.\n\nSecond paragraphe."
    assert "Source\u00a0: Le Journal du village" in edition.text
    assert "Lire le récit" in edition.text
    assert "Cantines" not in edition.html


def test_an_unpublished_picture_is_left_out(usual: sampling.Sample) -> None:
    """Given what was published, the letter shows that, with its size, and no picture of anybody else's server."""
    ours = Picture(address="https://lettre.reseau.example/images/a.jpg", width=1152, height=648)
    edition = usual.frozen(pictures={"https://reseau.example/images/cantine.jpg": ours})
    images = list(reading.tree(edition.html).iter("img"))
    assert [(image.get("src"), image.get("width"), image.get("height")) for image in images] == [
        (ours.address, "576", "324")
    ]
    assert images[0].get("alt") == "Deux cuisinières préparent des légumes dans une cuisine centrale"


def test_an_address_that_nobody_should_follow_is_no_link(usual: sampling.Sample) -> None:
    """javascript:, data: and relative addresses give a title without a link."""
    story = usual.stories["reseau:103"]
    for address in ("javascript:alert(1)", "data:text/html,x", "/relatif", "//ailleurs.example/x"):
        odd = replace(story.main, link=address, address="", videos=())
        edition = replace(usual, stories={**usual.stories, "reseau:103": Story(main=odd)}).frozen()
        assert address not in edition.html
        assert next(entry for entry in edition.entries if entry.id == "reseau:103").address == ""


def test_only_one_style_is_left_and_it_holds_what_cannot_be_inlined(edition: Edition) -> None:
    """Inlining keeps media queries, dark mode for every client and Outlook's comments, in one <style>."""
    shown = re.sub(r"<!--.*?-->", "", edition.html, flags=re.DOTALL)
    assert shown.count("<style") == 1
    kept = shown[shown.index("<style") : shown.index("</style>")]
    for wanted in (
        "@media screen and (max-width",
        "@media (prefers-color-scheme: dark)",
        "[data-ogsc] .c-ink",
        "[data-ogsb] .g-card",
        "@media (forced-colors: active)",
        "!important",
    ):
        assert wanted in kept
    assert len(kept.encode()) < 16_000  # above it Gmail drops the whole style
    assert "data-premailer" not in edition.html
    opened, closed = edition.html.count("<!--[if mso]>"), edition.html.count("<![endif]-->")
    assert opened == closed > 4
    assert "o:PixelsPerInch" in edition.html


def test_the_letter_carries_no_class_that_its_sheet_does_not_name(edition: Edition) -> None:
    """A class is there for the dark or the narrow screen; what a text holds stays as it was written."""
    kept = "".join(re.findall(r"<style>(.*?)</style>", edition.html, re.DOTALL))
    named = {name for each in reading.tree(edition.html).iter() for name in (each.get("class") or "").split()}
    assert {"c-muted", "g-tint", "b-line", "headline"} <= named
    assert {name for name in named if f".{name}" not in kept} == set()
    said = inline('<html><body><p class="a">écrivez class="b"; style="c; d"</p></body></html>')
    assert '<p>écrivez class="b"; style="c; d"</p>' in said


def test_the_letter_keeps_its_look_without_any_style_element(edition: Edition) -> None:
    """Every visible text has its colour, size and background by style attributes alone."""
    document = reading.tree(edition.html)
    for element in reading.texts(document):
        for name in ("color", "background-color", "font-size"):
            assert reading.inherited(element, name), (element.tag, element.text)


def test_every_text_has_a_contrast_of_at_least_4_5(edition: Edition) -> None:
    """In both palettes, each text on the background it really lies on reaches WCAG's 4.5:1, from the classes used."""
    grounds = {"ground": "page", "g-card": "card", "g-tint": "tint", "g-masthead": "masthead", "g-button": "button"}
    colours = {
        "c-ink": "ink",
        "c-muted": "muted",
        "c-accent": "accent",
        "c-brand": "brand",
        "headline": "ink",
        "c-on": "on_brand",
        "c-soft": "on_brand_soft",
        "c-button": "on_button",
        "prose": "ink",
        "ground": "ink",
    }
    met = set()
    for text in (edition.html, edition.page):
        for element in reading.texts(reading.tree(re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL))):
            chain = [(each.get("class") or "").split() for each in (element, *element.iterancestors())]
            ground = next(grounds[name] for names in chain for name in names if name in grounds)
            colour = next(
                (colours[name] for names in chain for name in names if name in colours),
                "ink",
            )
            if element.tag == "a" and element.get("class") in {None, "skip"}:
                colour = "link"
            met.add((colour, ground))
    assert met <= set(PAIRS)
    assert len(met) > 10
    Palette()  # refuses any pair of PAIRS below 4.5:1
    DarkPalette()


def test_the_letter_is_built_for_assistive_technology(edition: Edition) -> None:
    """Language on html and wrapper, one h1, no skipped heading, layout tables said to be such, every image with alt."""
    document = reading.tree(edition.html)
    assert document.get("lang") == "fr"
    wrapper = document.xpath("//*[@role='article']")[0]
    assert (wrapper.get("lang"), wrapper.get("dir"), wrapper.get("aria-roledescription")) == ("fr", "ltr", "courriel")
    assert wrapper.get("aria-label") == edition.subject == document.findtext("head/title")
    levels = [int(str(element.tag)[1]) for element in document.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(table.get("role") == "presentation" for table in document.iter("table"))
    assert all(image.get("alt") is not None for image in document.iter("img"))


def test_every_link_makes_sense_alone(edition: Edition) -> None:
    """Two links of the same accessible name lead to the same place, and each « Lire la suite » names its article."""
    by_name: dict[str, set[str]] = {}
    for href, name in reading.links(reading.tree(edition.html)):
        assert name
        by_name.setdefault(name, set()).add(href)
    assert {name: hrefs for name, hrefs in by_name.items() if len(hrefs) > 1} == {}
    assert "Lire la suite" not in by_name


def test_without_a_page_for_preferences_only_the_way_out_is_named(usual: sampling.Sample) -> None:
    """Two links of different names never lead to one page: the second is left out where it has none of its own."""
    edition = usual.frozen(settings=replace(sampling.SETTINGS, preferences=False))
    for part in (edition.html, edition.text):
        assert slot("unsubscribe") in part
        assert slot("preferences") not in part
        assert "préférences" not in part


def test_links_are_underlined_and_pictures_are_no_links(edition: Edition) -> None:
    """Mail readers underline links by themselves, and the sheet says so again; nothing takes it away."""
    kept = "".join(re.findall(r"<style>(.*?)</style>", edition.html, re.DOTALL))
    assert "\na { text-decoration: underline;" in kept
    assert "text-decoration: none" not in kept
    for link in reading.tree(edition.html).iter("a"):
        assert "text-decoration" not in reading.style(link), link.text
        assert not link.findall(".//img")


def test_body_text_has_at_least_14_pixels_and_articles_16(edition: Edition) -> None:
    """Nothing visible is smaller than 14 px, and what is read in full has 16 or more."""
    for element in reading.texts(reading.tree(edition.html)):
        size = int(reading.inherited(element, "font-size").removesuffix("px"))
        assert size >= (16 if "summary" in (element.get("class") or "") else 14), element.text


def test_capitals_are_made_by_css(edition: Edition) -> None:
    """No sentence of the letter is typed in capitals; the month gets them from text-transform."""
    shown = [(element.text or "").strip() for element in reading.texts(reading.tree(edition.html))]
    assert not [text for text in shown if len(text) > 6 and text.isupper()]
    assert "Novembre 2026" in shown


def test_the_footer_holds_what_law_asks_for(edition: Edition) -> None:
    """Name, address, director, host, privacy notice, ways out, web version and feed stand in both parts."""
    for part in (reading.tree(edition.html).text_content(), edition.text):
        for wanted in (
            "12 rue du Port",
            "Direction de la publication\u00a0: Camille Aubry",
            "Hébergement\u00a0:",
            "Données personnelles",
            "Se désinscrire",
            "Gérer mes préférences",
            "Flux RSS",
        ):
            assert wanted in part
    assert 'href="@@unsubscribe@@"' in edition.html
    assert 'href="@@preferences@@"' in edition.html
    assert "https://lettre.reseau.example/2026-11.html" in edition.html


def test_a_broken_template_is_named_with_its_line(usual: sampling.Sample) -> None:
    """An unknown name, a tag left open, a filter misused: each gives a RenderError with template and line."""
    for source, line in (("\n\n{{ letter.titel }}", 3), ("\n{% if letter %}", 2), ("{{ letter|day }}", 1)):
        loader = jinja2.ChoiceLoader(
            [jinja2.DictLoader({"letter.html": source}), jinja2.FileSystemLoader(sampling.TEMPLATES)]
        )
        with pytest.raises(RenderError) as caught:
            usual.frozen(templates_=environment.make(loader))
        assert caught.value.place.endswith(f":{line}")
        assert caught.value.remedy


def test_an_empty_section_says_nothing(usual: sampling.Sample) -> None:
    """A section without entries leaves no heading behind."""
    sections = (*usual.issue.sections, replace(usual.issue.sections[0], key="vide", title="Section vide", entries=()))
    assert "Section vide" not in replace(usual, issue=replace(usual.issue, sections=sections)).frozen().html


def test_an_other_item_of_a_story_can_be_the_one_told(usual: sampling.Sample) -> None:
    """An entry that names a story's second item tells that one, and the first stands in « Lire aussi chez »."""
    story = usual.stories["reseau:102"]
    section = replace(usual.issue.sections[1], entries=(Entry(item="agence:7", line=30),))
    sample = replace(
        usual,
        issue=replace(usual.issue, sections=(section,)),
        stories={"agence:7": story},
    )
    edition = sample.frozen()
    assert edition.entries[0].source_name == "Agence des tiers-lieux"
    assert [also.name for also in edition.entries[0].also] == ["Réseau", "Fonds des possibles"]


@pytest.mark.parametrize(
    ("rubric", "shown"), [("Actualités", False), ("réseau", False), ("", False), ("Habitat", True), ("12", True)]
)
def test_a_rubric_that_repeats_the_section_is_not_said(usual: sampling.Sample, rubric: str, shown: bool) -> None:
    """« Actualités » over an entry of « Les actualités du réseau » says nothing; another rubric stands there."""
    story = usual.stories["reseau:103"]
    told = Story(main=replace(story.main, rubric=rubric, summary="", title="Mot", videos=()))
    section = replace(usual.issue.sections[1], entries=(Entry(item="reseau:103", line=9),))
    edition = replace(usual, issue=replace(usual.issue, sections=(section,)), stories={"reseau:103": told}).frozen()
    kickers = reading.tree(edition.page).xpath("//p[contains(@class, 'kicker')]/text()")
    assert kickers == ([rubric] if shown else [])
    assert (f"\n  {rubric}\n" in edition.text) == shown


@pytest.mark.seeds
def test_the_letter_of_july_2018_is_tagged_byte_for_byte(seeds: Path) -> None:
    """Given the campaign of the real letter, our letter's link to the same page has the very bytes that it had."""
    rows = (seeds / "irev-2018-journee-nationale-print.txt").read_text(encoding="utf-8").splitlines()
    first = next(at for at, row in enumerate(rows) if "utm_medium" in row)
    joined = "".join(row.strip() for row in rows[first : first + 3])
    campaign = Campaign(
        profile="campaign-monitor",
        source="Newsletter RTES",
        name="Newsletter RTES - {Month_name} {year}",
        campaign_id=re.findall(r"CID_([0-9a-f]{32})", joined)[0],
    )
    page = joined.partition("?")[0]
    sample = sampling.opened(
        {
            "key": "2018-07",
            "subject": "Juillet",
            "section": [
                {"key": "reseau", "title": "Le réseau", "entry": [{"id": "reseau:1", "title": "Mot", "link": page}]}
            ],
        }
    )
    hrefs = [href for href, _ in reading.links(reading.tree(sample.frozen(campaign=campaign).html))]
    assert joined in hrefs


def test_a_foreign_item_says_its_language(usual: sampling.Sample) -> None:
    """Title and summary of an English item carry lang="en"; French of elsewhere and a made-up code add nothing."""
    for language, expected in (("en", 2), ("en-GB", 2), ("fr-CA", 0), ('x" onclick="', 0)):
        story = Story(main=replace(usual.stories["reseau:104"].main, language=language))
        edition = replace(usual, stories={**usual.stories, "reseau:104": story}).frozen()
        assert edition.html.count(f' lang="{language}"') == expected
        assert "onclick" not in edition.html


class _English(gettext.NullTranslations):
    """A catalogue that knows every sentence, to find those that never ask it."""

    def gettext(self, message: str) -> str:
        return "".join(
            piece if piece.startswith("%(") else re.sub(r"[A-Za-zÀ-ÿ]", "x", piece)
            for piece in re.split(r"(%\(\w+\)s)", message)
        )


def test_every_label_asks_the_catalogue(usual: sampling.Sample) -> None:
    """With another catalogue no French label of the templates or of the composer is left."""
    made = environment.make(jinja2.FileSystemLoader(sampling.TEMPLATES), _English())
    edition = usual.frozen(templates_=made)
    for part in (edition.html, edition.text, edition.page):
        for label in (
            "Lire la suite",
            "Lire aussi",
            "Source",
            "Date limite",
            "En savoir plus",
            "inscrire",
            "préférences",
            "Hébergement",
            "Vous recevez",
            "Flux RSS",
            "Consulter",
            "Voir la vidéo",
            "courriel",
        ):
            assert label not in part


def test_the_name_is_a_slot_and_stands_in_the_mail_only(usual: sampling.Sample, edition: Edition) -> None:
    """A greeting of the configuration opens letter and text with the name's slot; without one no name is used."""
    theme = replace(sampling.SETTINGS.theme, greeting="Bonjour @@name@@")
    greeted = usual.frozen(settings=replace(sampling.SETTINGS, theme=theme))
    assert greeted.html.count(">Bonjour @@name@@<") == greeted.text.count("\nBonjour @@name@@\n") == 1
    assert "@@name@@" not in greeted.page
    assert "@@name@@" not in edition.html + edition.text


def test_an_item_without_a_summary_is_told_by_its_text(usual: sampling.Sample) -> None:
    """Where a source gives no lead, the beginning of its text stands in, but never of a press work."""
    html = f"<p>Le début du texte. {'La suite. ' * 200}</p>"
    for key, begins in (("reseau:103", "Le début du texte."), ("gazette:55", "")):
        story = Story(main=replace(usual.stories[key].main, summary="", html=html))
        edition = replace(usual, stories={**usual.stories, key: story}).frozen()
        summary = next(entry.summary for entry in edition.entries if entry.id == key)
        assert summary.startswith(begins)
        assert len(summary) <= 420
        assert bool(summary) == bool(begins)


def test_a_video_shows_its_still(usual: sampling.Sample) -> None:
    """An entry without an image takes the thumbnail of a video that can be followed, without alternative text."""
    video = replace(usual.stories["reseau:103"].main.videos[0], thumbnail="https://video.example/v/8812.jpg")
    for address, shown in ((video.address, True), ("", False)):
        story = Story(main=replace(usual.stories["reseau:103"].main, videos=(replace(video, address=address),)))
        edition = replace(usual, stories={**usual.stories, "reseau:103": story}).frozen()
        entry = next(entry for entry in edition.entries if entry.id == "reseau:103")
        assert (entry.image, entry.image_alt) == (video.thumbnail if shown else "", "")


def test_what_is_unseen_stays_small_where_height_is_only_a_least_height(edition: Edition) -> None:
    """Yahoo turns height into min-height: the complement of a link is one line of one pixel, whatever its words."""
    hidden = reading.tree(edition.html).xpath("//a/span")
    assert hidden
    for element in hidden:
        style = reading.style(element)
        assert (style["white-space"], style["font-size"], style["overflow"]) == ("nowrap", "1px", "hidden")
