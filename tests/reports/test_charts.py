import re
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from spm.reports import document, svg, theme
from spm.reports.charts.attainment import Bullet, Point, Trend, bullet, trend
from spm.reports.charts.sheet import Chart, fit, measure
from spm.reports.charts.stages import Funnel, Ladder, Rung, Step, funnel, ladder
from spm.reports.charts.waterfall import Fall, Waterfall, waterfall
from spm.reports.fonts import BOLD, REGULAR, width
from tests.reports.test_document import FRONT

HEAD = ("Period", "Won", "Target")


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _bullet(actual: str | None, target: str | None, expected: str | None) -> Chart:
    values = (_number(actual), _number(target), _number(expected))
    said = (str(actual), str(target), str(expected))
    return bullet(Bullet("82 % of <target>", *values, *said, HEAD), 200, has_labels=True)


def _point(value: str | None, target: str | None = None, *, is_partial: bool = False) -> Point:
    return Point("Q4", _number(value), _number(target), "¥4", "4", "of 5", is_partial)


def _trend(*points: Point) -> Chart:
    return trend(Trend("Won <revenue>", points, "Nothing yet", HEAD), 300)


def _rung(value: str | None, target: str | None, *, is_limit: bool = False) -> Rung:
    return Rung("交渉 & more", _number(value), _number(target), ("1", "2"), "/deals", is_limit)


def _ladder(*rungs: Rung) -> Chart:
    return ladder(Ladder("Proposal limits", rungs, ("Stage", "have", "gap"), "No stages"), 400)


def _funnel(*steps: Step) -> Chart:
    return funnel(Funnel("46 % go on", steps, ("Stage", "entered", "rate"), "No deals"), 400)


def _waterfall(*falls: Fall) -> Chart:
    return waterfall(Waterfall("Pipeline fell", falls, ("Change", "Amount"), "No deals"), 400)


def _fall(amount: str, *, is_total: bool = False) -> Fall:
    return Fall("Start of period", Decimal(amount), amount, amount, is_total)


CHARTS = {
    "bullet": _bullet("41", "50", "43"),
    "bullet beyond its target": _bullet("70", "50", "43"),
    "bullet at its target": _bullet("50", "50", "50"),
    "bullet without target": _bullet("41", None, None),
    "bullet unknown": _bullet(None, "50", "43"),
    "bullet of nothing": _bullet(None, None, None),
    "bullet of zero": _bullet("0", "0", "0"),
    "bullet below zero": _bullet("-4", "50", "43"),
    "bullet with a target below zero": _bullet("4", "-50", None),
    "trend": _trend(*(_point(str(n), "5") for n in range(8))),
    "trend not yet over": _trend(_point("3", "4"), _point("2", "5", is_partial=True)),
    "trend with gaps": _trend(_point(None), _point("3"), _point(None, "4")),
    "trend below zero": _trend(_point("-3"), _point("4")),
    "trend of zeros": _trend(_point("0"), _point("0")),
    "trend of nothing": _trend(),
    "trend of one": _trend(_point("5")),
    "trend of unknowns": _trend(_point(None), _point(None)),
    "ladder": _ladder(_rung("38", "45"), _rung("9", "22", is_limit=True), _rung("4", None)),
    "ladder unknown": _ladder(_rung(None, "3"), _rung(None, None)),
    "ladder of zeros": _ladder(_rung("0", "0")),
    "ladder empty": _ladder(),
    "funnel": _funnel(
        Step("Proposal", 52, 24, 9, ("52", "56 %")), Step("Won", 9, 2, 7, ("9", "–"))
    ),
    "funnel too small": _funnel(Step("Proposal", 3, 1, 1, ("3", "n = 2"), is_small=True)),
    "funnel of zeros": _funnel(Step("Proposal", 0, 0, 0, ("0", "–"))),
    "funnel empty": _funnel(),
    "waterfall": _waterfall(_fall("10", is_total=True), _fall("-4"), _fall("6", is_total=True)),
    "waterfall below zero": _waterfall(_fall("1", is_total=True), _fall("-4")),
    "waterfall of zeros": _waterfall(_fall("0", is_total=True)),
    "waterfall empty": _waterfall(),
}

_ALLOWED = {
    "svg",
    "title",
    "g",
    "a",
    "rect",
    "line",
    "circle",
    "polygon",
    "path",
    "text",
}
_SPACE = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_a_chart_in_any_state_is_clean_svg_with_its_finding_as_name(chart: Chart) -> None:
    written = svg.inline(chart)

    root = ET.fromstring(written)  # noqa: S314 - our own
    assert {element.tag.removeprefix(_SPACE) for element in root.iter()} <= _ALLOWED
    for element in root.iter():
        assert not {"style", "id", "onclick", "clip-path"} & set(element.attrib)
    assert root[0].text == chart.title
    assert root.get("aria-label") == chart.title
    assert root.get("role") in {"img", "group"}
    assert "nan" not in written
    colours = re.findall(r'(?:fill|stroke)="([^"]+)"', written)
    assert all(
        c == "none" or re.fullmatch(r"var\(--[a-z0-9-]+, #[0-9a-f]{6}\)", c) for c in colours
    )


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_a_chart_in_any_state_is_drawn_in_a_pack(chart: Chart) -> None:
    assert document.build([chart.drawing], FRONT).startswith(b"%PDF")


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_nothing_is_drawn_outside_a_chart(chart: Chart) -> None:
    root = ET.fromstring(svg.inline(chart))  # noqa: S314 - our own
    for rect in root.iter(f"{_SPACE}rect"):
        left, top = float(rect.get("x", 0)), float(rect.get("y", 0))
        assert float(rect.get("width", 0)) >= 0
        assert float(rect.get("height", 0)) >= 0
        assert left >= -2
        assert left + float(rect.get("width", 0)) <= chart.drawing.width + 2
        assert top >= -2
        assert top + float(rect.get("height", 0)) <= chart.drawing.height + 2


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_a_chart_has_its_table(chart: Chart) -> None:
    assert all(len(row) == len(chart.head) for row in chart.rows)


def test_a_mark_says_its_value_and_can_be_focused() -> None:
    root = ET.fromstring(svg.inline(_trend(_point("5", "4"))))  # noqa: S314 - our own
    (mark,) = [g for g in root.iter(f"{_SPACE}g") if g.get("class") == "mark"]

    assert mark.get("tabindex") == "0"
    assert mark.get("data-value") == mark.get("aria-label") == "Q4: ¥4 · Target of 5"
    assert mark[0].text == "Q4: ¥4 · Target of 5"
    assert root.get("role") == "group"


def test_a_mark_with_a_page_behind_it_is_a_link() -> None:
    root = ET.fromstring(svg.inline(_ladder(_rung("1", "2"))))  # noqa: S314 - our own

    assert [a.get("href") for a in root.iter(f"{_SPACE}a")] == ["/deals"]


def test_the_bar_is_as_long_as_the_figure_and_starts_at_zero() -> None:
    root = ET.fromstring(svg.inline(_bullet("25", "50", None)))  # noqa: S314 - our own
    filled = [r for r in root.iter(f"{_SPACE}rect") if "accent" in str(r.get("fill"))]
    ticks = [r for r in root.iter(f"{_SPACE}rect") if "--ink" in str(r.get("fill"))]

    assert [float(filled[0].get(k, -1)) for k in ("x", "width")] == [0, 92.59]
    assert float(ticks[0].get("x", 0)) + 1 == pytest.approx(2 * 92.59, abs=0.02)


@pytest.mark.parametrize(
    "text", ["€41.0M", "Q4 2026", "Qualification", "交渉中", "Переговори", "WMW%"]
)
@pytest.mark.parametrize(("name", "is_bold"), [(REGULAR, False), (BOLD, True)])
def test_a_text_is_never_wider_than_it_is_taken_to_be(text: str, name: str, is_bold: bool) -> None:
    assert measure(text, 8, is_bold=is_bold) >= width(text, 8, name) * 0.97


def test_a_text_that_does_not_fit_ends_in_an_ellipsis() -> None:
    assert fit("a very long name of a stage", 8, 40).endswith("…")
    assert fit("short", 8, 400) == "short"


def _light(role: theme.Role) -> float:
    value = int(role.hex[1:], 16)
    parts = [(value >> shift & 255) / 255 for shift in (16, 8, 0)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: theme.Role, other: theme.Role) -> float:
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("role", [theme.INK, theme.QUIET, theme.ACCENT, theme.MET, theme.MISSED])
def test_text_stands_out_from_the_ground(role: theme.Role) -> None:
    assert _contrast(role, theme.GROUND) >= 4.5


@pytest.mark.parametrize("role", [*theme.SERIES, theme.WATCH, theme.PAST, theme.COMPARED])
def test_a_mark_stands_out_from_the_ground(role: theme.Role) -> None:
    assert _contrast(role, theme.SURFACE) >= 3


def test_every_colour_is_a_token_of_the_style_sheet() -> None:
    sheet = Path(__file__).parents[2] / "spm" / "static" / "css" / "tokens.css"
    known = dict(re.findall(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}),", sheet.read_text()))
    roles = [role for role in vars(theme).values() if isinstance(role, theme.Role)]

    for role in (*roles, *theme.SERIES):
        assert known[role.token] == role.hex, role.token
