"""Pieces that several sections of a pack are made of."""

from collections.abc import Sequence
from decimal import Decimal

from reportlab.platypus import Flowable, KeepTogether, Table, TableStyle

from spm.domain.packs.content import Deals, KpiSheet, PackDeal
from spm.reports import document, fonts, theme
from spm.reports.charts.attainment import Bullet, bullet
from spm.reports.charts.sheet import Chart
from spm.reports.document import Cell, Column, Link, Rule, Style
from spm.reports.review_pack.say import Say

FINDING = Style(size=theme.LEAD, colour=theme.INK, after=8.0, leading=1.4)
LABEL = Style(size=theme.TINY, colour=theme.QUIET, leading=1.3)
SECTION = 24.0
"""Space above a section that begins within a page."""
SHORT_HEAD = 40.0
"""A head of figures that is no wider stays on one line."""
NOTE = Style(size=theme.SMALL, colour=theme.QUIET, leading=1.4, before=3.0)
PART = Style(size=theme.LEAD, is_bold=True, leading=1.3, before=12.0, after=4.0)
STRONG = Style(size=theme.BODY, is_bold=True, leading=1.35)


def part(title: str, *, before: float = 12.0) -> Flowable:
    """The title of a part of a section; stays with what follows."""
    style = Style(PART.size, PART.colour, is_bold=True, leading=1.3, before=before, after=4.0)
    text = document.paragraph(title, style)
    text.keepWithNext = 1
    return text


def fitted(
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    width: float,
    *,
    texts: Sequence[float | None],
) -> list[Column]:
    """Columns for rows: figures as wide as the widest of them, texts share what is left.

    `texts` holds, a column each, the share of a text, a fixed width as a negative number, or None
    for figures.
    """
    given: list[float] = []
    for place, share in enumerate(texts):
        if share is not None:
            given.append(-share if share < 0 else 0.0)
            continue
        cells = [row[place] for row in rows]
        said = [cell for cell in cells if isinstance(cell, str)]
        body = max((fonts.width(cell, theme.SMALL, fonts.BOLD) for cell in said), default=0.0)
        head = fonts.width(heads[place], theme.TINY)
        longest = max((fonts.width(w, theme.TINY) for w in heads[place].split()), default=0.0)
        words = head if head <= SHORT_HEAD else longest
        given.append(max(body, words) + 10.0)
    rest = max(width - sum(given), 60.0)
    shares = sum(share for share in texts if share is not None and share > 0) or 1.0
    return [
        Column(
            head,
            rest * share / shares if share is not None and share > 0 else wide,
            is_figure=share is None,
        )
        for head, share, wide in zip(heads, texts, given, strict=True)
    ]


def decision_lines(say: Say, width: float, count: int = 1) -> list[Flowable]:
    """Empty lines to write a decision on: what, who, until when."""
    _ = say.gettext
    who, until = width * 0.2, width * 0.16
    what = width - who - until - 24
    made: list[Flowable] = []
    for number in range(count):
        cells = [[Rule(wide, theme.COMPARED, above=20.0)] for wide in (what, who, until)]
        if number == count - 1:
            labels = (_("Decision"), _("Owner"), _("By when"))
            for cell, label in zip(cells, labels, strict=True):
                cell.append(document.paragraph(label, LABEL))  # type: ignore[arg-type]
        made.append(document.side_by_side(cells, (what + 12, who + 12, until), space=12.0))
    return made


class Together(KeepTogether):
    """Pieces that stay on one page, where they fit on one."""

    def __init__(self, pieces: Sequence[Flowable]) -> None:
        super().__init__(list(pieces))
        self.pieces = tuple(pieces)


def decided(say: Say, story: Sequence[Flowable], width: float, count: int = 1) -> list[Flowable]:
    """A section with the lines to write its decisions on, kept with what stands last in it.

    Not with a table by itself, which may be as long as a page.
    """
    lines = decision_lines(say, width, count)
    *before, last = story
    if isinstance(last, Together):
        return [*before, Together([*last.pieces, *lines])]
    if isinstance(last, Table):
        return [*story, *lines]
    return [*before, Together([last, *lines])]


def bullet_of(say: Say, sheet: KpiSheet, width: float, height: float, *, labels: bool) -> Chart:
    """The KPI's bullet bar: actual, target, pace."""
    _ = say.gettext
    now = sheet.now
    target = say.target(sheet, now)
    expected = say.about(sheet.expected, sheet.unit, sheet.currency)
    data = Bullet(
        title=f"{sheet.name}: {say.attained(now.attained)}",
        actual=now.figure.value,
        target=now.drawn_target,
        expected=None if now.is_over else sheet.expected,
        actual_said=say.value(now.figure.value, sheet.unit, sheet.currency),
        target_said=_("target %(target)s", target=target),
        expected_said=_("pace %(expected)s", expected=expected),
        head=(_("Actual"), _("Target"), _("Pace")),
    )
    return bullet(data, width, height, has_labels=labels)


def finding(say: Say, sheet: KpiSheet) -> str:
    """What a KPI says in one sentence."""
    _ = say.gettext
    now = sheet.now
    actual = say.value(now.figure.value, sheet.unit, sheet.currency)
    target = say.target(sheet, now)
    if now.figure.value is None:
        return say.reason(now.figure) or _("The result is unknown.")
    if now.target is None and now.attained is not None:
        return _of_range(say, sheet)
    if now.target is None:
        return _("%(actual)s; no target is set.", actual=actual)
    facts = {"attained": say.attained(now.attained), "actual": actual, "target": target}
    if now.attained is None:
        return _("%(actual)s against a target of %(target)s.", actual=actual, target=target)
    said = _("%(attained)s of target: %(actual)s of %(target)s.", **facts)
    if now.is_over or sheet.gap is None or sheet.expected is None:
        return said
    gap = say.points(abs(sheet.gap)).lstrip("+")
    if abs(sheet.gap) < _SMALL_GAP:
        return _("%(said)s On pace.", said=said)
    if sheet.gap > 0:
        return _("%(said)s %(gap)s ahead of pace.", said=said, gap=gap)
    return _("%(said)s %(gap)s behind pace.", said=said, gap=gap)


def _of_range(say: Say, sheet: KpiSheet) -> str:
    """What a KPI says that aims at a range, not at one value."""
    _ = say.gettext
    actual = say.value(sheet.now.figure.value, sheet.unit, sheet.currency)
    attained = say.attained(sheet.now.attained)
    if sheet.bounds is None:
        return _(
            "%(actual)s, %(attained)s of the range aimed at.", actual=actual, attained=attained
        )
    low, high = (say.value(one, sheet.unit, sheet.currency) for one in sheet.bounds)
    return _(
        "%(actual)s, %(attained)s of the range from %(low)s to %(high)s.",
        actual=actual,
        attained=attained,
        low=low,
        high=high,
    )


_SMALL_GAP = Decimal("0.005")


def deals_table(
    say: Say,
    deals: Sequence[PackDeal],
    width: float,
    *,
    closed: bool,
    words: str | None,
    has_risks: bool = False,
) -> list[Flowable]:
    """Deals with their names as links to their pages; `words` heads the last column, if any.

    With risks, the last column says what makes a deal unsure instead.
    """
    _ = say.gettext
    date_head = _("Closed") if closed else _("Expected close")
    third = _("Days") if closed else _("Stage")
    heads = [_("Deal"), _("Account"), third, _("Amount"), date_head]
    shares = [3.0, 2.4, None if closed else 1.8, None, None]
    if has_risks:
        heads.append(_("Risks"))
        shares.append(2.6)
    elif words is not None and any(deal.words for deal in deals):
        heads.append(words)
        shares.append(2.4)
    rows: list[list[Cell]] = []
    for deal in deals:
        name: Cell = deal.name
        if say.base_url:
            name = Link(deal.name, say.link(f"/deals/{deal.id}"))
        when = say.day(deal.closed_on if closed else deal.expected_on)
        middle = _days(say, deal) if closed else deal.stage
        row: list[Cell] = [name, deal.account, middle, say.money(deal.amount), when]
        last = risks(say, deal) if has_risks else deal.words
        rows.append([*row, last or "–"] if len(heads) > len(row) else row)
    return document.table(fitted(heads, rows, width, texts=shares), rows)


def risks(say: Say, deal: PackDeal) -> str:
    """What makes an open deal unsure, in words; empty for nothing."""
    _ = say.gettext
    said: list[str] = []
    if deal.pushes:
        said.append(say.words.ngettext("pushed once", "pushed %(num)s times", deal.pushes))
    if deal.is_stale and deal.days_in_stage is not None:
        said.append(
            say.words.ngettext(
                "%(num)s day in its stage", "%(num)s days in its stage", deal.days_in_stage
            )
        )
    if not deal.words:
        said.append(_("no next step"))
    if deal.amount is None:
        said.append(_("no amount"))
    return ", ".join(said)


def _days(say: Say, deal: PackDeal) -> str:
    if deal.opened_on is None or deal.closed_on is None:
        return "–"
    return say.number((deal.closed_on - deal.opened_on).days)


def how_many(say: Say, deals: Deals) -> str:
    """How many deals there are and what they are worth, and how many of them are shown."""
    words = say.words
    if deals.total is None:
        said = words.ngettext("%(num)s deal", "%(num)s deals", deals.count)
    else:
        said = words.ngettext(
            "%(num)s deal, %(total)s",
            "%(num)s deals, %(total)s",
            deals.count,
            total=say.money(deals.total),
        )
    shown = len(deals.named)
    if shown < deals.count:
        return say.gettext("%(said)s; the first %(shown)s are shown.", said=said, shown=shown)
    return f"{said}."


def facts_grid(pairs: Sequence[tuple[str, str]], width: float, columns: int = 2) -> Flowable:
    """Small labels over their values, several beside each other."""
    wide = width / columns
    rows: list[list[list[Flowable]]] = []
    for start in range(0, len(pairs), columns):
        cells: list[list[Flowable]] = [
            [document.paragraph(label, LABEL), document.paragraph(_short(value, wide), STRONG)]
            for label, value in pairs[start : start + columns]
        ]
        rows.append(cells + [[] for _ in range(columns - len(cells))])
    return Table(
        rows,
        colWidths=[wide] * columns,
        hAlign="LEFT",
        style=TableStyle(
            [
                ("FONTNAME", (0, 0), (-1, -1), fonts.REGULAR),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 12),
                ("TOPPADDING", (0, 0), (-1, -1), 4),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
            ]
        ),
    )


def _short(value: str, width: float) -> str:
    return " ".join(document.lines_of(value or "–", theme.BODY, width - 14, most=3, is_bold=True))
