"""The first two pages: the cover, and where the person stands on one page."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

from reportlab.platypus import Flowable, PageBreak

from spm.domain.metrics.registry import Unit
from spm.domain.packs.choice import Fact, FactKind, top_facts
from spm.domain.packs.comparison import FEWEST_BESIDE, TeamMedian
from spm.domain.packs.content import Change, Figure, KpiSheet, PackContent, ReviewPack
from spm.i18n.words import N_
from spm.reports import document, fonts, theme
from spm.reports.document import Cell, Column, Rule, Style
from spm.reports.review_pack.pieces import (
    FINDING,
    NOTE,
    bullet_of,
    decision_lines,
    facts_grid,
    finding,
    fitted,
    part,
)
from spm.reports.review_pack.say import Say

SUMMARY = "summary"
NARROWEST = 74.0
"""In points: the names of KPIs take at least so much of the summary."""
BARS = 4
"""The column of the bars in the summary."""

Part = TypeVar("Part")

_KIND = Style(size=theme.LEAD, colour=theme.ACCENT, is_bold=True)
_NAME = Style(size=theme.NAME, is_bold=True, leading=1.2, after=6.0)
_WHEN = Style(size=theme.HEADING, colour=theme.QUIET, leading=1.4)
_STATEMENT = Style(size=theme.HEADING, leading=1.4, before=14.0, after=8.0)


def cover(
    say: Say,
    content: PackContent,
    pack: ReviewPack | None,
    sections: tuple[tuple[str, str], ...],
    width: float,
) -> list[Flowable]:
    """Whose pack it is, for when, as of when, from whom; the finding; the contents."""
    _ = say.gettext
    last_day = content.end.fromordinal(content.end.toordinal() - 1)
    dates = f"{say.day(content.start)} – {say.day(last_day)}"
    story: list[Flowable] = [
        document.paragraph(content.organisation, Style(size=theme.BODY, colour=theme.QUIET)),
        document.gap(22),
        document.paragraph(
            _("Review pack") if content.crew is None else _("Review pack of a team"), _KIND
        ),
        *_name(content.person, width),
        document.paragraph(f"{say.period(content.period)} · {dates}", _WHEN),
        document.gap(4),
        Rule(48.0, theme.ACCENT, 2.0),
    ]
    first = content.headline
    if first is not None:
        statement = f"{first.name}: {finding(say, first)}"
        story.append(document.paragraph(statement, _STATEMENT))
        if first.now.drawn_target is not None:
            story.append(bullet_of(say, first, width * 0.62, 18.0, labels=True).drawing)
    story += [
        document.gap(10),
        facts_grid(_facts_of(say, content, pack), width, columns=3),
        document.gap(6),
        part(_("Contents"), before=0),
        document.Contents(sections, width),
        PageBreak(),
    ]
    return story


def _name(person: str, width: float) -> list[Flowable]:
    lines = document.lines_of(person, theme.NAME, width, most=3, is_bold=True)
    return [document.paragraph(" ".join(lines), _NAME)]


def _facts_of(say: Say, content: PackContent, pack: ReviewPack | None) -> list[tuple[str, str]]:
    _ = say.gettext
    whose = [
        (_("Team"), content.team),
        (_("Manager"), content.manager),
        (_("Title"), content.title),
    ]
    if content.crew is not None:
        below = sum(member.is_team for member in content.crew.members)
        people = len(content.crew.members) - below
        whose = [
            (_("Part of"), content.team),
            (_("Head"), content.manager),
            (_("People"), say.number(people))
            if people or not below
            else (_("Teams"), say.number(below)),
        ]
    pairs = [
        *whose,
        (_("As of"), f"{say.day(content.as_of_day)} ({content.zone})"),
        (_("Data recorded until"), say.instant(content.recorded_until)),
        (_("Working days gone by"), say.percent(content.elapsed)),
    ]
    if pack is None:
        return [*pairs, (_("Status"), _("Draft, not issued"))]
    issue = _("%(number)s, issue %(issue)s", number=pack.number, issue=pack.issue)
    return [
        *pairs,
        (_("Number"), issue),
        (_("Issued"), say.instant(pack.issued_at)),
        (_("Issued by"), pack.issued_by or _("the command line")),
        *([(_("Replaces"), pack.supersedes)] if pack.supersedes else []),
    ]


def summary(say: Say, content: PackContent, width: float) -> list[Flowable]:
    """Attainment by KPI, the facts that matter, what changed, what is still to be decided."""
    _ = say.gettext
    story = document.heading(_("Where it stands"), SUMMARY)
    first = content.headline
    if first is None:
        story.append(document.paragraph(_("No KPI is active for this person."), FINDING))
    else:
        story.append(
            document.paragraph(f"{finding(say, first)} {_together(say, content)}", FINDING)
        )
        story += _table(say, content, width)
        story.append(document.paragraph(_legend(say, content), NOTE))
    story += _facts(say, content, width)
    story += _changes(say, content, width)
    story.append(part(_("Open decisions")))
    story += _decisions(say, content, width)
    return story


def _together(say: Say, content: PackContent) -> str:
    """The weighted attainment of all KPIs; empty where none has a weight."""
    composed = content.composed
    if composed is None or composed.ratio is None:
        return ""
    _ = say.gettext
    said = say.words.ngettext(
        "Weighted: %(ratio)s over %(num)s KPI.",
        "Weighted: %(ratio)s over %(num)s KPIs.",
        composed.parts - composed.left_out,
        ratio=say.percent(composed.ratio),
    )
    if composed.left_out:
        left = say.words.ngettext(
            "%(num)s without an attainment is left out.",
            "%(num)s without an attainment are left out.",
            composed.left_out,
        )
        return f"{said} {left}"
    return said


def _table(say: Say, content: PackContent, width: float) -> list[Flowable]:
    _ = say.gettext
    prior = next((sheet.prior.name for sheet in content.kpis if sheet.prior), None)
    year = next((sheet.prior_year.name for sheet in content.kpis if sheet.prior_year), None)
    is_running = any(not sheet.now.is_over for sheet in content.kpis)
    has_median = any(sheet.median is not None for sheet in content.kpis)
    columns: list[tuple[str, float | None]] = [
        (_("KPI"), 1.0),
        (_("Actual"), None),
        (_("Target"), None),
        (_("Attained"), None),
        ("", -64.0),
        *([(_("To pace"), None)] if is_running else []),
        (_head(say), -_stands(say, content)),
        (say.period(prior) if prior else _("Period before"), None),
        (say.period(year) if year else _("Year before"), None),
        *([(_("Team median"), None)] if has_median else []),
    ]
    rows = [
        _row(say, sheet, is_running=is_running, has_median=has_median) for sheet in content.kpis
    ]
    made = _fitted(columns, rows, width)
    if made[0].width < NARROWEST:  # long amounts: the bars give way
        columns, rows = _without(columns, BARS), [_without(row, BARS) for row in rows]
        made = _fitted(columns, rows, width)
    return document.table(made, rows)


def _fitted(
    columns: Sequence[tuple[str, float | None]], rows: Sequence[Sequence[Cell]], width: float
) -> list[Column]:
    heads = [head for head, _width in columns]
    return fitted(heads, rows, width, texts=[wide for _head, wide in columns])


def _without(parts: Sequence[Part], place: int) -> list[Part]:
    return [*parts[:place], *parts[place + 1 :]]


def _stands(say: Say, content: PackContent) -> float:
    """The width of the words that say where a KPI stands."""
    words = [_head(say), *(say.status(sheet) for sheet in content.kpis)]
    return max(fonts.width(one, theme.SMALL) for one in words) + 9.0


def _head(say: Say) -> str:
    return say.gettext("Stands")


def _row(say: Say, sheet: KpiSheet, *, is_running: bool, has_median: bool) -> list[Cell]:
    now = sheet.now
    before = [
        say.value(p.figure.value, sheet.unit, sheet.currency, compact=True) if p else "–"
        for p in (sheet.prior, sheet.prior_year)
    ]
    return [
        sheet.name,
        say.value(now.figure.value, sheet.unit, sheet.currency),
        say.aim(sheet, now),
        say.attained(now.attained),
        "" if now.drawn_target is None else bullet_of(say, sheet, 56.0, 11.0, labels=False).drawing,
        *([say.points(None if now.is_over else sheet.gap)] if is_running else []),
        say.status(sheet),
        *before,
        *([_median(say, sheet.median, sheet.unit, sheet.currency)] if has_median else []),
    ]


def _median(say: Say, median: TeamMedian | None, unit: Unit, currency: str | None) -> str:
    value = None if median is None else median.value
    if unit is Unit.RATIO:
        return say.percent(value)
    return say.value(value, unit, currency, compact=True)


def _legend(say: Say, content: PackContent) -> str:
    _ = say.gettext
    said = _("Black tick: target.")
    if any(not sheet.now.is_over for sheet in content.kpis):
        said += " " + _("Hollow tick: where one would stand on pace, by working days.")
    medians = [sheet.median for sheet in content.kpis if sheet.median is not None]
    if any(median.value is not None for median in medians):
        said += " " + _(
            "Team median: of everybody in the team, rounded; a dash where fewer than %(few)s "
            "colleagues have the figure.",
            few=say.number(FEWEST_BESIDE),
        )
    elif medians:
        said += " " + _(
            "The team's median is told where at least %(few)s colleagues have the figure.",
            few=say.number(FEWEST_BESIDE),
        )
    gaps = [sheet for sheet in content.kpis if sheet.missing]
    if gaps:
        names = "; ".join(f"{sheet.name}: {say.listed(sheet.missing)}" for sheet in gaps)
        said += " " + _("No target is set for parts of the period (%(names)s).", names=names)
    return said


def _facts(say: Say, content: PackContent, width: float) -> list[Flowable]:
    _ = say.gettext
    facts = [fact_words(say, fact) for fact in top_facts(content)]
    left: list[Flowable] = [part(_("What matters"), before=14)]
    for number, words in enumerate(facts, start=1):
        left.append(document.paragraph(f"{number}. {words}", Style(after=4.0)))
    if not facts:
        left.append(document.paragraph(_("Nothing stands out."), NOTE))
    column = width * 0.54
    if not content.figures:
        return left
    has_median = any(figure.median is not None for figure in content.figures)
    rows: list[list[Cell]] = [
        [
            _(figure.definition.label),
            say.value(figure.now.value, figure.unit, figure.currency),
            _how_sure(say, figure.now),
            say.value(figure.prior.value, figure.unit, figure.currency, compact=True),
            *([_median(say, figure.median, figure.unit, figure.currency)] if has_median else []),
        ]
        for figure in content.figures
    ]
    heads = (_("Figure"), _("Value"), "", _("Before"), *([_("Team")] if has_median else []))
    texts = (1.0, None, None, None, *([None] if has_median else []))
    columns = fitted(heads, rows, column, texts=texts)
    right = [part(_("Beside the KPIs"), before=14), *document.table(columns, rows)]
    return [
        document.gap(4),
        document.side_by_side([left, right], (width - column, column), space=28.0),
    ]


def _how_sure(say: Say, figure: Figure) -> str:
    """Over how many deals, and the interval of a rate."""
    said = f"n = {say.number(figure.n)}"
    if figure.low is None or figure.high is None:
        return said
    return f"{said}, {say.interval((figure.low, figure.high))}"


def fact_words(say: Say, fact: Fact) -> str:
    """A fact in one sentence."""
    _ = say.gettext
    match fact.kind:
        case FactKind.CHANGE:
            return _moved(say, fact)
        case FactKind.LIMIT if fact.rung is not None:
            rung = fact.rung
            return _(
                "%(stage)s is the limiting stage: %(reached)s of %(needed)s reached it.",
                stage=rung.stage,
                reached=say.value(rung.reached, rung.unit, rung.currency),
                needed=say.value(rung.needed, rung.unit, rung.currency),
            )
        case FactKind.BEHIND if fact.sheet is not None:
            return _(
                "%(kpi)s is furthest behind: %(attained)s of target.",
                kpi=fact.sheet.name,
                attained=say.attained(fact.ratio),
            )
        case FactKind.AHEAD if fact.sheet is not None:
            return _(
                "%(kpi)s is furthest ahead: %(attained)s of target.",
                kpi=fact.sheet.name,
                attained=say.attained(fact.ratio),
            )
        case FactKind.PAST_CLOSE if fact.deals is not None:
            said = say.words.ngettext(
                "%(num)s open deal is past its expected close",
                "%(num)s open deals are past their expected close",
                fact.deals.count,
            )
            worth = say.money(fact.deals.total)
            if fact.deals.total is None:
                return f"{said}."
            return _("%(said)s, worth %(amount)s.", said=said, amount=worth)
        case FactKind.WIN if fact.deal is not None:
            return _(
                "The largest win is %(deal)s: %(amount)s.",
                deal=fact.deal.name,
                amount=say.money(fact.deal.amount),
            )
    return ""


def _moved(say: Say, fact: Fact) -> str:
    _ = say.gettext
    sheet, ratio = fact.sheet, fact.ratio or Decimal(0)
    if sheet is None or sheet.prior is None:
        return ""
    facts = {
        "kpi": sheet.name,
        "ratio": say.percent(abs(ratio)),
        "period": say.period(sheet.prior.name),
        "before": say.value(sheet.prior.figure.value, sheet.unit, sheet.currency),
    }
    if ratio > 0:
        return _("%(kpi)s is %(ratio)s above %(period)s (%(before)s).", **facts)
    if ratio < 0:
        return _("%(kpi)s is %(ratio)s below %(period)s (%(before)s).", **facts)
    return _("%(kpi)s is the same as in %(period)s.", **facts)


def _changes(say: Say, content: PackContent, width: float) -> list[Flowable]:
    changes, others = content.changes, sections_words(say, content.changed)
    if not changes and not others:
        return []
    _ = say.gettext
    rows: list[list[Cell]] = [
        [
            change.kpi,
            change_words(say, change),
            say.value(change.before, change.unit, change.currency),
            say.value(change.after, change.unit, change.currency),
        ]
        for change in changes
    ]
    heads = (_("KPI"), _("What"), _("Before"), _("Now"))
    columns = fitted(heads, rows, width, texts=(1.6, 1.0, None, None))
    title = part(_("Changed since the pack that this one replaces"))
    story = [title, *document.table(columns, rows, is_dense=True)]
    if others:
        story.append(document.paragraph(_("Also different: %(sections)s.", sections=others), NOTE))
    return story


def change_words(say: Say, change: Change) -> str:
    """What of a KPI differs from the pack before."""
    _ = say.gettext
    parts = {"actual": _("Actual"), "target": _("Target"), "kpi": _("KPI added or removed")}
    return parts.get(change.part, change.part)


def sections_words(say: Say, changed: tuple[str, ...]) -> str:
    """The sections that differ from the pack before, one after the other."""
    _ = say.gettext
    return ", ".join(_(_SECTIONS[name]) for name in changed if name in _SECTIONS)


_SECTIONS = {
    "open": N_("open deals"),
    "won": N_("deals won"),
    "lost": N_("deals lost"),
    "lessons": N_("what is to be learnt from losses"),
    "shares": N_("what decided deals share"),
    "hygiene": N_("hygiene"),
    "falls": N_("how the pipeline moved"),
    "slippage": N_("slippage"),
    "forecasts": N_("forecast"),
    "outlook": N_("outlook"),
    "next_targets": N_("targets of the next period"),
    "crew": N_("people and teams"),
    "decisions": N_("decisions"),
}
"""Fields of a pack that can differ, in words."""


def _decisions(say: Say, content: PackContent, width: float) -> list[Flowable]:
    if not content.decisions:
        return decision_lines(say, width, 3)
    _ = say.gettext
    rows: list[list[Cell]] = [
        [one.words, one.owner or "–", say.day(one.due_on)] for one in content.decisions
    ]
    heads = (_("Decision"), _("Owner"), _("By when"))
    columns = fitted(heads, rows, width, texts=(1.0, -110.0, None))
    wide = [document.Column(c.head, c.width, is_figure=c.is_figure, lines=4) for c in columns]
    return [*document.table(wide, rows), *decision_lines(say, width)]
