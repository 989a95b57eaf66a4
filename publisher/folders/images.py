"""Pictures of the letter: checked, turned upright, made small, kept to be published beside the archive.

Nothing here opens an address: octets come in, and a sentence comes out where they cannot be used. What is kept
carries no metadata, so neither the place nor the camera of a photograph leaves with the letter.
"""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from publisher.errors import Fault
from publisher.folders.outlet import Folder
from publisher.render.images import WIDTHS, Picture

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from publisher.edition import Edition
    from publisher.render.images import Use, Wanted

Fetch = Callable[[tuple[str, ...]], Mapping[str, bytes | Fault]]
"""Asks for addresses; returns for each the octets, or a fault that says why it did not answer."""

FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
"""What is opened at all; each decoder is one more thing that hostile octets could reach."""
MOST_PIXELS = 40_000_000
"""A photograph of a good camera; beyond it decoding costs more memory than a letter is worth."""
LEAST_SIDE = 40
"""Pixels; what is smaller is an icon or somebody's tracking pixel."""
MOST_OCTETS = 15_000_000

_QUALITY = 82
_TALLEST = 0.75  # height to width; what is taller is cropped, a little above its middle where faces are
_FACES = (0.5, 0.35)
_ORIENTATION = 0x0112  # EXIF 2.32, table 4
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_WHITE = (255, 255, 255)
_PUBLISHED = "images/"
_Told = tuple[str, int, int]  # name, width, height


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A picture fit to be published: ``name`` derives from what came in, so the same picture has the same name."""

    name: str
    data: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What there is for a letter: published pictures by the address their source gives, and why others are left."""

    pictures: dict[str, Picture]
    faults: tuple[Fault, ...] = ()


def prepare(data: bytes, use: Use, place: str) -> Prepared | Fault:
    """Return the picture made small for its use, or the sentence that says why it cannot be shown.

    ``place`` is the address or the file it came from. JPEG for photographs, PNG for what is transparent.
    """
    unfit = _unfit(data, place)
    if unfit:
        return unfit
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a broken EXIF is no news, and the size is judged here
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                unfit = _unfit_size(opened.size, place)
                if unfit:
                    return unfit
                shown = _fitted(_upright(opened), use)
                written, suffix = _written(shown)
    except Image.DecompressionBombError:
        return _too_large(place)
    except Exception:  # noqa: BLE001 - Pillow's decoders raise anything for octets that are cut or forged
        return _refused(
            place,
            "ce n’est pas une image que l’on peut ouvrir (JPEG, PNG, GIF ou WebP)",
            "Ouvrez l’adresse dans un navigateur : le site répond peut-être par une page d’erreur.",
        )
    name = f"{hashlib.sha256(data).hexdigest()[:16]}-{shown.width}.{suffix}"
    return Prepared(name=name, data=written, width=shown.width, height=shown.height)


class Pictures:
    """The pictures that were prepared, in a folder of ``var/``; ``root`` is where relative addresses begin.

    A refusal is kept too, so that a source is not asked again for what it cannot give.
    """

    def __init__(self, folder: Path, *, root: Path) -> None:
        self._folder = folder
        self._root = root
        self._kept = Folder(folder)

    def gather(self, plan: Iterable[Wanted], base: str, fetch: Fetch | None = None) -> Gathered:
        """Return the plan's pictures as they will be published below ``base``.

        ``fetch`` is asked once for all the addresses that were never answered; without it they are left out for now,
        which is for a look that must not wait. A fault that it returns is not kept: the address is asked again.
        """
        wanted = tuple(plan)
        known = {each.address: self._known(each) for each in wanted}
        unknown = tuple(address for address, told in known.items() if told is None and "://" in address)
        answers = fetch(unknown) if fetch and unknown else {}
        pictures: dict[str, Picture] = {}
        faults: list[Fault] = []
        for each in wanted:
            told = known[each.address] or self._kept_from(each, answers)
            if isinstance(told, Fault):
                faults.append(replace(told, line=each.line))
            elif told is not None:
                name, width, height = told
                pictures[each.address] = Picture(address=f"{base}{_PUBLISHED}{name}", width=width, height=height)
        return Gathered(pictures=pictures, faults=tuple(faults))

    def published(self, editions: Iterable[Edition], base: str) -> dict[str, bytes]:
        """Return the files that these editions show, by their path in the published folder."""
        start = f"{base}{_PUBLISHED}"
        files: dict[str, bytes] = {}
        for edition in editions:
            for name in self._names(edition.html, start):
                path = self._folder / name
                if path.is_file():
                    files[f"{_PUBLISHED}{name}"] = path.read_bytes()
        return files

    def _names(self, html: str, start: str) -> set[str]:
        found = (piece.partition('"')[0] for piece in html.split(f'src="{start}')[1:])
        return {name for name in found if name.replace("-", "").replace(".", "").isalnum()}

    def _kept_from(self, wanted: Wanted, answers: Mapping[str, bytes | Fault]) -> _Told | Fault | None:
        """Return what came in, prepared and kept, or ``None`` for an address that was not asked."""
        data = answers.get(wanted.address) if "://" in wanted.address else self._own(wanted)
        if data is None or isinstance(data, Fault):
            return data
        prepared = prepare(data, wanted.use, wanted.address)
        if isinstance(prepared, Fault):
            self._note(wanted, {"text": prepared.text, "remedy": prepared.remedy})
            return prepared
        self._kept.put({prepared.name: prepared.data})
        self._note(wanted, {"name": prepared.name, "width": prepared.width, "height": prepared.height})
        return prepared.name, prepared.width, prepared.height

    def _own(self, wanted: Wanted) -> bytes | Fault:
        """Return the octets of a file that editors put below the publication's folder."""
        path = (self._root / wanted.address).resolve()
        if not path.is_relative_to(self._root.resolve()):
            return _refused(wanted.address, "ce chemin sort du dossier de la publication", "Déplacez l’image dedans.")
        try:
            return path.read_bytes()
        except OSError:
            return _refused(wanted.address, "ce fichier n’existe pas ou ne peut pas être lu", "Vérifiez son nom.")

    def _note(self, wanted: Wanted, told: dict[str, str | int]) -> None:
        text = json.dumps({"address": wanted.address, **told}, ensure_ascii=False, sort_keys=True)
        self._kept.put({_note_name(wanted): text.encode()})

    def _known(self, wanted: Wanted) -> _Told | Fault | None:
        """Return what was noted of a picture; a file of ours is read anew, since editors replace files in place."""
        if "://" not in wanted.address:
            return None
        try:
            told = json.loads((self._folder / _note_name(wanted)).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if "name" not in told:
            return Fault(place=wanted.address, text=told["text"], remedy=told["remedy"])
        return (told["name"], told["width"], told["height"]) if (self._folder / told["name"]).is_file() else None


def _note_name(wanted: Wanted) -> str:
    return f"{hashlib.sha256(f'{wanted.use} {wanted.address}'.encode()).hexdigest()[:32]}.json"


def _unfit(data: bytes, place: str) -> Fault | None:
    if len(data) > MOST_OCTETS:
        return _refused(place, f"l’image pèse plus de {MOST_OCTETS // 1_000_000} Mo", "Publiez-en une plus légère.")
    if _is_svg(data):
        return _refused(
            place,
            "c’est un dessin SVG, que les messageries n’affichent pas et qui peut contenir un programme",
            "Exportez-le en PNG.",
        )
    return None


def _unfit_size(size: tuple[int, int], place: str) -> Fault | None:
    """Judge the size that the file claims, before anything is decoded."""
    width, height = size
    if width * height > MOST_PIXELS:
        return _too_large(place, width, height)
    if min(size) < LEAST_SIDE:
        return _refused(place, f"l’image est trop petite ({width} × {height} pixels)", "Choisissez-en une autre.")
    return None


def _is_svg(data: bytes) -> bool:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<svg", b"<?xml", b"<!doctype svg")) or b"<svg" in head


def _upright(image: Image.Image) -> Image.Image:
    """Return the picture as the camera was held; where EXIF cannot be read, as it lies.

    Not by ``ImageOps.exif_transpose``, which writes the whole EXIF anew and fails on a forged one.
    """
    try:
        turn = _TURNS.get(int(image.getexif().get(_ORIENTATION, 1)))
    except Exception:  # noqa: BLE001 - as above
        turn = None
    return image if turn is None else image.transpose(turn)


def _fitted(image: Image.Image, use: Use) -> Image.Image:
    """Return the picture at most as wide as its use asks; a portrait is square, and nothing is a tower."""
    width = min(WIDTHS[use], image.width)
    if use == "portrait":
        side = min(width, image.height)
        return ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS, centering=_FACES)
    if image.height > image.width * _TALLEST:
        return ImageOps.fit(image, (width, round(width * _TALLEST)), Image.Resampling.LANCZOS, centering=_FACES)
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _written(image: Image.Image) -> tuple[bytes, str]:
    """Return octets and suffix: PNG where something shows through, JPEG otherwise, without any metadata."""
    stream = io.BytesIO()
    if _shows_through(image):
        image.convert("RGBA").save(stream, "PNG", optimize=True)
        return stream.getvalue(), "png"
    flat = Image.new("RGB", image.size, _WHITE)
    flat.paste(image.convert("RGB"))
    flat.save(stream, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return stream.getvalue(), "jpg"


def _shows_through(image: Image.Image) -> bool:
    if image.mode not in {"RGBA", "LA", "PA"} and "transparency" not in image.info:
        return False
    lowest, _ = image.convert("RGBA").getchannel("A").getextrema()
    return isinstance(lowest, int | float) and lowest < 255  # noqa: PLR2004 - opaque


def _too_large(place: str, width: int = 0, height: int = 0) -> Fault:
    size = f" ({width} × {height} pixels)" if width else ""
    return _refused(place, f"l’image est démesurée{size}", "Publiez-en une de 4 000 pixels de large au plus.")


def _refused(place: str, text: str, remedy: str) -> Fault:
    return Fault(place=place, text=f"{text} ; elle ne sera pas montrée.".replace(" ;", "\u00a0;"), remedy=remedy)
