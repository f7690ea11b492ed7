"""Everybody's deals by their dates and what they come to, as plainly sorted and added up."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from spm.domain.access import Actor
from spm.domain.ids import PersonId, PipelineId, StageId
from spm.domain.money import Money
from spm.domain.pipeline.deals import Facts, Move, Status
from spm.models.pipeline import DealRow
from spm.queries.pipeline import deal_list, everybody
from spm.queries.pipeline.deal_list import Filters, Sort, deals_page
from spm.services.pipeline import deals
from spm.services.pipeline.deals import NewDeal
from spm.services.work import Work
from tests.builders import a_person, a_pipeline

START = date(2026, 10, 1)


@pytest.fixture
def sold(work: Work) -> list[DealRow]:
    """Twenty deals in open and decided stages, some of one day, some without a date or an amount."""
    session = work.session
    person = PersonId(a_person(session).id)
    pipeline, stages = a_pipeline(session)
    names = ("Proposal", "Won", "Lost", "Qualification")
    for n in range(20):
        amount = (
            None if n % 5 == 0 and n % 4 != 1 else Money("EUR" if n % 3 == 0 else "USD", 100 * n)
        )
        facts = Facts(
            f"Deal {n}",
            "EUR" if n % 3 == 0 else "USD",
            amount=amount,
            expected_close_on=None if n % 7 == 0 else START + timedelta(days=n % 6),
        )
        new = NewDeal(facts, person, PipelineId(pipeline.id), None, START)
        deal_id = deals.create(work, new)
        stage_id = StageId(stages[names[n % 4]].id)
        on = START + timedelta(days=1 + n % 4)
        version = session.get_one(DealRow, deal_id).version
        deals.move(work, deal_id, Move(stage_id, on, None, "because", "price"), version=version)
    session.expire_all()
    return list(session.scalars(select(DealRow).order_by(DealRow.id)))


def plainly(
    rows: list[DealRow], column: InstrumentedAttribute[date | None], *, is_descending: bool
) -> list[int]:
    """The ids by date and id, backwards where that is asked; those without a date last."""
    dated = [row for row in rows if getattr(row, column.key) is not None]
    undated = [row for row in rows if getattr(row, column.key) is None]
    dated.sort(key=lambda row: (getattr(row, column.key), row.id), reverse=is_descending)
    undated.sort(key=lambda row: row.id, reverse=is_descending)
    return [row.id for row in (*dated, *undated)]


@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("sort", [Sort.EXPECTED, Sort.CLOSED, Sort.AMOUNT])
def test_pages_follow_each_other_in_the_order_of_dates(
    work: Work,
    sold: list[DealRow],
    monkeypatch: pytest.MonkeyPatch,
    sort: Sort,
    is_descending: bool,
) -> None:
    monkeypatch.setattr(deal_list, "PAGE", 3)
    seen: list[int] = []
    for page in range(1, 9):
        found = deals_page(
            work.session,
            Actor.console(),
            Filters(),
            START,
            sort=sort,
            is_descending=is_descending,
            page=page,
        )
        assert found.total == len(sold)
        seen += [line.id for line in found.lines]
    column = {
        Sort.EXPECTED: DealRow.expected_close_on,
        Sort.CLOSED: DealRow.closed_on,
        Sort.AMOUNT: DealRow.amount_minor,
    }[sort]
    assert seen == plainly(sold, column, is_descending=is_descending)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [None, *Status])
def test_the_sums_are_those_of_the_deals(
    work: Work, sold: list[DealRow], monkeypatch: pytest.MonkeyPatch, status: Status | None
) -> None:
    def come_to() -> tuple[int, tuple[Money, ...], int]:
        found = deals_page(work.session, Actor.console(), Filters(status=status), START)
        return found.total, found.sums, found.unknown_amounts

    rolled_up = come_to()
    monkeypatch.setattr(everybody, "totals", lambda *_: None)
    assert rolled_up == come_to()
