"""The colours of the style sheet: contrast by WCAG 2.2, and distance as colour-blind people see them.

The simulations are those of Machado, Oliveira and Fernandes, "A Physiologically-based Model for
Simulation of Color Vision Deficiency" (2009), at full severity, in linear light; the distance is
that of CIELAB (1976), in which 2.3 is just noticeable.
"""

import math
import re
from itertools import combinations
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "spm" / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text(encoding="utf-8")
PAIR = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
LIGHT = {name: light for name, light, _dark in PAIR.findall(TOKENS)}
DARK = {name: dark for name, _light, dark in PAIR.findall(TOKENS)}
THEMES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]

GROUNDS = ("ground", "surface", "raised")
TEXT = ("ink", "quiet", "accent", "met", "watch", "missed")
MARKS = ("line-strong", "series-1", "series-2", "series-3", "series-4", "series-5", "series-6",
         "chart-past", "chart-compared")  # fmt: skip
SEEN = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
    "trichromacy": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
}  # fmt: skip

Colour = tuple[float, float, float]


def linear(colour: str) -> Colour:
    """Return a colour's parts in linear light."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return red, green, blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    bright, dim = sorted(
        (sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear(each), strict=True)) for each in (one, other)),
        reverse=True,
    )  # fmt: skip
    return (bright + 0.05) / (dim + 0.05)


def lab(colour: Colour) -> Colour:
    """Return a colour of linear light in CIELAB under D65."""
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    white = (0.9505, 1.0, 1.089)
    x, y, z = (
        _cube(sum(a * b for a, b in zip(row, colour, strict=True)) / unit)
        for row, unit in zip(rows, white, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _cube(part: float) -> float:
    return math.cbrt(part) if part > 0.008856 else 7.787 * part + 16 / 116


def distance(one: str, other: str, eyes: str) -> float:
    """Return how far apart two colours are for somebody with those eyes."""
    seen = []
    for colour in (linear(one), linear(other)):
        parts = [
            min(1.0, max(0.0, sum(a * b for a, b in zip(row, colour, strict=True))))
            for row in SEEN[eyes]
        ]
        seen.append(lab((parts[0], parts[1], parts[2])))
    return math.dist(*seen)


def test_every_colour_has_a_light_and_a_dark_value() -> None:
    assert set(LIGHT) >= {*GROUNDS, *TEXT, *MARKS, "line", "on-accent"}
    assert not re.findall(r"--[a-z0-9-]+: #", TOKENS)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXT)
def test_text_can_be_read(theme: dict[str, str], ground: str, text: str) -> None:
    assert contrast(theme[text], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", ["watch", "missed", "accent"])
def test_text_can_be_read_on_the_tint_of_its_state(theme: dict[str, str], state: str) -> None:
    assert contrast(theme[state], theme[f"{state}-soft"]) >= 4.5
    assert contrast(theme["ink"], theme[f"{state}-soft"]) >= 4.5
    assert contrast(theme["quiet"], theme[f"{state}-soft"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_text_on_the_accent_can_be_read(theme: dict[str, str]) -> None:
    assert contrast(theme["on-accent"], theme["accent"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["ground", "surface"])
@pytest.mark.parametrize("mark", MARKS)
def test_lines_and_marks_can_be_seen(theme: dict[str, str], ground: str, mark: str) -> None:
    assert contrast(theme[mark], theme[ground]) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eyes", SEEN)
def test_series_and_states_differ_for_all_eyes(theme: dict[str, str], eyes: str) -> None:
    series = [f"series-{n}" for n in range(1, 7)]
    pairs = [*combinations(series, 2), *combinations(("met", "watch", "missed"), 2)]
    near = {
        pair: round(distance(theme[pair[0]], theme[pair[1]], eyes), 1)
        for pair in pairs
        if distance(theme[pair[0]], theme[pair[1]], eyes) < 5
    }
    assert near == {}


def test_no_style_sheet_but_the_tokens_names_a_colour() -> None:
    for name in ("app.css", "components.css"):
        text = (CSS / name).read_text(encoding="utf-8")
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|rgb\(", text), name
