"""One change of many deals: one entry, each refusal named, nothing half done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import Forbidden, NotFound
from spm.domain.ids import DealId, PersonId, PipelineId, StageId
from spm.domain.money import Money
from spm.domain.pipeline import deals as rules
from spm.domain.pipeline.deals import Facts
from spm.models.audit import AuditEntryRow
from spm.models.organisation import PersonRow
from spm.models.pipeline import DealEventRow, DealRow, StageRow
from spm.services.pipeline import bulk, deals, history
from spm.services.work import StaleEdit, Work
from tests.builders import a_person, a_pipeline

WorkAs = Callable[[int], Work]


@dataclass
class House:
    people: dict[str, PersonRow]
    stages: dict[str, StageRow]
    deals: list[DealId]

    def stage(self, name: str) -> StageId:
        return StageId(self.stages[name].id)


@pytest.fixture
def house(session: Session, work: Work) -> House:
    """Three deals of the rep, one of somebody whom the manager does not lead."""
    manager = a_person(session, "Mia", Role.MANAGER)
    people = {
        "manager": manager,
        "rep": a_person(session, "Rita", manager=manager),
        "colleague": a_person(session, "Carl", manager=manager),
        "other": a_person(session, "Otto"),
    }
    pipeline, stages = a_pipeline(session)
    made = [
        deals.create(
            work,
            deals.NewDeal(
                Facts(f"Deal {number}", "USD", amount=Money("USD", 100)),
                PersonId(people[who].id),
                PipelineId(pipeline.id),
                None,
                date(2026, 11, 2),
            ),
        )
        for number, who in enumerate(("rep", "rep", "rep", "other"))
    ]
    return House(people, stages, made)


def chosen(session: Session, deal_ids: list[DealId]) -> list[bulk.Chosen]:
    session.flush()
    return [
        bulk.Chosen(
            deal_id, session.scalars(select(DealRow.version).where(DealRow.id == deal_id)).one()
        )
        for deal_id in deal_ids
    ]


def entries(session: Session) -> list[AuditEntryRow]:
    return list(session.scalars(select(AuditEntryRow).where(AuditEntryRow.object == "deals:bulk")))


@pytest.mark.parametrize(
    ("wish", "reason", "column", "value", "kind"),
    [
        (
            bulk.NewClose(date(2026, 12, 24)),
            "",
            "expected_close_on",
            date(2026, 12, 24),
            "close_date",
        ),
        (bulk.NewStep("Call"), "", "next_step", "Call", None),
    ],
)
def test_it_is_one_act(
    session: Session,
    house: House,
    work_as: WorkAs,
    wish: bulk.New,
    reason: str,
    column: str,
    value: object,
    kind: str | None,
) -> None:
    work = work_as(house.people["rep"].id)
    outcome = bulk.change_many(work, chosen(session, house.deals[:3]), wish, reason)
    assert outcome == bulk.Outcome(3, 0, ())
    session.expire_all()
    rows = [session.get_one(DealRow, deal_id) for deal_id in house.deals[:3]]
    assert [getattr(row, column) for row in rows] == [value] * 3
    (entry,) = entries(session)
    assert entry.act == "deals.edit"
    assert entry.after["changed"] == 3
    assert entry.after["deals"] == [int(deal_id) for deal_id in house.deals[:3]]
    events = session.scalars(select(DealEventRow).where(DealEventRow.act_id == entry.id)).all()
    assert [event.kind for event in events] == ([kind] * 3 if kind else [])


def test_deals_are_moved_together(session: Session, house: House, work_as: WorkAs) -> None:
    work = work_as(house.people["rep"].id)
    wish = bulk.NewStage(house.stage("Proposal"))
    outcome = bulk.change_many(work, chosen(session, house.deals[:3]), wish, "")
    assert (outcome.changed, outcome.refused) == (3, ())
    session.expire_all()
    assert {session.get_one(DealRow, each).stage_id for each in house.deals[:3]} == {
        house.stage("Proposal")
    }
    before = {each: session.get_one(DealRow, each).version for each in house.deals}
    history.rebuild(session)
    session.expire_all()
    assert {each: session.get_one(DealRow, each).version for each in house.deals} == before


def test_whoever_may_hands_them_over(session: Session, house: House, work_as: WorkAs) -> None:
    colleague = PersonId(house.people["colleague"].id)
    picked = chosen(session, house.deals)
    outcome = bulk.change_many(
        work_as(house.people["manager"].id), picked, bulk.NewOwner(colleague), "Rita is full"
    )
    assert outcome.changed == 3
    assert [(each.deal_id, each.name, type(each.error)) for each in outcome.refused] == [
        (house.deals[3], "", NotFound)
    ]
    refused = bulk.change_many(
        work_as(house.people["rep"].id),
        chosen(session, house.deals[:1]),
        bulk.NewOwner(colleague),
        "away",
    ).refused
    assert isinstance(refused[0].error, NotFound)


def test_what_refuses_stays_and_is_named(session: Session, house: House, work_as: WorkAs) -> None:
    work = work_as(house.people["rep"].id)
    first, second, third = chosen(session, house.deals[:3])
    deals.edit(work, third.deal_id, Facts("Deal 2", "USD", next_step="New"), version=third.version)
    wish = bulk.NewClose(date(2026, 12, 24))
    outcome = bulk.change_many(work, [first, second, third, first], wish, "")
    assert outcome.changed == 2
    assert [(each.name, type(each.error)) for each in outcome.refused] == [("Deal 2", StaleEdit)]
    assert entries(session)[0].after["refused"] == 1
    session.expire_all()
    assert session.get_one(DealRow, third.deal_id).expected_close_on is None
    early = bulk.change_many(
        work, chosen(session, house.deals[:2]), bulk.NewClose(date(2026, 1, 1)), ""
    )
    assert [type(each.error) for each in early.refused] == [rules.CloseBeforeOpening] * 2
    assert len(entries(session)) == 1


def test_another_person_s_deals_need_a_reason(
    session: Session, house: House, work_as: WorkAs
) -> None:
    work = work_as(house.people["manager"].id)
    picked = chosen(session, house.deals[:1])
    without = bulk.change_many(work, picked, bulk.NewStep("Call"), "")
    assert [type(each.error) for each in without.refused] == [rules.ReasonNeeded]
    assert bulk.change_many(work, picked, bulk.NewStep("Call"), "Agreed").changed == 1
    same = bulk.change_many(work, chosen(session, house.deals[:1]), bulk.NewStep("Call"), "Agreed")
    assert (same.changed, same.same) == (0, 1)


def test_a_reader_changes_nothing(session: Session, house: House, work_as: WorkAs) -> None:
    auditor = a_person(session, "Abel", Role.AUDITOR)
    outcome = bulk.change_many(
        work_as(auditor.id), chosen(session, house.deals), bulk.NewStep("x"), "y"
    )
    assert {type(each.error) for each in outcome.refused} == {Forbidden}
    assert not entries(session)


def test_none_and_too_many_are_refused(house: House, work: Work) -> None:
    with pytest.raises(bulk.NothingChosen):
        bulk.change_many(work, [], bulk.NewStep("x"), "")
    many = [bulk.Chosen(DealId(number), 1) for number in range(1, bulk.MOST + 2)]
    with pytest.raises(bulk.TooManyChosen):
        bulk.change_many(work, many, bulk.NewStep("x"), "")
