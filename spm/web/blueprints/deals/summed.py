"""What a list of deals comes to: the definition card of its count and its sums."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from spm.i18n import formats
from spm.i18n.labels import label
from spm.i18n.words import current, gettext
from spm.queries.pipeline.deal_list import DealLine, DealList, Filters, Range
from spm.services.work import Work
from spm.web.asked import Asked
from spm.web.blueprints.deals.listing import ListPage, Question, list_page

SHOWN = 8
"""So many deals stand on the card; the list has them all."""


@dataclass(frozen=True, slots=True)
class SummedPage:
    """The count and the sums of the deals that an address asks for.

    Attributes:
        filters: Names and words of what narrows them; empty where nothing does.
        lines: The first of them, in the order of the list.
        list_url: The list of all of them, under the same filter.
        now: As of when.
    """

    found: DealList
    filters: tuple[tuple[str, str], ...]
    lines: tuple[DealLine, ...]
    list_url: str
    now: datetime


def summed_page(work: Work, asked: Asked, question: Question) -> SummedPage:
    """Return the card of what the list under ``question`` comes to."""
    page = list_page(work, asked, question)
    return SummedPage(
        found=page.found,
        filters=tuple(_filters(page, question.filters)),
        lines=page.found.lines[:SHOWN],
        list_url=url_for("deals.list") + asked.tail,
        now=work.now,
    )


def _filters(page: ListPage, asked: Filters) -> Iterator[tuple[str, str]]:
    """Yield what narrows a list, in the words of its form."""
    if asked.text:
        yield gettext("Deal or account"), asked.text
    if asked.status is not None:
        yield gettext("Status"), label(asked.status)
    if asked.concern is not None:
        yield gettext("Needs attention"), label(asked.concern)
    yield from _named(page, asked)
    for name, span in (
        (gettext("Expected"), asked.expected),
        (gettext("Opened"), asked.opened),
        (gettext("Closed"), asked.closed),
    ):
        if span:
            yield name, _span(span)
    locale = current().locale
    if asked.least is not None:
        yield gettext("Amount from"), formats.number(asked.least, locale)
    if asked.most is not None:
        yield gettext("Amount to"), formats.number(asked.most, locale)


def _named(page: ListPage, asked: Filters) -> Iterator[tuple[str, str]]:
    """Yield the person, the place and the things that a list is narrowed to, by their names."""
    stages = {stage.id: stage.name for each in page.pipelines for stage in each.stages}
    narrowed: tuple[tuple[str, int | None, Mapping[Any, str]], ...] = (
        (gettext("Owner"), asked.owner_id, dict(page.owners)),
        (gettext("Team"), asked.team_id, dict(page.teams)),
        (gettext("Pipeline"), asked.pipeline_id, {one.id: one.name for one in page.pipelines}),
        (gettext("Stage"), asked.stage_id, stages),
        (gettext("Product"), asked.product_id, dict(page.products)),
        (gettext("Territory"), asked.territory_id, dict(page.territories)),
    )
    for name, key, known in narrowed:
        if key is not None:
            yield name, known.get(key, formats.UNKNOWN)
    if asked.account_id is not None:
        yield gettext("Account"), page.account_name or formats.UNKNOWN


def _span(span: Range) -> str:
    locale = current().locale
    first = "" if span.start is None else formats.date(span.start, locale)
    last = "" if span.last is None else formats.date(span.last, locale)
    return f"{first} – {last}".strip()
