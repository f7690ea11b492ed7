"""The look of what reports draw: colours by the part they play, a type scale, a 4-point grid.

The values are the light tokens of the web's style sheet. A colour carries its role, so that the
same drawing that is printed in these values follows the reader's theme on a page (`svg.py`).
"""

from typing import Final

from reportlab.lib.colors import Color


class Role(Color):
    """A colour that knows the part it plays; `token` is the style sheet's name for it."""

    def __init__(self, token: str, value: int) -> None:
        super().__init__((value >> 16) / 255, (value >> 8 & 255) / 255, (value & 255) / 255)
        self.token = token
        self.hex = f"#{value:06x}"


GROUND: Final = Role("ground", 0xFBFBFA)
SURFACE: Final = Role("surface", 0xFFFFFF)
LINE: Final = Role("line", 0xE4E4E0)
INK: Final = Role("ink", 0x1B1E22)
QUIET: Final = Role("quiet", 0x5D646C)
ACCENT: Final = Role("accent", 0x1F5FBF)
MET: Final = Role("met", 0x1A7F5A)
WATCH: Final = Role("watch", 0x9A6700)
MISSED: Final = Role("missed", 0xB3261E)

TRACK: Final = Role("chart-track", 0xECECE8)
"""Behind a bar: the part that is not filled."""
PAST: Final = Role("chart-past", 0x7092C8)
"""Earlier periods of the series whose latest is drawn in the accent."""
COMPARED: Final = Role("chart-compared", 0x868C92)
"""Somebody else's, or the team's: comparisons are grey."""

SERIES: Final = (
    Role("series-1", 0x1F5FBF),
    Role("series-2", 0xC2701A),
    Role("series-3", 0x1A7F5A),
    Role("series-4", 0x8250DF),
    Role("series-5", 0xB3261E),
    Role("series-6", 0x5D646C),
)

TINY: Final = 7.0
SMALL: Final = 8.0
BODY: Final = 9.0
LEAD: Final = 11.0
HEADING: Final = 13.0
TITLE: Final = 20.0
NAME: Final = 30.0

LEADING: Final = 1.45
GRID: Final = 4.0
HAIRLINE: Final = 0.6


def grid(steps: float) -> float:
    """That many steps of the grid, in points."""
    return steps * GRID
