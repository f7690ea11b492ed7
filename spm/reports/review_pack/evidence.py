"""The pages in the middle: each KPI, the pipeline and its funnel, wins and losses, hygiene."""

from decimal import Decimal

from reportlab.platypus import CondPageBreak, Flowable, PageBreak

from spm.domain.metrics.registry import Unit
from spm.domain.packs.content import (
    KpiSheet,
    Ladder,
    PackContent,
    Passage,
    PeriodPoint,
    Rung,
    TargetNote,
)
from spm.reports import document, theme
from spm.reports.charts import stages
from spm.reports.charts.attainment import Point, Trend, trend
from spm.reports.document import Cell, Column, Style
from spm.reports.review_pack.decided import lessons, shared
from spm.reports.review_pack.movement import movement, slipped
from spm.reports.review_pack.pieces import (
    FINDING,
    NOTE,
    SECTION,
    Together,
    bullet_of,
    deals_table,
    decided,
    facts_grid,
    finding,
    fitted,
    how_many,
    part,
)
from spm.reports.review_pack.say import ACTS, ANSWERS, Say

ATTAINMENT = "attainment"
PIPELINE = "pipeline"
DEALS = "deals"
HYGIENE = "hygiene"

MOST_KEPT = 5
"""Entries of a target's log that stay on the page of its KPI."""
_SAID = Style(size=theme.BODY, after=5.0, leading=1.35)


def attainment(say: Say, content: PackContent, width: float) -> list[Flowable]:
    """Each KPI: its finding, its bar, its trend with the figures, the log of its targets."""
    _ = say.gettext
    story: list[Flowable] = [PageBreak(), *document.heading(_("Attainment"), ATTAINMENT)]
    if not content.kpis:
        story.append(document.paragraph(_("No KPI is active for this person."), FINDING))
    for number, sheet in enumerate(content.kpis):
        story += _sheet(say, sheet, f"kpi-{number}", width)
    return decided(say, story, width)


def _sheet(say: Say, sheet: KpiSheet, key: str, width: float) -> list[Flowable]:
    _ = say.gettext
    right_width = width * 0.42
    left_width = width - right_width
    title = _("%(kpi)s, by period", kpi=sheet.name)
    left: list[Flowable] = [_trend(say, sheet, title, left_width - 24)]
    if sheet.now.drawn_target is not None:
        bar = bullet_of(say, sheet, left_width - 24, 14.0, labels=True)
        left = [bar.drawing, document.gap(1), *left]
    right = _periods(say, sheet, right_width)
    said = [finding(say, sheet)]
    if sheet.answer is not None and sheet.now.target is not None:
        answer = _(ANSWERS.get(sheet.answer, sheet.answer))
        said.append(_("Answer to the target: %(answer)s.", answer=answer))
    if sheet.missing:
        said.append(_("No target for %(periods)s.", periods=say.listed(sheet.missing)))
    if sheet.now.figure.excluded:
        said.append(_left_out(say, sheet.now.figure.excluded))
    block = [
        *document.heading(sheet.name, key, 1, before=11.0),
        document.paragraph(" ".join(said), _SAID),
        document.side_by_side([left, right], (left_width, right_width)),
    ]
    log = _log(say, sheet, width)
    if len(sheet.log) <= MOST_KEPT:
        return [Together([*block, *log])]
    return [Together(block), *log]


def _left_out(say: Say, count: int) -> str:
    return say.words.ngettext(
        "%(num)s deal lacks the amount or the date and is left out.",
        "%(num)s deals lack the amount or the date and are left out.",
        count,
    )


def _trend(say: Say, sheet: KpiSheet, title: str, width: float) -> Flowable:
    _ = say.gettext
    points = [*sheet.trend[-7:], sheet.now]
    data = Trend(
        title=title,
        points=tuple(_point(say, sheet, point) for point in points),
        empty=_("Nothing to show for these periods yet."),
        head=(_("Period"), sheet.name, _("Target")),
    )
    is_empty = not any(point.value or point.target for point in data.points)
    return trend(data, width, 48.0 if is_empty else 88.0).drawing


def _point(say: Say, sheet: KpiSheet, point: PeriodPoint) -> Point:
    figure = point.figure
    return Point(
        label=say.period(point.name),
        value=figure.value,
        target=point.drawn_target,
        said=say.value(figure.value, sheet.unit, sheet.currency),
        short=say.brief(figure.value, sheet.unit),
        target_said=say.target(sheet, point),
        is_partial=not point.is_over and sheet.expected is not None,
    )


def _periods(say: Say, sheet: KpiSheet, width: float) -> list[Flowable]:
    _ = say.gettext
    is_rate = sheet.unit is Unit.RATIO
    points = [*sheet.trend[-7:], sheet.now]
    rows: list[list[Cell]] = [
        [
            say.period(point.name),
            say.value(point.figure.value, sheet.unit, sheet.currency),
            f"n = {say.number(point.figure.n)}" if is_rate else say.aim(sheet, point),
            say.attained(point.attained),
        ]
        for point in points
    ]
    third = _("Deals") if is_rate else _("Target")
    heads = (_("Period"), _("Actual"), third, _("Attained"))
    columns = fitted(heads, rows, width, texts=(1.0, None, None, None))
    return document.table(columns, rows, bold=frozenset({len(rows) - 1}), is_dense=True)


def _log(say: Say, sheet: KpiSheet, width: float) -> list[Flowable]:
    if not sheet.log:
        return []
    _ = say.gettext
    rows: list[list[Cell]] = [_note(say, sheet, note) for note in sheet.log]
    heads = (_("Target log"), _("Act"), _("By"), _("Words"))
    columns = fitted(heads, rows, width, texts=(-96.0, 0.9, -96.0, 2.0))
    wide = [Column(c.head, c.width, is_figure=c.is_figure, lines=4) for c in columns]
    return [document.gap(1), *document.table(wide, rows, is_dense=True)]


def _note(say: Say, sheet: KpiSheet, note: TargetNote) -> list[Cell]:
    _ = say.gettext
    act = _(ACTS.get(note.act, note.act))
    if note.value is not None:
        act = f"{act}: {say.value(note.value, sheet.unit, note.currency or sheet.currency)}"
    if note.period != sheet.now.name:
        act = f"{act} ({say.period(note.period)})"
    return [say.instant(note.at), act, note.by or _("import"), note.words or "–"]


def pipeline(say: Say, content: PackContent, width: float) -> list[Flowable]:
    """The stages against their targets, what became of the deals, and the deals that are open."""
    _ = say.gettext
    story: list[Flowable] = [PageBreak(), *document.heading(_("Pipeline and funnel"), PIPELINE)]
    story.append(document.paragraph(_pipeline_finding(say, content), FINDING))
    for ladder in content.ladders:
        name = f" · {ladder.pipeline}" if len(content.ladders) > 1 else ""
        if ladder.rungs:
            block = [
                part(_("Stages: reached in the period, and standing open") + name),
                _ladder(say, ladder, width),
            ]
            story.append(Together(block))
        if ladder.passages:
            block = [
                part(_("What became of the deals that came to each stage") + name),
                _funnel(say, ladder, width),
                document.paragraph(_funnel_note(say, ladder), NOTE),
            ]
            story.append(Together(block))
        if ladder.times:
            story.append(Together(times(say, ladder, name, width)))
    story += movement(say, content, width)
    story += [CondPageBreak(150), part(_("Open deals"))]
    story.append(document.paragraph(how_many(say, content.open), NOTE))
    if content.open.named:
        story.append(document.gap(1))
        words = _("Next step")
        story += deals_table(say, content.open.named, width, closed=False, words=words)
    return decided(say, story, width)


def _pipeline_finding(say: Say, content: PackContent) -> str:
    _ = say.gettext
    limit = content.limit
    count = say.words.ngettext("%(num)s open deal", "%(num)s open deals", content.open.count)
    if content.open.total is not None:
        worth = say.money(content.open.total)
        count = _("%(count)s worth %(worth)s", count=count, worth=worth)
    if limit is None or limit.needed is None:
        return f"{count}."
    return _(
        "%(count)s. %(stage)s is the limiting stage: %(reached)s of %(needed)s.",
        count=count,
        stage=limit.stage,
        reached=say.value(limit.reached, limit.unit, limit.currency),
        needed=say.value(limit.needed, limit.unit, limit.currency),
    )


def _ladder(say: Say, ladder: Ladder, width: float) -> Flowable:
    _ = say.gettext
    heads = (
        _("Stage"),
        _("Reached"),
        _("Needed"),
        _("Gap"),
        _("Open deals"),
        _("Open value"),
    )
    data = stages.Ladder(
        title=_("Stages of %(pipeline)s", pipeline=ladder.pipeline),
        rungs=tuple(_rung(say, rung) for rung in ladder.rungs),
        head=heads,
        empty=_("The pipeline has no stages."),
    )
    return stages.ladder(data, width).drawing


def _rung(say: Say, rung: Rung) -> stages.Rung:
    gap = None if rung.needed is None else rung.reached - rung.needed
    texts = (
        say.value(rung.reached, rung.unit, rung.currency),
        say.value(rung.needed, rung.unit, rung.currency),
        say.value(gap, rung.unit, rung.currency, signed=True),
        say.number(rung.open_deals),
        say.value(rung.open_value, Unit.MONEY, rung.currency),
    )
    return stages.Rung(rung.stage, rung.reached, rung.needed, texts, is_limit=rung.is_limit)


def _funnel(say: Say, ladder: Ladder, width: float) -> Flowable:
    _ = say.gettext
    team = (_("Team"),) if _has_team(ladder) else ()
    first = (_("Stage"), _("Came"), _("Went on"), _("Left"), _("Open"))
    heads = (*first, _("Rate"), _("95 %"), *team)
    data = stages.Funnel(
        title=_("Conversion in %(pipeline)s", pipeline=ladder.pipeline),
        steps=tuple(_step(say, one, has_team=_has_team(ladder)) for one in ladder.passages),
        head=heads,
        empty=_("No deal came to a stage in this period."),
    )
    return stages.funnel(data, width).drawing


def _has_team(ladder: Ladder) -> bool:
    return any(passage.team is not None for passage in ladder.passages)


def _step(say: Say, passage: Passage, *, has_team: bool) -> stages.Step:
    rate = passage.rate
    texts = (
        say.number(passage.entered),
        say.number(passage.advanced),
        say.number(passage.decided - passage.advanced),
        say.number(passage.open),
        say.percent(rate),
        say.interval(passage.interval),
        *((say.percent(passage.team),) if has_team else ()),
    )
    return stages.Step(
        passage.stage, passage.entered, passage.advanced, passage.open, texts, passage.is_small
    )


def _funnel_note(say: Say, ladder: Ladder) -> str:
    said = say.gettext(
        "Filled: went on to the next stage or beyond. Hatched: open, not decided. Pale: left. "
        "The rate is of the decided deals; under 10 of them it is grey. A deal counts once, by "
        "the furthest stage it reached."
    )
    if not _has_team(ladder):
        return said
    team = say.gettext("Team: the rate of all its deals, where they are enough people's.")
    return f"{said} {team}"


def times(say: Say, ladder: Ladder, name: str, width: float) -> list[Flowable]:
    """How long deals stay in each stage, and which stay too long."""
    _ = say.gettext
    has_team = any(one.team is not None for one in ladder.times)
    rows: list[list[Cell]] = [
        [
            one.stage,
            say.value(None if one.expected is None else Decimal(one.expected), Unit.DAYS, None),
            say.value(one.median, Unit.DAYS, None),
            f"n = {say.number(one.n)}",
            *([say.value(one.team, Unit.DAYS, None)] if has_team else []),
            say.number(one.open),
            "–" if one.stale is None else say.number(one.stale),
        ]
        for one in ladder.times
    ]
    heads = (
        _("Stage"),
        _("Expected"),
        _("Median"),
        "",
        *([_("Team")] if has_team else []),
        _("Open"),
        _("Too long"),
    )
    columns = fitted(heads, rows, width, texts=(1.0, *(None for _head in heads[1:])))
    note = _(
        "Days of the deals that came to a stage in the period and have left it; too long are the "
        "open ones that have stood in it for longer than expected."
    )
    return [
        part(_("Time in each stage") + name),
        *document.table(columns, rows, is_dense=True),
        document.paragraph(note, NOTE),
    ]


def deals(say: Say, content: PackContent, width: float) -> list[Flowable]:
    """The largest wins and losses of the period."""
    _ = say.gettext
    story: list[Flowable] = [
        CondPageBreak(300),
        *document.heading(_("Wins and losses"), DEALS, before=SECTION),
    ]
    for title, some, words in (
        (_("Won"), content.won, None),
        (_("Lost"), content.lost, _("Reason")),
    ):
        table = deals_table(say, some.named, width, closed=True, words=words) if some.named else []
        note = document.paragraph(how_many(say, some), NOTE)
        story.append(Together([part(title, before=6), note, document.gap(1), *table]))
    story += lessons(say, content.lessons)
    story += shared(say, content.shares, width)
    return decided(say, story, width)


def hygiene(say: Say, content: PackContent, width: float) -> list[Flowable]:
    """What the open deals lack, and which should have closed by now."""
    _ = say.gettext
    lacks = content.hygiene
    pairs = [
        (_("Past expected close"), say.number(lacks.past_close.count)),
        (_("Without expected close"), say.number(lacks.undated)),
        (_("Without amount"), say.number(lacks.unpriced)),
        (_("Without next step"), "–" if lacks.stepless is None else say.number(lacks.stepless)),
        (_("Pushed in the period"), _pushed(say, lacks.pushed, lacks.pushes)),
    ]
    block: list[Flowable] = [
        *document.heading(_("Slippage and hygiene"), HYGIENE, before=SECTION),
        facts_grid(pairs, width, columns=5),
    ]
    if content.slippage is not None:
        stale = (
            _("Too long in a stage"),
            "–" if lacks.stale is None else say.number(lacks.stale),
        )
        block.append(facts_grid([*slipped(say, content.slippage), stale], width, columns=5))
    if lacks.past_close.named:
        block.append(part(_("Past their expected close"), before=6))
        words = _("Next step")
        block += deals_table(say, lacks.past_close.named, width, closed=False, words=words)
    return decided(say, [Together(block)], width)


def _pushed(say: Say, deals: int, pushes: int) -> str:
    if pushes == deals:
        return say.number(deals)
    return say.gettext(
        "%(deals)s (%(pushes)s times)",
        deals=say.number(Decimal(deals)),
        pushes=say.number(Decimal(pushes)),
    )
