"""Parts and headers: is the message whole, do both parts tell the same, can a reader leave. No word is judged here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.edition import SLOTS, slot
from publisher.preflight.addresses import host
from publisher.preflight.finding import Found
from publisher.preflight.letter import squeezed
from publisher.preflight.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.preflight.letter import Letter

ADDRESS = re.compile(r"https?://[^\s<>\"«»\u00a0\u202f]+")
LINE = 998
"""Octets of a line without its end (RFC 5322, 2.1.1)."""

NEEDED = ("From", "To", "Subject", "Date", "Message-ID", "List-Id", "MIME-Version")
_SIGNED = re.compile(r"\bh\s*=\s*([^;]+)")
_SLOT = re.compile(r"@@[A-Za-z_]+@@")
_ALLOWED_SLOTS = frozenset(map(slot, SLOTS))


def _text_missing(letter: Letter) -> Iterator[Found]:
    if not letter.text.strip():
        yield Found(text="la lettre n’a pas de partie texte.")


def _html_missing(letter: Letter) -> Iterator[Found]:
    if not letter.html.strip():
        yield Found(text="la lettre n’a pas de partie HTML.")


def _text_differs(letter: Letter) -> Iterator[Found]:
    if not letter.text.strip():
        return
    text = squeezed(letter.text)
    for entry in letter.edition.entries:
        if squeezed(entry.title) not in text:
            place = letter.at_entry(entry)
            yield Found(
                text=f"« {entry.title} » n’est pas dans la partie texte.",
                section=place.section,
                entry=place.entry,
                line=place.line,
            )


def _only_in_html(letter: Letter) -> Iterator[Found]:
    if not letter.text.strip():
        return
    there = {*text_links(letter), *(way.get("href") or "" for way in letter.ways_out)}  # another rule's
    for address in html_links(letter):
        if address not in there:
            place = next((link for link in letter.edition.links if link.tagged == address), None)
            yield Found(
                text=f"le lien {address} n’est que dans la partie HTML.",
                section=place.section if place else "",
                entry=place.entry if place else "",
                line=place.line if place else 0,
            )


def _only_in_text(letter: Letter) -> Iterator[Found]:
    if not letter.html.strip():
        return
    there = html_links(letter)
    for address in text_links(letter):
        if address not in there and address not in letter.visible:
            yield Found(text=f"le lien {address} n’est que dans la partie texte.")


def html_links(letter: Letter) -> dict[str, None]:
    """Return the web addresses and slots that the HTML part links to, in order, each once."""
    links = (link.get("href") or "" for link in letter.document.all("a"))
    return dict.fromkeys(
        address for address in links if address in _ALLOWED_SLOTS or (ADDRESS.match(address) and host(address))
    )


def text_links(letter: Letter) -> dict[str, None]:
    """Return the web addresses and slots of the text part, in order, each once, without the sentence's punctuation."""
    found = re.findall(rf"{ADDRESS.pattern}|{_SLOT.pattern}", letter.text)
    return dict.fromkeys(
        address.rstrip(".,;:!?)]") if address.count("(") < address.count(")") else address.rstrip(".,;:!?]")
        for address in found
        if address != slot("name")
    )


def _no_way_out(letter: Letter) -> Iterator[Found]:
    if not letter.html.strip():
        return
    if not letter.ways_out:
        yield Found(text="la partie HTML n’a pas de lien de désinscription.")
    elif letter.text.strip() and not any((way.get("href") or "") in letter.text for way in letter.ways_out):
        yield Found(text="la partie texte n’a pas de lien de désinscription.")


def _header(letter: Letter) -> Iterator[Found]:
    if letter.message is None:
        return
    value = str(letter.message.get("List-Unsubscribe", ""))
    secure = re.findall(r"<https://[^>\s]+>", value)
    if not value:
        yield Found(text="l’en-tête List-Unsubscribe manque.")
    elif len(secure) != 1:
        yield Found(text=f"List-Unsubscribe doit donner une adresse https et une seule ; il en donne {len(secure)}.")


def _one_click(letter: Letter) -> Iterator[Found]:
    if letter.message is None or "List-Unsubscribe" not in letter.message:
        return
    value = str(letter.message.get("List-Unsubscribe-Post", "")).strip()
    if value != "List-Unsubscribe=One-Click":
        shown = f"vaut « {value} »" if value else "manque"
        yield Found(text=f"l’en-tête List-Unsubscribe-Post {shown}.")


def _signed(letter: Letter) -> Iterator[Found]:
    if letter.message is None:
        return
    for value in letter.message.get_all("DKIM-Signature", []):
        named = _SIGNED.search(str(value))
        covered = {name.strip().lower() for name in named[1].split(":")} if named else set()
        for name in ("List-Unsubscribe", "List-Unsubscribe-Post"):
            if name in letter.message and name.lower() not in covered:
                yield Found(text=f"la signature DKIM ne couvre pas l’en-tête {name}.")


def _headers(letter: Letter) -> Iterator[Found]:
    if letter.message is None:
        return
    for name in NEEDED:
        if name == "Subject" and not letter.edition.subject.strip():
            continue  # another rule's
        if not str(letter.message.get(name, "")).strip():
            yield Found(text=f"l’en-tête {name} manque.")
        elif len(letter.message.get_all(name, [])) > 1:
            yield Found(text=f"l’en-tête {name} est écrit plusieurs fois.")


def _not_this_edition(letter: Letter) -> Iterator[Found]:
    if letter.message is None:
        return
    subject = str(letter.message.get("Subject", ""))
    if subject and squeezed(subject) != squeezed(letter.edition.subject):
        yield Found(text=f"l’objet du message est « {subject} », pas « {letter.edition.subject} ».")


def _lines(letter: Letter) -> Iterator[Found]:
    if letter.data is None:
        return
    long = [number for number, line in enumerate(letter.data.split(b"\r\n"), start=1) if len(line) > LINE]
    if long:
        yield Found(text=f"la ligne {long[0]} du message dépasse {LINE} octets ({len(long)} en tout).")
    elif b"\n" in letter.data.replace(b"\r\n", b""):
        yield Found(text="une ligne du message ne finit pas par CRLF.")


def _slots(letter: Letter) -> Iterator[Found]:
    for where, text, known in (
        ("l’objet", letter.edition.subject, frozenset()),
        ("la partie HTML", letter.html, frozenset() if letter.data else _ALLOWED_SLOTS),
        ("la partie texte", letter.text, frozenset() if letter.data else _ALLOWED_SLOTS),
        ("la page d’archive", letter.edition.page, frozenset()),
    ):
        for name in dict.fromkeys(_SLOT.findall(text)):
            if name not in known:
                yield Found(text=f"« {name} » est resté tel quel dans {where}.")


RULES = (
    Rule(
        code="text-missing",
        level="error",
        title="La partie texte manque",
        remedy="Vérifiez templates/letter.txt.",
        why="Un courriel sans partie texte est illisible pour une partie des lecteurs (synthèses vocales, montres, "
        "messageries en texte seul) et passe plus souvent pour un indésirable.",
        check=_text_missing,
    ),
    Rule(
        code="html-missing",
        level="error",
        title="La partie HTML manque",
        remedy="Vérifiez templates/letter.html.",
        why="Sans partie HTML, la mise en page, les images et le lien de désinscription visible disparaissent.",
        check=_html_missing,
    ),
    Rule(
        code="text-differs",
        level="error",
        title="La partie texte ne raconte pas la même lettre",
        remedy="Vérifiez templates/letter.txt : chaque article de la lettre doit y figurer.",
        why="Les deux parties sont deux formes du même message. On a vu des lettres partir avec, en texte, les "
        "articles "
        "du mois précédent.",
        check=_text_differs,
    ),
    Rule(
        code="link-only-html",
        level="warning",
        title="Un lien manque dans la partie texte",
        remedy="Ajoutez ce lien à templates/letter.txt.",
        why="Qui lit la lettre en texte doit pouvoir suivre les mêmes liens.",
        check=_only_in_html,
    ),
    Rule(
        code="link-only-text",
        level="warning",
        title="Un lien n’est que dans la partie texte",
        remedy="Ajoutez ce lien à la partie HTML, ou retirez-le de templates/letter.txt.",
        why="Un lien qui n’est que dans une des parties est souvent un reste d’un autre numéro.",
        check=_only_in_text,
    ),
    Rule(
        code="unsubscribe-missing",
        level="error",
        title="Le lien de désinscription manque",
        remedy="Remettez le lien « Se désinscrire » dans le pied de la lettre.",
        why="La loi (article L. 34-5 du code des postes et des communications électroniques) demande un moyen simple "
        "de se désinscrire dans chaque envoi.",
        check=_no_way_out,
        waivable=False,
    ),
    Rule(
        code="unsubscribe-header",
        level="error",
        title="L’en-tête List-Unsubscribe manque ou est faux",
        remedy="Donnez une adresse https à « letter.unsubscribe » dans config.toml.",
        why="Gmail, Yahoo et Microsoft exigent des expéditeurs de lettres une désinscription en un clic : exactement "
        "une adresse https dans List-Unsubscribe (RFC 2369 et RFC 8058).",
        check=_header,
        waivable=False,
    ),
    Rule(
        code="unsubscribe-one-click",
        level="error",
        title="La désinscription en un clic n’est pas annoncée",
        remedy="Donnez une adresse https à « letter.unsubscribe » dans config.toml.",
        why="Sans « List-Unsubscribe-Post: List-Unsubscribe=One-Click » (RFC 8058), la messagerie n’affiche pas "
        "son propre bouton et le lecteur se sert de « Signaler comme indésirable ».",
        check=_one_click,
        waivable=False,
    ),
    Rule(
        code="unsubscribe-signed",
        level="error",
        title="La signature ne couvre pas la désinscription",
        remedy="Signez avec les clés de [[letter.dkim]] ; un relais qui signe à votre place doit couvrir ces en-têtes.",
        why="La RFC 8058 demande que la signature DKIM couvre List-Unsubscribe et List-Unsubscribe-Post ; sinon la "
        "messagerie n’affiche pas son bouton de désinscription.",
        check=_signed,
        waivable=False,
    ),
    Rule(
        code="header-missing",
        level="error",
        title="Un en-tête obligatoire manque ou est répété",
        remedy="Complétez la partie [letter] de config.toml.",
        why="From, Date et Message-ID identifient le message, List-Id la lettre (RFC 5322, RFC 2919) ; sans eux, ou "
        "en double, les messageries refusent ou rangent parmi les indésirables.",
        check=_headers,
    ),
    Rule(
        code="subject-differs",
        level="error",
        title="Le message porte l’objet d’une autre lettre",
        remedy="Relancez le contrôle ; si le constat reste, le message n’a pas été fait de ce numéro.",
        why="Ce qui part doit être ce qui a été relu.",
        check=_not_this_edition,
        waivable=False,
    ),
    Rule(
        code="line-long",
        level="error",
        title="Une ligne du message est trop longue ou mal finie",
        remedy="Signalez-le : le codage du message a un défaut.",
        why="Un serveur peut couper une ligne de plus de 998 octets n’importe où (RFC 5322, 2.1.1), ce qui casse un "
        "lien "
        "et la signature DKIM.",
        check=_lines,
        waivable=False,
    ),
    Rule(
        code="slot-left",
        level="error",
        title="Un emplacement personnel n’a pas été rempli",
        remedy="Servez-vous des seuls emplacements connus : "
        + ", ".join(f"« {slot(key)} »" for key in SLOTS)
        + ", et jamais dans l’objet ni sur la page d’archive.",
        why="Les liens personnels tiennent dans la lettre par des emplacements « @@…@@ » remplis pour chaque "
        "destinataire. Un nom mal écrit partirait tel quel.",
        check=_slots,
        waivable=False,
    ),
)
