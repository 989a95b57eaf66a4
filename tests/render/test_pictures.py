"""Pictures of the letter: which are needed, what is refused, what is published."""

from __future__ import annotations

import io
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps
from render import sampling

from publisher.errors import Fault
from publisher.folders import images as pictures
from publisher.item import Image as Shown
from publisher.item import Story
from publisher.render import images

if TYPE_CHECKING:
    from pathlib import Path

BASE = "https://lettre.reseau.example/"


def drawn(width: int, height: int, form: str = "JPEG", mode: str = "RGB", **more: object) -> bytes:
    """Return the octets of a picture of one colour."""
    stream = io.BytesIO()
    Image.new(mode, (width, height), (20, 72, 63, 90)[: len(Image.new(mode, (1, 1)).getbands())]).save(
        stream, form, **more
    )
    return stream.getvalue()


def sound() -> list[bytes]:
    """Return a small picture of every format and of odd modes, one with EXIF."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Marque"
    odd = [drawn(60, 50, form, mode) for form, mode in (("PNG", "L"), ("PNG", "P"), ("PNG", "RGBA"), ("GIF", "P"))]
    return [drawn(60, 50), drawn(60, 50, exif=exif), drawn(60, 50, "WEBP"), drawn(60, 50, "JPEG", "CMYK"), *odd]


def opened(data: bytes) -> Image.Image:
    """Return the picture."""
    return Image.open(io.BytesIO(data))


def prepared(data: bytes, use: images.Use = "une") -> pictures.Prepared:
    """Return the prepared picture, which must not be refused."""
    found = pictures.prepare(data, use, "https://a.example/x.jpg")
    assert isinstance(found, pictures.Prepared), found
    return found


SOUND = sound()


def refused(data: bytes) -> str:
    """Return the sentence of a refusal."""
    found = pictures.prepare(data, "une", "https://a.example/x.jpg")
    assert isinstance(found, Fault)
    assert found.place == "https://a.example/x.jpg"
    assert found.remedy
    return str(found)


def test_the_plan_names_every_picture_once_in_order() -> None:
    """Portrait first, then the letter's order, each with its use and its line, none of a press source."""
    sample = sampling.read("usual")
    une = sample.stories["reseau:101"].main
    press = replace(sample.stories["gazette:55"].main, images=(Shown(address="https://gazette.example/p.jpg"),))
    stories = {**sample.stories, "gazette:55": Story(main=press)}
    plan = images.plan(sample.issue, stories, press=frozenset({"gazette"}))
    assert [(wanted.use, wanted.address.rsplit("/", 1)[1]) for wanted in plan] == [
        ("portrait", "camille-aubry.jpg"),
        ("une", "cantine.jpg"),
        ("entry", "foncier.jpg"),
        ("entry", "adhesion.jpg"),
    ]
    assert plan[1].entry == une.id
    assert plan[1].line > 0


@pytest.mark.parametrize(
    ("use", "size", "expected"),
    [
        ("une", (4000, 2000), (1152, 576)),
        ("une", (300, 200), (300, 200)),
        ("entry", (1600, 900), (672, 378)),
        ("entry", (900, 1600), (672, 504)),
        ("portrait", (900, 1200), (256, 256)),
        ("portrait", (100, 300), (100, 100)),
    ],
)
def test_a_picture_is_made_small_for_its_use(use: images.Use, size: tuple[int, int], expected: tuple[int, int]) -> None:
    """Never wider than its use, never enlarged, never a tower; a portrait is square; the size told is the real one."""
    found = prepared(drawn(*size), use)
    assert (found.width, found.height) == expected == opened(found.data).size


def test_the_same_octets_give_the_same_file() -> None:
    """Name and content derive from what came in."""
    data = drawn(800, 450)
    assert prepared(data) == prepared(data)


def test_transparency_stays_and_photographs_are_jpeg() -> None:
    """What shows through becomes PNG; an opaque PNG, a GIF and a WebP become JPEG, which every mail reader shows."""
    assert prepared(drawn(200, 100, "PNG", "RGBA")).name.endswith(".png")
    for form in ("PNG", "GIF", "WEBP"):
        found = prepared(drawn(200, 100, form))
        assert found.name.endswith(".jpg")
        assert opened(found.data).format == "JPEG"


def test_metadata_is_left_behind_and_the_picture_turned_upright() -> None:
    """A photograph held upright comes out upright, without the place or the camera that its EXIF told."""
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn by a quarter
    exif[0x010F] = "Marque de l’appareil"
    exif.get_ifd(0x8825)[1] = "N"  # a place
    found = opened(prepared(drawn(400, 300, exif=exif)).data)
    assert found.size == (300, 225)  # 300 by 400 once upright, then cropped so that it is no tower
    assert not dict(found.getexif())


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_way_of_holding_a_camera_comes_out_as_pillow_turns_it(turn: int) -> None:
    """All eight orientations of EXIF give the picture that Pillow's own function gives."""
    exif = Image.Exif()
    exif[0x0112] = turn
    stream = io.BytesIO()
    drawn_ = Image.effect_noise((200, 100), 60).convert("RGB")
    drawn_.paste((255, 0, 0), (0, 0, 60, 30))
    drawn_.save(stream, "JPEG", exif=exif)
    found = opened(prepared(stream.getvalue()).data).convert("RGB")
    upright = ImageOps.exif_transpose(opened(stream.getvalue()))
    if upright.height > upright.width * 0.75:
        upright = ImageOps.fit(upright, found.size, centering=(0.5, 0.35))
    assert found.size == upright.size
    least, most = (max(channel) for channel in zip(*ImageChops.difference(found, upright).getextrema(), strict=True))
    assert (least, most < 60) == (0, True)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_octets_give_a_picture_or_a_sentence(data: st.DataObject) -> None:
    """Pictures with octets changed, cut or put in never raise, and never warn."""
    octets = bytearray(data.draw(st.sampled_from(SOUND)))
    for _ in range(data.draw(st.integers(0, 12))):
        at = data.draw(st.integers(0, len(octets) - 1))
        octets[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=4))
        octets = octets or bytearray(b"x")
    assert isinstance(pictures.prepare(bytes(octets), "une", "x"), pictures.Prepared | Fault)


def png_claiming(width: int, height: int) -> bytes:
    """Return a small PNG file whose header claims any size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [7_000, 10_000, 20_000, 60_000])
def test_a_picture_of_many_pixels_is_refused_before_it_is_decoded(side: int) -> None:
    """20,000 × 20,000 pixels in a few octets are refused with a sentence, whatever size Pillow warns from."""
    assert "démesurée" in refused(png_claiming(side, side))


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x --><svg onload="alert(1)"/>',
        b"<!DOCTYPE svg><svg/>",
    ],
)
def test_svg_is_refused_with_its_reason(data: bytes) -> None:
    """A drawing that may hold a script never reaches the letter."""
    assert "SVG" in refused(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><body>403 Forbidden</body></html>",
        drawn(400, 300)[:500],
        drawn(400, 300, "PNG")[:60],
        b"GIF89a" + b"\xff" * 40,
        drawn(400, 300, "TIFF"),
        b"%PDF-1.7\n",
    ],
    ids=["empty", "page", "cut jpeg", "cut png", "forged gif", "tiff", "pdf"],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    """An error page, a file cut in the middle and a format that is not opened give one sentence."""
    assert "que l’on peut ouvrir" in refused(data)


def test_a_tracking_pixel_is_refused() -> None:
    """One pixel by one pixel is no picture."""
    assert "trop petite (1 × 1 pixels)" in refused(drawn(1, 1, "GIF"))


def test_a_heavy_file_is_refused() -> None:
    """Above the limit the octets are not even opened."""
    assert "Mo" in refused(b"\xff\xd8" + b"\0" * pictures.MOST_OCTETS)


def test_pictures_are_asked_for_once_and_published_with_the_edition(tmp_path: Path) -> None:
    """The letter shows our copies with their size; a second look asks nobody; the edition's files are published."""
    sample = sampling.read("usual")
    plan = images.plan(sample.issue, sample.stories, press=frozenset())
    asked: list[str] = []

    def answer(address: str) -> bytes | Fault:
        if address.endswith("foncier.jpg"):
            return Fault(place=address, text="403")
        return b"<svg/>" if address.endswith("adhesion.jpg") else drawn(1600, 900)

    def fetch(addresses: tuple[str, ...]) -> dict[str, bytes | Fault]:
        asked.extend(addresses)
        return {address: answer(address) for address in addresses}

    shelf = pictures.Pictures(tmp_path / "images", root=tmp_path)
    assert shelf.gather(plan, BASE).pictures == {}  # a look that must not wait
    found = shelf.gather(plan, BASE, fetch)
    assert [fault.place.rsplit("/", 1)[1] for fault in found.faults] == ["foncier.jpg", "adhesion.jpg"]
    edition = sample.frozen(pictures=found.pictures)
    assert edition.entries[0].image.startswith(f"{BASE}images/")
    assert 'width="576" height="324"' in edition.html
    assert "reseau.example/images/" not in edition.html.replace(BASE, "")
    files = shelf.published([edition], BASE)
    assert len(files) == 2
    assert {f"{BASE}{name}" for name in files} == {picture.address for picture in found.pictures.values()}
    first = list(asked)
    asked.clear()
    assert shelf.gather(plan, BASE, fetch).pictures == found.pictures
    assert asked == ["https://reseau.example/images/foncier.jpg"]  # it did not answer: it is asked again
    assert len(first) == 4


def test_an_editor_s_own_file_is_read_below_the_publication_only(tmp_path: Path) -> None:
    """A portrait of content/ is used; a path that leaves the folder is refused; a missing file is named."""
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "portrait.jpg").write_bytes(drawn(500, 500))

    shelf = pictures.Pictures(tmp_path / "var", root=tmp_path)
    plan = [
        images.Wanted(address=name, use="portrait")
        for name in ("content/portrait.jpg", "../ailleurs.jpg", "content/absent.jpg")
    ]
    found = shelf.gather(plan, BASE)
    assert list(found.pictures) == ["content/portrait.jpg"]
    assert [fault.text.split("\u00a0;")[0] for fault in found.faults] == [
        "ce chemin sort du dossier de la publication",
        "ce fichier n’existe pas ou ne peut pas être lu",
    ]
