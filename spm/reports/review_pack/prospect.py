"""The forecast: won, committed, at best and in the pipeline, each with what comes before it."""

from decimal import Decimal

from reportlab.platypus import Flowable

from spm.domain.packs.content import PackContent
from spm.domain.packs.forecast import Forecast
from spm.domain.pipeline.forecast import BEST_CASE_FROM_BP, COMMIT_FROM_BP, Category
from spm.i18n.labels import label
from spm.reports import document
from spm.reports.document import Cell
from spm.reports.review_pack.pieces import NOTE, STRONG, Together, fitted, part
from spm.reports.review_pack.say import Say


def forecasts(say: Say, content: PackContent, width: float) -> list[Flowable]:
    """A table for the period, while it lasts, and for the next; nothing where nothing is known."""
    story: list[Flowable] = []
    for forecast in content.forecasts:
        if not (forecast.won_deals or forecast.target or any(one.deals for one in forecast.lines)):
            continue
        block = [
            part(say.period(forecast.period), before=6),
            document.paragraph(_finding(say, forecast), STRONG),
            document.gap(1),
            *_table(say, forecast, width),
            *_covered(say, forecast),
        ]
        story.append(Together(block))
    if story:
        story.append(document.paragraph(_note(say), NOTE))
    return story


def _table(say: Say, forecast: Forecast, width: float) -> list[Flowable]:
    _ = say.gettext
    together = forecast.together or (None,) * len(forecast.lines)
    share = say.percent(forecast.share(forecast.won))
    rows: list[list[Cell]] = [
        [
            _("Won"),
            say.number(forecast.won_deals),
            say.money(forecast.won),
            "",
            say.money(forecast.won),
            share,
        ]
    ]
    rows += [
        [
            _category(say, line.category),
            say.number(line.deals),
            say.money(line.worth),
            say.money(line.weighted),
            say.money(upto),
            say.percent(forecast.share(upto)),
        ]
        for line, upto in zip(forecast.lines, together, strict=True)
    ]
    heads = (
        _("Category"),
        _("Deals"),
        _("Worth"),
        _("Weighted"),
        _("Together"),
        _("Of the target"),
    )
    columns = fitted(heads, rows, width, texts=(1.0, *(None for _head in heads[1:])))
    return document.table(columns, rows, bold=frozenset({0}), is_dense=True)


def _category(say: Say, category: str) -> str:
    return label(Category(category), say.words) if category in set(Category) else category


def _finding(say: Say, forecast: Forecast) -> str:
    """Where the period ends if what is committed comes, and if all of the best case does."""
    _ = say.gettext
    if not forecast.together:
        return _("What is won is in several currencies; it is not added up.")
    commit, best = forecast.together[0], forecast.together[1]
    if forecast.target is None:
        return _(
            "%(commit)s with what is committed, %(best)s at best; no target is set.",
            commit=say.money(commit),
            best=say.money(best),
        )
    return _(
        "%(share)s of the target with what is committed (%(commit)s of %(target)s), "
        "%(most)s at best.",
        share=say.percent(forecast.share(commit)),
        commit=say.money(commit),
        target=say.money(forecast.target),
        most=say.percent(forecast.share(best)),
    )


def _covered(say: Say, forecast: Forecast) -> list[Flowable]:
    """How often the open deals cover what is missing, and how often they would have to."""
    _ = say.gettext
    said: list[str] = []
    if forecast.coverage is not None and forecast.needed is not None:
        said.append(
            _(
                "The open deals cover what is missing %(have)s times; by the win rate of twelve "
                "months it takes %(needed)s times.",
                have=say.times(forecast.coverage),
                needed=say.times(forecast.needed),
            )
        )
    elif forecast.coverage is not None:
        said.append(
            _(
                "The open deals cover what is missing %(have)s times.",
                have=say.times(forecast.coverage),
            )
        )
    unpriced = sum(line.unpriced for line in forecast.lines)
    if unpriced:
        said.append(
            say.words.ngettext(
                "%(num)s deal has no amount and adds nothing.",
                "%(num)s deals have no amount and add nothing.",
                unpriced,
            )
        )
    if forecast.others:
        said.append(
            say.words.ngettext(
                "%(num)s deal in another currency is not counted.",
                "%(num)s deals in other currencies are not counted.",
                forecast.others,
            )
        )
    return [document.paragraph(" ".join(said), NOTE)] if said else []


def _note(say: Say) -> str:
    return say.gettext(
        "Open deals by their expected close. Commit: in a stage that is won at %(commit)s or more; "
        "best case: at %(best)s or more; pipeline: the rest. Each line counts its own deals once; "
        "together adds what stands above it.",
        commit=say.percent(Decimal(COMMIT_FROM_BP) / 10_000),
        best=say.percent(Decimal(BEST_CASE_FROM_BP) / 10_000),
    )
