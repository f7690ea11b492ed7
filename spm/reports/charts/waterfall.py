"""Waterfall: what led from one amount to another."""

from dataclasses import dataclass
from decimal import Decimal

from spm.reports import theme
from spm.reports.charts.sheet import Chart, Sheet, fit
from spm.reports.theme import Role


@dataclass(frozen=True, slots=True)
class Fall:
    """One column: a change, or a total that the changes before it lead to.

    Attributes:
        label: What changed.
        amount: By how much; for a total, how much there is.
        said: The amount in full.
        short: The amount as it stands on the column.
        is_total: Whether it stands on the base line.
    """

    label: str
    amount: Decimal
    said: str
    short: str
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Columns from the first total to the last; `head` names the change and the amount."""

    title: str
    falls: tuple[Fall, ...]
    head: tuple[str, str]
    empty: str


def waterfall(data: Waterfall, width: float, height: float = 130.0) -> Chart:
    """Columns on one scale from zero; each change hangs where the one before it ended.

    What adds is green and carries a plus in its words, what takes away is grey, totals are in the
    accent.
    """
    sheet = Sheet(width, height)
    rows = tuple((fall.label, fall.said) for fall in data.falls)
    chart = Chart(sheet.drawing, data.title, data.head, rows)
    if not data.falls:
        words = fit(data.empty, theme.SMALL, width)
        sheet.text(width / 2, height / 2, words, colour=theme.QUIET, anchor="middle")
        return chart
    spans = _spans(data.falls)
    highest = max(*(float(max(span)) for span in spans), 0.0)
    lowest = min(*(float(min(span)) for span in spans), 0.0)
    bottom, top = 26.0, height - 12.0
    scale = (top - bottom) / ((highest - lowest) or 1.0)
    base = bottom - lowest * scale
    step = width / len(spans)
    thick = step * 0.64
    sheet.line((0, base), (width, base), theme.COMPARED, theme.HAIRLINE)
    for number, (fall, (start, end)) in enumerate(zip(data.falls, spans, strict=True)):
        left = step * number + (step - thick) / 2
        low, high = base + float(min(start, end)) * scale, base + float(max(start, end)) * scale
        mark = sheet.mark(f"{fall.label}: {fall.said}")
        mark.rect(left, low, thick, max(high - low, 0.8), fill=_colour(fall))
        middle = left + thick / 2
        short = fit(fall.short, theme.TINY, step - 1, is_bold=fall.is_total)
        mark.text(middle, high + 3.5, short, size=theme.TINY, anchor="middle")
        for line, part in enumerate(_broken(fall.label, step - 2)):
            at = 14.0 - 8.5 * line
            mark.text(middle, at, part, size=theme.TINY, colour=theme.QUIET, anchor="middle")
        if number + 1 < len(spans):
            level = base + float(end) * scale
            along = (left + thick, level), (left + step, level)
            sheet.line(*along, theme.COMPARED, theme.HAIRLINE)
    return chart


def _spans(falls: tuple[Fall, ...]) -> list[tuple[Decimal, Decimal]]:
    """From where to where each column goes."""
    spans: list[tuple[Decimal, Decimal]] = []
    level = Decimal(0)
    for fall in falls:
        start, level = (Decimal(0), fall.amount) if fall.is_total else (level, level + fall.amount)
        spans.append((start, level))
    return spans


def _colour(fall: Fall) -> Role:
    if fall.is_total:
        return theme.ACCENT
    return theme.MET if fall.amount >= 0 else theme.COMPARED


def _broken(label: str, room: float) -> list[str]:
    """The label on one line, or on two where it has a space to break at."""
    if fit(label, theme.TINY, room) == label or " " not in label:
        return [fit(label, theme.TINY, room)]
    middle = len(label) / 2
    places = [place for place, character in enumerate(label) if character == " "]
    place = min(places, key=lambda at: abs(at - middle))
    return [fit(label[:place], theme.TINY, room), fit(label[place + 1 :], theme.TINY, room)]
