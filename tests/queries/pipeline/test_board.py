"""The board: columns with all their counts and sums, the first cards, and nothing out of sight."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.ids import PersonId, PipelineId, StageId
from spm.domain.money import Money
from spm.domain.pipeline.deals import Concern
from spm.models.organisation import PersonRow
from spm.models.pipeline import StageRow
from spm.queries.pipeline.board import CARDS, BoardColumn, board
from spm.queries.pipeline.deal_list import Filters, RangeEmpty
from spm.queries.pipeline.pipelines import get_pipeline
from spm.services.work import Work
from tests.builders import a_deal, a_person, a_pipeline
from tests.conftest import NOW

WorkAs = Callable[[int], Work]
TODAY = date(2026, 11, 18)


@dataclass
class House:
    manager: PersonRow
    rep: PersonRow
    other: PersonRow
    pipeline_id: PipelineId
    stages: dict[str, StageRow]

    def stage(self, name: str) -> StageId:
        return StageId(self.stages[name].id)


@pytest.fixture
def house(session: Session) -> House:
    manager = a_person(session, "Mia", Role.MANAGER)
    rep = a_person(session, "Rita", manager=manager)
    pipeline, stages = a_pipeline(session)
    stages["Proposal"].expected_days = 10
    return House(manager, rep, a_person(session, "Otto"), PipelineId(pipeline.id), stages)


def columns(
    work: Work, house: House, filters: Filters | None = None, more: str = ""
) -> dict[str, BoardColumn]:
    found = board(
        work.session,
        work.actor,
        get_pipeline(work.session, house.pipeline_id),
        filters or Filters(),
        TODAY,
        work.organisation,
        more=house.stage(more) if more else None,
    )
    return {column.stage.name: column for column in found}


def test_a_column_counts_and_sums_all_its_deals_and_shows_the_first(
    session: Session, house: House, work_as: WorkAs
) -> None:
    stage = house.stages["Proposal"]
    for number in range(CARDS + 3):
        a_deal(
            session,
            house.rep,
            stage,
            amount_minor=100,
            expected_close_on=TODAY + timedelta(days=number),
        )
    a_deal(session, house.rep, stage, amount_minor=None).currency = "EUR"
    a_deal(session, house.rep, stage, amount_minor=500).currency = "EUR"
    a_deal(session, house.other, stage, amount_minor=10**9)
    work = work_as(house.rep.id)
    found = columns(work, house)
    assert list(found) == list(house.stages)
    column = found["Proposal"]
    assert (column.total, column.unknown_amounts) == (CARDS + 5, 1)
    assert column.sums == (Money("EUR", 500), Money("USD", 100 * (CARDS + 3)))
    assert (len(column.cards), column.hidden) == (CARDS, 5)
    shown = [card.deal.facts.expected_close_on for card in column.cards]
    assert shown == [TODAY + timedelta(days=number) for number in range(CARDS)]
    assert columns(work, house, more="Proposal")["Proposal"].hidden == 0
    assert columns(work_as(house.other.id), house)["Proposal"].sums == (Money("USD", 10**9),)


def test_what_is_decided_goes_back_thirty_days(
    session: Session, house: House, work_as: WorkAs
) -> None:
    for days in (0, 29, 30, 400):
        a_deal(session, house.rep, house.stages["Won"]).closed_on = TODAY - timedelta(days=days)
    found = columns(work_as(house.rep.id), house)["Won"]
    assert (found.total, found.since) == (2, date(2026, 10, 20))
    assert [card.deal.closed_on for card in found.cards] == [TODAY, TODAY - timedelta(days=29)]


def test_a_card_says_what_asks_for_attention(
    session: Session, house: House, work_as: WorkAs
) -> None:
    late = a_deal(session, house.rep, house.stages["Proposal"], expected_close_on=date(2026, 11, 1))
    late.stage_since_at = NOW - timedelta(days=11)
    late.next_step = "Call"
    fresh = a_deal(session, house.rep, house.stages["Proposal"], expected_close_on=TODAY)
    fresh.stage_since_at = NOW - timedelta(days=10)
    first, second = columns(work_as(house.rep.id), house)["Proposal"].cards
    assert (first.days_in_stage, first.marks) == (11, (Concern.OVERDUE, Concern.LINGERING))
    assert (second.days_in_stage, second.marks) == (10, (Concern.NO_NEXT_STEP,))


def test_a_stage_that_is_no_longer_used_stands_there_while_deals_are_in_it(
    session: Session, house: House, work_as: WorkAs
) -> None:
    house.stages["Qualification"].is_active = False
    house.stages["Negotiation"].is_active = False
    a_deal(session, house.rep, house.stages["Qualification"])
    names = list(columns(work_as(house.rep.id), house))
    assert names == ["Prospecting", "Qualification", "Proposal", "Won", "Lost"]


@pytest.mark.parametrize(
    ("least", "most", "names"),
    [
        (None, None, {"cents", "yen", "dinar", "nothing"}),
        ("100", None, {"cents", "yen"}),
        ("100.01", None, {"yen"}),
        (None, "99.9", {"dinar"}),
        ("50", "100", {"cents", "dinar"}),
    ],
)
def test_an_amount_is_compared_in_its_own_currency(
    session: Session,
    house: House,
    work_as: WorkAs,
    least: str | None,
    most: str | None,
    names: set[str],
) -> None:
    for name, currency, minor in (
        ("cents", "USD", 10_000),
        ("yen", "JPY", 150),
        ("dinar", "KWD", 50_000),
        ("nothing", "USD", None),
    ):
        deal = a_deal(session, house.rep, house.stages["Proposal"], amount_minor=minor, name=name)
        deal.currency = currency
    filters = Filters(
        least=None if least is None else Decimal(least),
        most=None if most is None else Decimal(most),
    )
    cards = columns(work_as(house.rep.id), house, filters)["Proposal"].cards
    assert {card.deal.facts.name for card in cards} == names


def test_an_empty_range_is_refused(house: House, work_as: WorkAs) -> None:
    with pytest.raises(RangeEmpty):
        columns(work_as(house.rep.id), house, Filters(least=Decimal(2), most=Decimal(1)))


@pytest.mark.sqlite
@settings(max_examples=20)
@given(
    made=st.lists(
        st.tuples(
            st.sampled_from(["Prospecting", "Proposal", "Negotiation"]),
            st.none() | st.integers(0, 10**9),
            st.sampled_from(["USD", "EUR", "JPY"]),
        ),
        max_size=30,
    )
)
def test_columns_add_up_to_the_deals(
    made: list[tuple[str, int | None, str]],
) -> None:
    from spm.adapters.database import open_engine
    from spm.models.base import Base

    engine = open_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        rep = a_person(session, "Rita")
        pipeline, stages = a_pipeline(session)
        for stage, minor, currency in made:
            a_deal(session, rep, stages[stage], amount_minor=minor).currency = currency
        session.flush()
        from spm.domain.access import Actor
        from spm.domain.organisation import Organisation

        found = board(
            session,
            Actor.console(),
            get_pipeline(session, PipelineId(pipeline.id)),
            Filters(),
            TODAY,
            Organisation(name="Example", is_set_up=True),
        )
        expected: Counter[tuple[str, str]] = Counter()
        for stage, minor, currency in made:
            expected[stage, currency] += minor or 0
        told = Counter(
            {(c.stage.name, money.currency): money.minor for c in found for money in c.sums}
        )
        assert +told == +expected
        assert sum(column.total for column in found) == len(made)
        unknown = sum(column.unknown_amounts for column in found)
        assert unknown == sum(minor is None for _, minor, _ in made)
    engine.dispose()


def test_a_person_s_board_is_that_person_s(session: Session, house: House, work_as: WorkAs) -> None:
    a_deal(session, house.rep, house.stages["Proposal"], name="Rita's")
    a_deal(session, house.manager, house.stages["Proposal"], name="Mia's")
    found = columns(work_as(house.manager.id), house, Filters(owner_id=PersonId(house.rep.id)))
    assert [card.deal.facts.name for card in found["Proposal"].cards] == ["Rita's"]
