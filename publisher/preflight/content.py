"""Content: dates gone by, items told before, what is not ours to publish or to leave unsigned. It reads no HTML."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from publisher import french, links
from publisher.preflight.finding import Found
from publisher.preflight.letter import squeezed
from publisher.preflight.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from publisher.edition import EditionEntry
    from publisher.preflight.letter import Letter


def _entry(letter: Letter, entry: EditionEntry, text: str) -> Found:
    place = letter.at_entry(entry)
    return Found(text=text, section=place.section, entry=place.entry, line=place.line)


def _arrival(letter: Letter) -> datetime:
    """Return when the letter will be read at the earliest: its nominal time, or now when that is over."""
    return max(letter.edition.date, letter.now.astimezone(letter.edition.date.tzinfo))


def _lost_pictures(letter: Letter) -> Iterator[Found]:
    """Yield the pictures that are not shown, at the entry that wants each; the portrait's is the édito's."""
    entries = {entry.line: (section.key, entry.item) for section in letter.issue.sections for entry in section.entries}
    for fault in letter.pictures:
        section, entry = entries.get(fault.line, ("", ""))
        yield Found(
            text=f"l’image {fault.place} n’est pas montrée : {fault.text} {fault.remedy}".rstrip(),
            section=section,
            entry=entry,
            line=fault.line,
        )


def _empty_letter(letter: Letter) -> Iterator[Found]:
    if not letter.edition.entries:
        yield Found(text="la lettre ne contient aucun article.")


def _empty_section(letter: Letter) -> Iterator[Found]:
    for section in letter.issue.sections:
        if not section.entries:
            yield Found(
                text=f"la rubrique « {section.title} » est vide : elle ne paraîtra pas.",
                section=section.key,
                line=section.line,
            )


def _past_event(letter: Letter) -> Iterator[Found]:
    arrival = _arrival(letter)
    for entry in letter.edition.entries:
        if entry.start is None:
            continue
        over = entry.end or (entry.start + timedelta(days=1) if entry.all_day else entry.start)
        if over < arrival and _announces(letter, entry):
            when = french.day(entry.start.astimezone(arrival.tzinfo).date())
            yield _entry(letter, entry, f"« {entry.title} » annonce un événement du {when}, déjà passé à l’envoi.")


def _announces(letter: Letter, entry: EditionEntry) -> bool:
    """Say whether the entry announces its date: an account published after the day does not."""
    return entry.published is None or entry.start is None or entry.published <= entry.start or _is_agenda(letter, entry)


def _is_agenda(letter: Letter, entry: EditionEntry) -> bool:
    told = [other for other in letter.edition.entries if other.section == entry.section]
    return all(other.start for other in told) and len(told) > 1


def _past_deadline(letter: Letter) -> Iterator[Found]:
    arrival = _arrival(letter)
    for entry in letter.edition.entries:
        if entry.deadline and entry.deadline < arrival.date():
            said = f"la date limite de « {entry.title} » ({french.day(entry.deadline)}) est passée à l’envoi."
            yield _entry(letter, entry, said)


def _again(letter: Letter) -> Iterator[Found]:
    for entry in letter.edition.entries:
        story = letter.stories.get(entry.id)
        ids = (entry.id, *(item.id for item in story.items)) if story else (entry.id,)
        earlier = next(
            (letter.sent[name] for name in ids if letter.sent.get(name, letter.issue.key) != letter.issue.key), ""
        )
        if earlier:
            yield _entry(letter, entry, f"« {entry.title} » était déjà dans le numéro {earlier}.")


def _edited(letter: Letter) -> Iterator[Found]:
    for entry in letter.edition.entries:
        said = letter.edited.get(entry.id)
        if said:
            yield _entry(letter, entry, f"la source de « {entry.title} » y a changé {said}.")


def _twice(letter: Letter) -> Iterator[Found]:
    seen: dict[tuple[str, datetime | None], str] = {}
    for entry in letter.edition.entries:
        identity = (
            links.canonical(entry.address) if entry.address else "",
            entry.start,
        )  # each date of a series counts
        if identity[0] and identity in seen:
            said = f"«\u00a0{entry.title}\u00a0» et «\u00a0{seen[identity]}\u00a0» mènent à la même page."
            yield _entry(letter, entry, said)
        seen.setdefault(identity, entry.title)


def _members(letter: Letter) -> Iterator[Found]:
    told = {links.canonical(link.address): link for link in letter.edition.links}
    for entry in letter.edition.entries:
        story = letter.stories.get(entry.id)
        for item in story.items if story else ():
            if not item.members_only:
                continue
            if item.id == entry.id:
                yield _entry(letter, entry, f"« {entry.title} » est réservé aux adhérents.")
            elif links.canonical(item.link or item.address) in told:
                yield _entry(
                    letter,
                    entry,
                    f"« {entry.title} » renvoie à « {item.title} », réservé aux adhérents.",
                )


def _credit(letter: Letter) -> Iterator[Found]:
    visible = squeezed(letter.visible)
    for entry in letter.edition.entries:
        if entry.partner and not entry.source_name.strip():
            yield _entry(letter, entry, f"« {entry.title} » vient d’un partenaire qui n’est pas nommé.")
        elif entry.partner and letter.html.strip() and squeezed(entry.source_name) not in visible:
            said = f"« {entry.title} » vient de {entry.source_name}, que la lettre ne nomme pas."
            yield _entry(letter, entry, said)


def _untitled(letter: Letter) -> Iterator[Found]:
    for entry in letter.edition.entries:
        story = letter.stories.get(entry.id)
        placed = letter.entries.get(entry.id)
        proposed = story is not None and story.main.id == entry.id and story.main.title_proposed
        if not entry.title.strip():
            yield _entry(letter, entry, f"l’article {entry.id} n’a pas de titre.")
        elif proposed and not (placed and placed.overrides.title):
            said = f"le titre « {entry.title} » a été deviné d’après l’adresse, la source n’en donne pas."
            yield _entry(letter, entry, said)


RULES = (
    Rule(
        code="letter-empty",
        level="error",
        title="La lettre est vide",
        remedy="Placez au moins un article dans une rubrique.",
        why="Une lettre sans article ne devrait pas partir.",
        check=_empty_letter,
        waivable=False,
    ),
    Rule(
        code="section-empty",
        level="note",
        title="Une rubrique est vide",
        remedy="Placez-y un article, ou supprimez la rubrique du numéro.",
        why="Une rubrique vide n’est pas montrée. C’est souvent voulu ; parfois un article y manque.",
        check=_empty_section,
    ),
    Rule(
        code="event-past",
        level="error",
        title="Un événement annoncé est déjà passé",
        remedy='Retirez l’article, ou corrigez start = "…" dans [entry."…"].',
        why="La date est comparée au moment de l’envoi, pas à celui de la relecture.",
        check=_past_event,
    ),
    Rule(
        code="deadline-past",
        level="error",
        title="Une date limite est déjà passée",
        remedy='Retirez l’article, ou corrigez deadline = "…" dans [entry."…"].',
        why="Le dernier jour compte encore : la règle parle à partir du lendemain.",
        check=_past_deadline,
    ),
    Rule(
        code="item-again",
        level="warning",
        title="Un article a déjà été envoyé",
        remedy='Retirez-le, ou dites pourquoi il revient : item-again = "…" dans [waive].',
        why="L’article, ou la même nouvelle d’une autre source, était dans un numéro précédent.",
        check=_again,
    ),
    Rule(
        code="picture-lost",
        level="warning",
        title="Une image n’est pas montrée",
        remedy='Choisissez-en une autre\u00a0: image = "…" dans [entry."…"], ou image = "" pour n’en montrer aucune.',
        why="Une image qui ne répond pas, n’en est pas une ou pèse trop est laissée de côté\u202f; la lettre part.",
        check=_lost_pictures,
    ),
    Rule(
        code="item-edited",
        level="note",
        title="Une source a modifié son article depuis le brouillon",
        remedy="Relisez l’article\u00a0: la lettre dit ce que la source dit maintenant, sauf ce que [entry] remplace.",
        why="Un titre, une date ou un texte corrigés après coup entrent dans la lettre jusqu’à son approbation.",
        check=_edited,
    ),
    Rule(
        code="item-twice",
        level="warning",
        title="Deux articles mènent à la même page",
        remedy="Gardez-en un seul.",
        why="La même page est parfois relevée sous deux numéros, par deux sources.",
        check=_twice,
    ),
    Rule(
        code="members-only",
        level="error",
        title="Un contenu réservé aux adhérents est dans la lettre",
        remedy="Retirez l’article.",
        why="La lettre, les flux et l’archive sont publics.",
        check=_members,
        waivable=False,
    ),
    Rule(
        code="credit-missing",
        level="error",
        title="La source d’un article de partenaire n’est pas nommée",
        remedy='Donnez un nom à la source dans config.toml, ou credit = "…" dans [entry."…"].',
        why="Un article repris d’un partenaire porte toujours « Source : … ».",
        check=_credit,
    ),
    Rule(
        code="title-proposed",
        level="warning",
        title="Un titre manque ou a été deviné",
        remedy='Écrivez le titre : title = "…" dans [entry."…"].',
        why="Certains documents n’ont pas de titre ; celui qu’on montre est alors tiré de l’adresse de la page, et "
        "seul un lecteur sait s’il convient.",
        check=_untitled,
    ),
)
