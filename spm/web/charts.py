"""Charts on a page: the drawing of the packs as inline SVG, with the table that says the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from spm.domain.metrics.figure import Reading
from spm.domain.metrics.registry import Unit
from spm.domain.period import NamedPeriod
from spm.i18n import formats, readings
from spm.i18n.words import Words, words_for
from spm.reports import svg
from spm.reports.charts.attainment import Point, Trend, trend
from spm.reports.charts.sheet import Chart
from spm.web.rendering import current_viewer

WIDE = 720
"""Pixels across a chart that has a section of the page to itself."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart as a page shows it.

    Attributes:
        svg: The drawing.
        title: The finding, one sentence.
        head: The heads of its table.
        rows: Its rows, one a mark.
    """

    svg: Markup
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def reader() -> Words:
    """Return the words of whoever reads this page."""
    return words_for(current_viewer().locale)


def drawn(chart: Chart) -> Drawn:
    """Return a chart for a page; the drawing escapes every text that is in it."""
    return Drawn(Markup(svg.inline(chart)), chart.title, chart.head, chart.rows)  # noqa: S704


@dataclass(frozen=True, slots=True)
class Scale:
    """What the figures of a chart are counted in."""

    unit: Unit
    currency: str | None


def figure_trend(
    title: str,
    periods: Sequence[tuple[NamedPeriod, Reading]],
    targets: Iterable[Decimal | None],
    scale: Scale,
    *,
    is_partial: bool = False,
) -> Drawn:
    """Return bars of a figure over ``periods``, oldest first, each with its target as a tick.

    Args:
        title: The finding, in the reader's words.
        periods: The last is the one that is looked at.
        targets: One per period.
        scale: What they are counted in.
        is_partial: The last period is not over.
    """
    words = reader()
    pairs = list(zip(periods, targets, strict=True))
    points = tuple(
        Point(
            label=formats.period(period.name, words.locale),
            value=reading.value,
            target=target,
            said=_said(reading.value, scale, words),
            short=_said(reading.value, scale, words, compact=True),
            target_said=_said(target, scale, words),
            is_partial=is_partial and index == len(pairs) - 1,
        )
        for index, ((period, reading), target) in enumerate(pairs)
    )
    head = (words.gettext("Period"), words.gettext("Actual"), words.gettext("Target"))
    empty = words.gettext("No earlier period is known.")
    return drawn(trend(Trend(title, points, empty, head), svg.points(WIDE)))


def _said(value: Decimal | None, scale: Scale, words: Words, *, compact: bool = False) -> str:
    return readings.amount(value, scale.unit, scale.currency, words.locale, compact=compact)
