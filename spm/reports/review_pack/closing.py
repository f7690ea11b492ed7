"""The last pages: what comes next, who signs, what each figure means."""

from collections import Counter
from dataclasses import replace

from reportlab.platypus import CondPageBreak, Flowable, PageBreak

from spm.domain.metrics.figure import decimal_text
from spm.domain.metrics.registry import METRICS, MetricId, Unit
from spm.domain.packs.content import Definition, Figure, PackContent, ReviewPack, Side, SignOff
from spm.i18n.words import N_
from spm.reports import document, theme
from spm.reports.document import Cell, Rule, Style
from spm.reports.review_pack.pieces import (
    FINDING,
    LABEL,
    NOTE,
    SECTION,
    STRONG,
    Together,
    decision_lines,
    fitted,
    part,
)
from spm.reports.review_pack.say import ANSWERS, Say

NEXT = "next"
SIGN_OFF = "sign-off"
APPENDIX = "appendix"

_FORMULA = Style(size=theme.SMALL, leading=1.4)
_RULES = Style(size=theme.SMALL, colour=theme.QUIET, leading=1.4)


def next_period(say: Say, content: PackContent, width: float) -> list[Flowable]:
    """The targets of the period that follows, and lines for what each side commits to."""
    _ = say.gettext
    title = _("Next: %(period)s", period=say.period(content.next_period))
    story: list[Flowable] = [CondPageBreak(330), *document.heading(title, NEXT, before=SECTION)]
    rows: list[list[Cell]] = [
        [
            target.kpi,
            say.value(target.value, target.unit, target.currency),
            _(ANSWERS.get(target.answer or "", "–")),
            say.listed(target.missing) or "–",
        ]
        for target in content.next_targets
    ]
    if any(target.value is not None for target in content.next_targets):
        heads = (_("KPI"), _("Target"), _("Answer"), _("No target for"))
        story += document.table(fitted(heads, rows, width, texts=(1.4, None, 0.8, 1.4)), rows)
    else:
        story.append(document.paragraph(_("No target is set for this period yet."), FINDING))
    story.append(part(_("Commitments")))
    note = _("What, when and where exactly (if … then …), and what support it needs from whom.")
    story.append(document.paragraph(note, NOTE))
    return story + decision_lines(say, width, 4)


def sign_off(
    say: Say, content: PackContent, pack: ReviewPack | None, width: float
) -> list[Flowable]:
    """A block for each side: what it says, its name and the time, or lines to sign on."""
    _ = say.gettext
    story: list[Flowable] = [
        CondPageBreak(260),
        *document.heading(_("Sign-off"), SIGN_OFF, before=SECTION),
        document.paragraph(
            _("Acknowledging says that one has read this pack, not that one agrees with it."),
            FINDING,
        ),
    ]
    first = _("For oneself") if content.crew is None else _("Head of the team")
    for side, title in ((Side.REP, first), (Side.MANAGER, _("Manager"))):
        given = pack.signed(side) if pack is not None else None
        if given is None:
            story.append(Together(_unsigned(say, title, width)))
        else:
            story += _signed(say, title, given)
    if content.log_head:  # on paper, nobody can change it afterwards
        words = _("Head of the audit log at the issue: %(head)s", head=content.log_head)
        story += [document.gap(6), document.paragraph(words, NOTE)]
    return story


def _unsigned(say: Say, title: str, width: float) -> list[Flowable]:
    _ = say.gettext
    third = width / 3
    cells: list[list[Flowable]] = [
        [Rule(third - 12, theme.COMPARED, above=26.0), document.paragraph(label, LABEL)]
        for label in (_("Name"), _("Signature"), _("Date"))
    ]
    return [
        part(title),
        document.paragraph(_("Comment"), LABEL),
        Rule(width, theme.LINE, above=22.0),
        Rule(width, theme.LINE, above=22.0),
        document.side_by_side(cells, (third, third, third), space=12.0),
    ]


def _signed(say: Say, title: str, given: SignOff) -> list[Flowable]:
    _ = say.gettext
    when = say.instant(given.at)
    line = _("Acknowledged by %(name)s, %(when)s", name=given.person, when=when)
    comment = document.flow(given.comment, left_out=lambda n: left_out(say, n))
    if not given.comment:
        comment = [document.paragraph(_("No comment."), NOTE)]
    return [part(title), *comment, document.gap(1), document.paragraph(f"● {line}", STRONG)]


def left_out(say: Say, count: int) -> str:
    """That so many characters are not printed."""
    return say.words.ngettext(
        "%(num)s more character stands in the product.",
        "%(num)s more characters stand in the product.",
        count,
    )


def appendix(say: Say, content: PackContent, uncovered: str, width: float) -> list[Flowable]:
    """What each figure means, its exact value, and as of when it was taken."""
    _ = say.gettext
    story: list[Flowable] = [PageBreak(), *document.heading(_("Definitions"), APPENDIX)]
    said = _(
        "All figures as of the end of %(day)s in %(zone)s: what is dated later does not count.",
        day=say.day(content.as_of_day, "long"),
        zone=content.zone,
    )
    story.append(document.paragraph(said, FINDING))
    defined = _defined(content)
    counts = Counter(rule for _name, one, _unit, _figure in defined for rule in one.rules)
    shared = [rule for rule, count in counts.items() if count > 1]
    for name, definition, unit, figure in defined:
        own = tuple(rule for rule in definition.rules if rule not in shared)
        block = _definition(say, name, replace(definition, rules=own), unit, figure)
        story.append(Together(block))
    if shared:
        rules = document.paragraph(" ".join(_(rule) for rule in shared), _RULES)
        story.append(Together([part(_("For several of these")), rules]))
    story.append(part(_("Exact values")))
    story += _exact(say, content, width)
    if uncovered:
        note = _(
            "Characters that the fonts do not have are drawn as a box: %(some)s", some=uncovered
        )
        story.append(document.paragraph(note, NOTE))
    return story


def _defined(content: PackContent) -> list[tuple[str, Definition, Unit, Figure]]:
    """Each definition once, with the figure that stands for it."""
    found: dict[Definition, tuple[str, Definition, Unit, Figure]] = {}
    for sheet in content.kpis:
        found.setdefault(
            sheet.definition, (sheet.name, sheet.definition, sheet.unit, sheet.now.figure)
        )
    for figure in content.figures:
        found.setdefault(figure.definition, ("", figure.definition, figure.unit, figure.now))
    return list(found.values())


def _definition(
    say: Say, name: str, definition: Definition, unit: Unit, figure: Figure
) -> list[Flowable]:
    _ = say.gettext
    label = _(definition.label)
    title = label if not name or name == label else f"{name} ({label})"
    rules = " ".join(_(rule) for rule in definition.rules)
    source = _("Source: %(source)s", source=_(definition.source))
    made: list[Flowable] = [
        part(title, before=8),
        document.paragraph(_(definition.formula), _FORMULA),
        *([document.paragraph(rules, _RULES)] if rules else []),
        document.paragraph(source, _RULES),
    ]
    if unit is Unit.RATIO and figure.low is not None and figure.high is not None:
        interval = say.interval((figure.low, figure.high))
        words = _("Here: n = %(n)s, interval %(interval)s.", n=figure.n, interval=interval)
        made.append(document.paragraph(words, _FORMULA))
    return made


def _exact(say: Say, content: PackContent, width: float) -> list[Flowable]:
    _ = say.gettext
    rows: list[list[Cell]] = []
    for sheet in content.kpis:
        unit = sheet.currency or _(_UNITS[sheet.unit])
        rows.append(_exact_row(say, sheet.name, sheet.metric, unit, sheet.now.figure))
        if sheet.now.attained is not None:
            name = _("%(kpi)s: attainment", kpi=sheet.name)
            said = decimal_text(sheet.now.attained, is_quotient=True)
            rows.append([name, said, _(_UNITS[Unit.RATIO]), ""])
    for one in content.figures:
        unit = one.currency or _(_UNITS[one.unit])
        rows.append(_exact_row(say, _(one.definition.label), one.metric, unit, one.now))
    heads = (_("Figure"), _("Value"), _("Unit"), _("Deals"))
    columns = fitted(heads, rows, width, texts=(1.0, None, -110.0, None))
    return document.table(columns, rows, is_dense=True)


def _exact_row(say: Say, name: str, metric: str, unit: str, figure: Figure) -> list[Cell]:
    value = "–"
    if figure.value is not None:
        value = decimal_text(figure.value, is_quotient=_is_quotient(metric))
    return [name, value, unit, say.number(figure.n)]


def _is_quotient(metric: str) -> bool:
    """Whether the metric is divided, and so written to six places; True for one not known."""
    try:
        return METRICS[MetricId(metric)].is_quotient
    except ValueError:
        return True


_UNITS = {
    Unit.MONEY: N_("money"),
    Unit.COUNT: N_("number"),
    Unit.RATIO: N_("ratio"),
    Unit.DAYS: N_("days"),
    Unit.MONEY_PER_DAY: N_("money a day"),
}
