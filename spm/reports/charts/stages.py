"""Charts of a pipeline: by stage against what was needed, and how it narrows from stage to stage."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from spm.reports import theme
from spm.reports.charts.sheet import Chart, Sheet, fit, measure

ROW: Final = 19.0
BAR: Final = 9.0
HEAD: Final = 14.0
GAP: Final = 10.0


@dataclass(frozen=True, slots=True)
class Rung:
    """One stage of a ladder.

    Attributes:
        label: The stage's name.
        value: What there is; None when unknown.
        target: What was needed; None without a target.
        texts: What stands at the right, one a column of the ladder.
        href: Where a click leads, if anywhere.
        is_limit: Whether this stage is the one that holds the rest back.
    """

    label: str
    value: Decimal | None
    target: Decimal | None
    texts: tuple[str, ...]
    href: str | None = None
    is_limit: bool = False


@dataclass(frozen=True, slots=True)
class Ladder:
    """Stages in order, first stage first; `head` names the stage and each column of texts."""

    title: str
    rungs: tuple[Rung, ...]
    head: tuple[str, ...]
    empty: str


def ladder(data: Ladder, width: float) -> Chart:
    """Lying bars from zero, one a stage, with the target as a black tick and the figures beside it.

    The stage that limits the rest is written bold. A stage without a target is grey; a stage whose
    value is unknown has an empty track.
    """
    rows = tuple((rung.label, *rung.texts) for rung in data.rungs)
    sheet = Sheet(width, HEAD + ROW * max(len(rows), 1))
    chart = Chart(sheet.drawing, data.title, data.head, rows)
    if not rows:
        sheet.text(0, ROW / 2, fit(data.empty, theme.SMALL, width), colour=theme.QUIET)
        return chart
    names, ends = _columns(data.head, rows, width)
    left, right = names + GAP, (ends[0][0] if ends else width) - GAP
    numbers = [float(n) for r in data.rungs for n in (r.value, r.target) if n is not None]
    longest = max([*numbers, 0.0]) or 1.0
    top = sheet.height - HEAD
    _heads(sheet, data.head, ends, names)
    for number, rung in enumerate(data.rungs):
        low = top - ROW * (number + 1)
        mark = sheet.mark(": ".join((rung.label, ", ".join(rung.texts))), rung.href)
        label = fit(rung.label, theme.SMALL, names, is_bold=rung.is_limit)
        mark.text(0, low + 6.2, label, is_bold=rung.is_limit)
        mark.rect(left, low + 5, right - left, BAR, fill=theme.TRACK)
        if rung.value is not None and rung.value > 0:
            colour = theme.ACCENT if rung.target is not None else theme.COMPARED
            length = (right - left) * float(rung.value) / longest
            mark.rect(left, low + 5, length, BAR, fill=colour)
        if rung.target is not None and rung.target > 0:
            at = left + (right - left) * float(rung.target) / longest
            mark.target_tick(min(at, right - 1), low + 2.5, BAR + 5)
        for (_start, end), text in zip(ends, rung.texts, strict=True):
            mark.text(end, low + 6.2, text, anchor="end", is_bold=rung.is_limit)
    return chart


def _columns(
    head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], width: float
) -> tuple[float, list[tuple[float, float]]]:
    """The width of the names and, for each column of texts, where it starts and ends."""
    texts = [
        max(measure(cell, theme.SMALL, is_bold=True) for cell in (head[n], *(r[n] for r in rows)))
        for n in range(1, len(head))
    ]
    ends: list[tuple[float, float]] = []
    end = width
    for wide in reversed(texts):
        ends.insert(0, (end - wide, end))
        end -= wide + GAP
    longest = max(measure(row[0], theme.SMALL, is_bold=True) for row in rows)
    return min(longest, width * 0.3, max(end - 60.0, 40.0)), ends


def _heads(
    sheet: Sheet, head: tuple[str, ...], ends: list[tuple[float, float]], names: float
) -> None:
    base = sheet.height - 9.0
    label = fit(head[0], theme.TINY, names)
    sheet.text(0, base, label, size=theme.TINY, colour=theme.QUIET)
    for (_start, end), name in zip(ends, head[1:], strict=True):
        sheet.text(end, base, name, size=theme.TINY, colour=theme.QUIET, anchor="end")
    sheet.line((0, base - 4), (sheet.width, base - 4), theme.LINE, theme.HAIRLINE)


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a funnel.

    Attributes:
        label: The stage's name.
        entered: Deals that came to this stage or beyond.
        advanced: Those of them that went on.
        open: Those of them that are still undecided here.
        texts: What stands at the right, one a column.
        is_small: Whether too few were decided for the rate to say anything.
    """

    label: str
    entered: int
    advanced: int
    open: int
    texts: tuple[str, ...]
    is_small: bool = False


@dataclass(frozen=True, slots=True)
class Funnel:
    """Stages in order with what became of the deals that entered each."""

    title: str
    steps: tuple[Step, ...]
    head: tuple[str, ...]
    empty: str


def funnel(data: Funnel, width: float) -> Chart:
    """Lying bars, as long as the deals that entered: those that went on filled, those still open
    hatched, those that left pale. Too few to say: grey instead of the accent.
    """
    rows = tuple((step.label, *step.texts) for step in data.steps)
    sheet = Sheet(width, HEAD + ROW * max(len(rows), 1))
    chart = Chart(sheet.drawing, data.title, data.head, rows)
    longest = max((step.entered for step in data.steps), default=0)
    if not longest:
        sheet.text(0, sheet.height / 2, fit(data.empty, theme.SMALL, width), colour=theme.QUIET)
        return chart
    names, ends = _columns(data.head, rows, width)
    left, right = names + GAP, (ends[0][0] if ends else width) - GAP
    scale = (right - left) / longest
    _heads(sheet, data.head, ends, names)
    for number, step in enumerate(data.steps):
        low = sheet.height - HEAD - ROW * (number + 1)
        ink = theme.QUIET if step.is_small else theme.INK
        mark = sheet.mark(": ".join((step.label, ", ".join(step.texts))))
        mark.text(0, low + 6.2, fit(step.label, theme.SMALL, names), colour=ink)
        on, still = step.advanced * scale, step.open * scale
        mark.rect(left, low + 5, step.entered * scale, BAR, fill=theme.TRACK)
        mark.rect(left, low + 5, on, BAR, fill=theme.COMPARED if step.is_small else theme.ACCENT)
        mark.hatch(left + on, low + 5, still, BAR, theme.PAST)
        for (_start, end), text in zip(ends, step.texts, strict=True):
            mark.text(end, low + 6.2, text, anchor="end", colour=ink)
    return chart
