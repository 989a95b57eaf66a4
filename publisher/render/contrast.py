"""Contrast of two colours as WCAG 2.2 defines it. It must not know where the colours stand."""

from __future__ import annotations

LEAST = 4.5
"""The least contrast of text of ordinary size (WCAG 2.2, 1.4.3)."""

_LOW = 0.04045  # below it a channel is linear (sRGB, IEC 61966-2-1)


def luminance(colour: str) -> float:
    """Return the relative luminance, 0 to 1, of ``#rrggbb`` (WCAG 2.2, "relative luminance")."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """Return the contrast of two colours written ``#rrggbb``, from 1 (equal) to 21 (black and white)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= _LOW else float(((channel + 0.055) / 1.055) ** 2.4)
