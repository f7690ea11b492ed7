"""The list of deals: filters, sums, order, and never anything out of sight."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy.orm import Session

from spm.domain.access import Permission, Role, may
from spm.domain.ids import AccountId, PersonId, PipelineId, StageId, TeamId
from spm.domain.money import Money
from spm.domain.pipeline.deals import Concern, Status
from spm.domain.pipeline.stages import StageKind
from spm.models.organisation import PersonRow
from spm.models.pipeline import DealRow, StageRow
from spm.queries.pipeline.deal_list import (
    DealList,
    Filters,
    Range,
    RangeEmpty,
    Sort,
    all_deals,
    deals_page,
    owners_in_sight,
)
from spm.queries.pipeline.deals import deal_record
from spm.services.work import Work
from tests.builders import a_deal, a_person, a_pipeline, a_team, an_account

WorkAs = Callable[[int], Work]
TODAY = date(2026, 11, 18)


@dataclass
class House:
    people: dict[str, PersonRow]
    stages: dict[str, StageRow]
    deals: list[DealRow]
    team_id: TeamId
    account_id: AccountId


@pytest.fixture
def house(session: Session) -> House:
    manager = a_person(session, "Mia", Role.MANAGER)
    people = {
        "manager": manager,
        "rep": a_person(session, "Rita", manager=manager),
        "other": a_person(session, "Otto"),
        "operations": a_person(session, "Olga", Role.OPERATIONS),
        "administrator": a_person(session, "Ada", Role.ADMINISTRATOR),
        "executive": a_person(session, "Eve", Role.EXECUTIVE),
    }
    above = a_team(session, "All")
    a_team(session, "South", people["rep"], parent=above)
    _, stages = a_pipeline(session, "Sales")
    account = an_account(session, "Зоря")
    rows = [
        a_deal(session, people["rep"], stages["Proposal"], amount_minor=100, name="Alpha"),
        a_deal(session, people["rep"], stages["Won"], amount_minor=None, name="Beta"),
        a_deal(session, people["other"], stages["Proposal"], amount_minor=300, name="Gamma"),
        a_deal(session, people["manager"], stages["Lost"], amount_minor=500, name="Delta 100%"),
    ]
    rows[0].account_id = account.id
    rows[0].expected_close_on = date(2026, 12, 1)
    rows[1].closed_on = date(2026, 11, 1)
    rows[2].currency = "EUR"
    session.flush()
    return House(people, stages, rows, TeamId(above.id), AccountId(account.id))


def listed(found: DealList) -> list[str]:
    return [line.name for line in found.lines]


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("rep", ["Alpha", "Beta"]),
        ("other", ["Gamma"]),
        ("manager", ["Alpha", "Beta", "Delta 100%"]),
        ("operations", ["Alpha", "Beta", "Delta 100%", "Gamma"]),
        ("executive", ["Alpha", "Beta", "Delta 100%", "Gamma"]),
        ("administrator", []),
    ],
)
def test_people_see_the_deals_in_their_sight(
    session: Session, house: House, work_as: WorkAs, who: str, names: list[str]
) -> None:
    actor = work_as(house.people[who].id).actor
    assert listed(deals_page(session, actor, Filters(), TODAY, sort=Sort.NAME)) == names


def test_no_filter_shows_what_is_out_of_sight(
    session: Session, house: House, work_as: WorkAs
) -> None:
    """The list and the single deal agree for everybody, whatever is asked for."""
    filters = [
        Filters(),
        *(Filters(owner_id=PersonId(person.id)) for person in house.people.values()),
        *(Filters(stage_id=StageId(stage.id)) for stage in house.stages.values()),
        *(Filters(status=status) for status in Status),
        *(Filters(concern=concern) for concern in Concern),
        Filters(account_id=house.account_id),
        Filters(team_id=house.team_id),
        Filters(text="a"),
        Filters(pipeline_id=PipelineId(1)),
    ]
    kinds = {stage.id: StageKind(stage.kind) for stage in house.stages.values()}
    visible = {
        who: {
            row.name
            for row in house.deals
            if may(
                work_as(person.id).actor,
                Permission.DEALS_VIEW,
                deal_record(row, kinds[row.stage_id]).subject,
            )
        }
        for who, person in house.people.items()
    }
    for who, asked, sort in product(house.people, filters, Sort):
        actor = work_as(house.people[who].id).actor
        page = deals_page(session, actor, asked, TODAY, sort=sort)
        assert set(listed(page)) <= visible[who]
        assert page.total == len(page.lines)
        assert sum(money.minor for money in page.sums) <= sum(
            row.amount_minor or 0 for row in house.deals if row.name in visible[who]
        )


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (Filters(status=Status.OPEN), ["Alpha", "Gamma"]),
        (Filters(status=Status.CLOSED), ["Beta", "Delta 100%"]),
        (Filters(status=Status.WON), ["Beta"]),
        (Filters(text="ALPHA"), ["Alpha"]),
        (Filters(text="зоря alp"), ["Alpha"]),
        (Filters(text="100%"), ["Delta 100%"]),
        (Filters(text="_"), []),
        (Filters(expected=Range(date(2026, 12, 1), date(2026, 12, 1))), ["Alpha"]),
        (Filters(expected=Range(None, date(2026, 11, 30))), []),
        (Filters(closed=Range(date(2026, 11, 1))), ["Beta"]),
    ],
)
def test_filters_narrow(
    session: Session, house: House, work_as: WorkAs, filters: Filters, names: list[str]
) -> None:
    actor = work_as(house.people["operations"].id).actor
    assert listed(deals_page(session, actor, filters, TODAY, sort=Sort.NAME)) == names
    every = all_deals(session, actor, filters, TODAY, sort=Sort.NAME)
    assert [line.name for line in every] == names


def test_what_needs_attention_is_what_the_page_of_the_deal_says(
    session: Session, house: House, work_as: WorkAs
) -> None:
    alpha, beta, gamma, _ = house.deals
    stage = house.stages["Proposal"]
    stage.expected_days = 10
    alpha.expected_close_on, alpha.next_step = TODAY - timedelta(days=1), "Call"
    alpha.stage_since_at = datetime(2026, 11, 8, 12, tzinfo=UTC)  # ten days ago
    gamma.expected_close_on, gamma.amount_minor = TODAY, None
    gamma.stage_since_at = datetime(2026, 11, 7, 23, 59, tzinfo=UTC)
    beta.next_step = ""  # won: nothing about it is asked any more
    session.flush()
    actor = work_as(house.people["operations"].id).actor
    found = {
        concern: listed(deals_page(session, actor, Filters(concern=concern), TODAY))
        for concern in Concern
    }
    assert found == {
        Concern.OVERDUE: ["Alpha"],
        Concern.LINGERING: ["Gamma"],
        Concern.NO_NEXT_STEP: ["Gamma"],
        Concern.NO_CLOSE_DATE: [],
        Concern.NO_AMOUNT: ["Gamma"],
    }


def test_a_team_s_deals_are_those_of_its_members_and_of_the_teams_below(
    session: Session, house: House, work_as: WorkAs
) -> None:
    actor = work_as(house.people["operations"].id).actor
    found = deals_page(session, actor, Filters(team_id=house.team_id), TODAY, sort=Sort.NAME)
    assert listed(found) == ["Alpha", "Beta"]


def test_sums_are_by_currency_and_say_what_is_unknown(
    session: Session, house: House, work_as: WorkAs
) -> None:
    actor = work_as(house.people["operations"].id).actor
    found = deals_page(session, actor, Filters(), TODAY)
    assert found.sums == (Money("EUR", 300), Money("USD", 600))
    assert (found.total, found.unknown_amounts) == (4, 1)


@pytest.mark.parametrize("is_descending", [False, True])
def test_what_has_no_value_comes_last_either_way(
    session: Session, house: House, work_as: WorkAs, is_descending: bool
) -> None:
    actor = work_as(house.people["operations"].id).actor
    found = deals_page(
        session, actor, Filters(), TODAY, sort=Sort.AMOUNT, is_descending=is_descending
    )
    names = ["Alpha", "Gamma", "Delta 100%"]
    assert listed(found) == [*(reversed(names) if is_descending else names), "Beta"]


def test_a_range_that_ends_before_it_begins_is_refused(
    session: Session, house: House, work_as: WorkAs
) -> None:
    actor = work_as(house.people["rep"].id).actor
    backwards = Range(date(2026, 2, 1), date(2026, 1, 1))
    for filters in (
        replace(Filters(), expected=backwards),
        replace(Filters(), opened=backwards),
        replace(Filters(), closed=backwards),
    ):
        with pytest.raises(RangeEmpty):
            deals_page(session, actor, filters, TODAY)


def test_the_owners_to_choose_from_are_those_in_sight(
    session: Session, house: House, work_as: WorkAs
) -> None:
    actor = work_as(house.people["manager"].id).actor
    assert [name for _, name in owners_in_sight(session, actor)] == ["Mia", "Rita"]
