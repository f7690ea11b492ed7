"""Taking a move back: an act of its own, only one's own last one, and nothing is erased."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import NotFound
from spm.domain.ids import AuditId, DealId, PersonId, PipelineId, StageId
from spm.domain.metrics.figure import Question, Scope, ScopeKind
from spm.domain.metrics.registry import MetricId
from spm.domain.money import Money
from spm.domain.period import AsOf, parse
from spm.domain.pipeline import deals as rules
from spm.domain.pipeline.deals import Deal, Facts, Move
from spm.models.audit import AuditEntryRow
from spm.models.organisation import PersonRow
from spm.models.pipeline import DealEventRow, StageRow
from spm.queries.metrics.figures import figure
from spm.queries.pipeline.deals import get_deal
from spm.services.pipeline import deals, history
from spm.services.work import StaleEdit, Work
from tests.builders import a_person, a_pipeline

WorkAs = Callable[[int], Work]
TODAY = date(2026, 11, 18)


@dataclass
class House:
    manager: PersonRow
    rep: PersonRow
    other: PersonRow
    stages: dict[str, StageRow]
    deal_id: DealId

    def stage(self, name: str) -> StageId:
        return StageId(self.stages[name].id)


@pytest.fixture
def house(session: Session, work: Work) -> House:
    manager = a_person(session, "Mia", Role.MANAGER)
    rep = a_person(session, "Rita", manager=manager)
    pipeline, stages = a_pipeline(session)
    new = deals.NewDeal(
        Facts("Big", "USD", amount=Money("USD", 100_000)),
        PersonId(rep.id),
        PipelineId(pipeline.id),
        None,
        date(2026, 11, 2),
    )
    return House(manager, rep, a_person(session, "Otto"), stages, deals.create(work, new))


def current(work: Work, house: House) -> Deal:
    return get_deal(work.session, work.actor, house.deal_id)


def moved(work: Work, house: House, move: Move) -> AuditId:
    version = current(work, house).version
    return deals.move(work, house.deal_id, move, version=version).act_id


def undo(work: Work, house: House, act_id: AuditId) -> None:
    deals.undo_move(work, house.deal_id, act_id, version=current(work, house).version)


def test_it_goes_back_by_an_event_and_an_entry_of_its_own(
    session: Session, house: House, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    act_id = moved(work, house, Move(house.stage("Proposal"), TODAY))
    undo(work, house, act_id)
    assert current(work, house).stage_id == house.stage("Prospecting")
    events = session.scalars(select(DealEventRow).order_by(DealEventRow.id)).all()
    assert [(e.kind, e.stage_id) for e in events] == [
        ("created", house.stage("Prospecting")),
        ("stage", house.stage("Proposal")),
        ("stage", house.stage("Prospecting")),
    ]
    assert [e.voided_act_id for e in events] == [None, None, None]
    assert [e.undoes_id for e in events] == [None, None, events[1].id]
    assert events[2].occurred_at == events[1].occurred_at
    entry = session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id)).all()[-1]
    assert events[-1].act_id == entry.id
    assert (entry.act, entry.before, entry.after) == (
        "deals.move",
        {"stage": "Proposal"},
        {"stage": "Prospecting", "undoes": act_id},
    )


def test_what_the_move_said_is_taken_back_with_it(house: House, work_as: WorkAs) -> None:
    work = work_as(house.rep.id)
    undo(work, house, moved(work, house, Move(house.stage("Won"), TODAY, Money("USD", 70_000))))
    deal = current(work, house)
    assert (deal.facts.amount, deal.closed_on) == (Money("USD", 100_000), None)
    undo(work, house, moved(work, house, Move(house.stage("Lost"), TODAY, loss_reason="Price")))
    assert current(work, house).loss_reason == ""


def test_a_reopening_that_is_taken_back_is_lost_again_for_its_reason(
    house: House, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    lost = Move(
        house.stage("Lost"), date(2026, 11, 10), loss_reason="Price", loss_notes="Ask sooner."
    )
    moved(work, house, lost)
    undo(work, house, moved(work, house, Move(house.stage("Proposal"), TODAY, reason="Again")))
    deal = current(work, house)
    assert (deal.stage_id, deal.loss_reason) == (house.stage("Lost"), "Price")
    assert deal.facts.loss_notes == "Ask sooner."


def test_the_caches_are_what_a_rebuild_says(
    session: Session, house: House, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    undo(work, house, moved(work, house, Move(house.stage("Won"), TODAY)))
    before = current(work, house)
    history.rebuild(session)
    session.expire_all()
    assert current(work, house) == before


def test_a_stage_that_was_reached_by_a_slip_is_not_counted_as_reached(
    session: Session, house: House, work_as: WorkAs
) -> None:
    def count(stage: str, as_of: AsOf) -> Decimal | None:
        session.expire_all()
        asked = Question(
            MetricId.DEALS_REACHING_STAGE,
            Scope(ScopeKind.REP, house.rep.id),
            as_of,
            period=parse("2026-11"),
            stage_id=house.stage(stage),
        )
        return figure(session, work.organisation, asked).value

    work = work_as(house.rep.id)
    now = AsOf.at(work.now + timedelta(minutes=5))
    assert count("Proposal", now) == 0
    act_id = moved(work, house, Move(house.stage("Negotiation"), TODAY))
    assert count("Proposal", now) == 1
    undo(work, house, act_id)
    # As of now, as of the instant of the slip, and as of the end of that day.
    for as_of in (now, AsOf.at(work.now), AsOf.of_date(TODAY, work.organisation.zone)):
        assert count("Proposal", as_of) == 0
    moved(work, house, Move(house.stage("Proposal"), TODAY))
    assert count("Proposal", now) == 1
    assert count("Negotiation", now) == 0


def test_a_deal_that_comes_back_to_its_stage_has_been_there_all_the_time(
    house: House, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    since = current(work, house).stage_since_at
    undo(work, house, moved(work, house, Move(house.stage("Proposal"), TODAY)))
    assert current(work, house).stage_since_at == since


def test_only_the_last_move_and_only_one_s_own(
    session: Session, house: House, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    first = moved(work, house, Move(house.stage("Proposal"), TODAY))
    second = moved(work, house, Move(house.stage("Negotiation"), TODAY))
    with pytest.raises(rules.NothingToUndo):
        undo(work, house, first)
    with pytest.raises(rules.NothingToUndo):
        undo(work_as(house.manager.id), house, second)
    with pytest.raises(NotFound):
        deals.undo_move(work_as(house.other.id), house.deal_id, second, version=1)
    with pytest.raises(StaleEdit):
        deals.undo_move(work, house.deal_id, second, version=1)
    undo(work, house, second)
    with pytest.raises(rules.NothingToUndo):
        undo(work, house, second)
    undone = session.scalars(select(AuditEntryRow.id).order_by(AuditEntryRow.id.desc())).first()
    assert undone is not None
    with pytest.raises(rules.NothingToUndo):
        undo(work, house, AuditId(undone))
    assert current(work, house).stage_id == house.stage("Proposal")
