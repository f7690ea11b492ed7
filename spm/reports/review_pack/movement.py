"""How the pipeline moved, and what it promises for the next period."""

from decimal import Decimal

from reportlab.platypus import CondPageBreak, Flowable

from spm.domain.analytics.waterfall import Cause
from spm.domain.money import Money
from spm.domain.packs.content import FallBar, Outlook, PackContent, PipelineFall, Slippage
from spm.i18n.labels import label
from spm.reports import document
from spm.reports.charts.waterfall import Fall, Waterfall, waterfall
from spm.reports.document import Cell
from spm.reports.review_pack.pieces import (
    FINDING,
    NOTE,
    SECTION,
    Together,
    deals_table,
    decided,
    facts_grid,
    fitted,
    how_many,
    part,
)
from spm.reports.review_pack.prospect import forecasts
from spm.reports.review_pack.say import Say

OUTLOOK = "outlook"


def movement(say: Say, content: PackContent, width: float) -> list[Flowable]:
    """The open pipeline at the start of the period, each cause of change, and at its end."""
    _ = say.gettext
    story: list[Flowable] = []
    for number, fall in enumerate(content.falls):
        name = f" · {fall.start.currency}" if len(content.falls) > 1 else ""
        block = [
            part(_("From the start of the period to the end") + name),
            _chart(say, content, fall, width),
            document.gap(1),
            *_table(say, content, fall, width),
        ]
        if number == len(content.falls) - 1:
            words = _(
                "Each deal has one cause, the first of: won or lost, handed over, re-priced. One that "
                "came and was decided in between stands in both. What went counts as it was before."
            )
            block.append(document.paragraph(words, NOTE))
        story.append(Together(block))
    return story


def _chart(say: Say, content: PackContent, fall: PipelineFall, width: float) -> Flowable:
    _ = say.gettext
    first, last = _ends(say, content)
    falls = (
        _total(say, first, fall.start),
        *(_fall(say, bar) for bar in fall.bars),
        _total(say, last, fall.end),
    )
    data = Waterfall(
        title=_("From %(start)s to %(end)s", start=say.money(fall.start), end=say.money(fall.end)),
        falls=falls,
        head=(_("Change"), _("Amount")),
        empty=_("Nothing was open, and nothing came."),
    )
    return waterfall(data, width).drawing


def _ends(say: Say, content: PackContent) -> tuple[str, str]:
    _ = say.gettext
    last = min(content.as_of_day, content.end.fromordinal(content.end.toordinal() - 1))
    return (
        _("Open, %(day)s", day=say.day(content.start, "short")),
        _("Open, %(day)s", day=say.day(last, "short")),
    )


def _total(say: Say, words: str, amount: Money) -> Fall:
    short = say.money(amount, compact=True)
    return Fall(words, amount.amount, say.money(amount), short, is_total=True)


def _fall(say: Say, bar: FallBar) -> Fall:
    return Fall(
        _cause(say, bar.cause),
        bar.amount.amount,
        say.money(bar.amount, signed=True),
        say.money(bar.amount, compact=True, signed=True),
    )


def _cause(say: Say, cause: str) -> str:
    """The words of a cause; its name where this release does not know it."""
    return label(Cause(cause), say.words) if cause in set(Cause) else cause


def _table(say: Say, content: PackContent, fall: PipelineFall, width: float) -> list[Flowable]:
    _ = say.gettext
    first, last = _ends(say, content)
    rows: list[list[Cell]] = [
        [first, say.number(fall.start_deals), "", say.money(fall.start)],
        *(_row(say, bar) for bar in fall.bars),
        [last, say.number(fall.end_deals), "", say.money(fall.end)],
    ]
    heads = (_("Change"), _("Deals"), "", _("Amount"))
    columns = fitted(heads, rows, width, texts=(1.0, None, 1.2, None))
    return document.table(columns, rows, bold=frozenset({0, len(rows) - 1}), is_dense=True)


def _row(say: Say, bar: FallBar) -> list[Cell]:
    without = ""
    if bar.unpriced:
        without = say.words.ngettext(
            "%(num)s without an amount", "%(num)s without an amount", bar.unpriced
        )
    amount = say.money(bar.amount, signed=True)
    return [_cause(say, bar.cause), say.number(bar.deals), without, amount]


def slipped(say: Say, slippage: Slippage) -> list[tuple[str, str]]:
    """What was to close in the period and did not, as facts."""
    _ = say.gettext
    rate = "–"
    if slippage.baseline:
        rate = _(
            "%(rate)s (%(slipped)s of %(all)s)",
            rate=say.percent(slippage.rate),
            slipped=say.number(slippage.slipped),
            all=say.number(slippage.baseline),
        )
    return [
        (_("Slipped out of the period"), rate),
        (_("Worth of what slipped"), say.money(slippage.slipped_worth)),
        (_("Pushed into a later quarter"), say.number(slippage.crossings)),
    ]


def outlook(say: Say, content: PackContent, width: float) -> list[Flowable]:
    """What is expected to close in the next period, what it is worth weighted, what is missing."""
    promised = content.outlook
    if promised is None:
        return []
    _ = say.gettext
    title = _("Forecast")
    story: list[Flowable] = [
        CondPageBreak(300),
        *document.heading(title, OUTLOOK, before=SECTION),
        *forecasts(say, content, width),
        part(_("Outlook for %(period)s, by stage", period=say.period(content.next_period))),
        document.paragraph(_finding(say, promised), FINDING),
    ]
    if not promised.stages:
        return decided(say, story, width)
    pairs = [
        (_("Expected to close"), say.money(promised.worth)),
        (_("Weighted by stage"), say.money(promised.weighted)),
        (_("Target"), say.money(promised.target)),
        (_("Still to create"), say.money(promised.to_create)),
    ]
    rows: list[list[Cell]] = [
        [
            stage.stage,
            say.percent(stage.probability),
            say.number(stage.deals),
            say.money(stage.worth),
            say.money(stage.weighted),
        ]
        for stage in promised.stages
    ]
    heads = (_("Stage"), _("Probability"), _("Deals"), _("Worth"), _("Weighted"))
    columns = fitted(heads, rows, width, texts=(1.0, None, None, None, None))
    table = document.table(columns, rows, is_dense=True)
    story.append(Together([facts_grid(pairs, width, columns=4), *table]))
    named = promised.deals.named
    table = deals_table(say, named, width, closed=False, words=None, has_risks=True)
    about = document.paragraph(how_many(say, promised.deals), NOTE)
    story.append(Together([part(_("Named deals")), about, document.gap(1), *table]))
    if promised.others:
        words = say.words.ngettext(
            "%(num)s deal in another currency is not counted.",
            "%(num)s deals in other currencies are not counted.",
            promised.others,
        )
        story.append(document.paragraph(words, NOTE))
    return decided(say, story, width)


def _finding(say: Say, promised: Outlook) -> str:
    _ = say.gettext
    if not promised.stages:
        return _("No open deal is expected to close in this period yet.")
    if promised.target is None or promised.weighted is None or promised.to_create is None:
        return _(
            "%(weighted)s weighted by the probabilities of the stages; no target is set.",
            weighted=say.money(promised.weighted),
        )
    if not promised.to_create.minor:
        return _("The weighted pipeline covers the target.")
    share = Decimal(promised.weighted.minor) / Decimal(promised.target.minor or 1)
    return _(
        "The weighted pipeline covers %(share)s of the target; %(missing)s are still to create.",
        share=say.percent(share),
        missing=say.money(promised.to_create),
    )
