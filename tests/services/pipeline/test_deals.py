"""What happens when people create, edit, move and hand over deals."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import Forbidden, NotFound, SpmError
from spm.domain.ids import AccountId, DealId, PersonId, PipelineId, ProductId, StageId
from spm.domain.money import Money
from spm.domain.pipeline import deals as rules
from spm.domain.pipeline.deals import Deal, Facts, Move
from spm.domain.pipeline.history import EventKind
from spm.domain.pipeline.lines import AmountFromLines
from spm.domain.pipeline.stages import StageKind
from spm.models.audit import AuditEntryRow
from spm.models.organisation import PersonRow
from spm.models.pipeline import DealEventRow, DealLineRow, DealReachRow, DealStateRow, StageRow
from spm.queries.pipeline.deals import find_state, get_deal, get_story
from spm.services.pipeline import deals
from spm.services.pipeline.deals import NewDeal
from spm.services.work import StaleEdit, Work
from tests.builders import a_person, a_pipeline, a_product, an_account
from tests.conftest import NOW

FACTS = Facts("Big one", "USD", amount=Money("USD", 100_000), expected_close_on=date(2026, 12, 20))
WorkAs = Callable[[int], Work]


@dataclass
class House:
    """A manager with a rep, a rep of nobody, operations, and a pipeline."""

    manager: PersonRow
    rep: PersonRow
    other: PersonRow
    operations: PersonRow
    pipeline_id: PipelineId
    stages: dict[str, StageRow]

    def stage(self, name: str) -> StageId:
        return StageId(self.stages[name].id)

    def new(self, owner: PersonRow, facts: Facts = FACTS, on: date = date(2026, 11, 2)) -> NewDeal:
        return NewDeal(facts, PersonId(owner.id), self.pipeline_id, None, on)


@pytest.fixture
def house(session: Session) -> House:
    manager = a_person(session, "Mia Manager", Role.MANAGER)
    pipeline, stages = a_pipeline(session)
    return House(
        manager=manager,
        rep=a_person(session, "Rita Rep", manager=manager),
        other=a_person(session, "Otto Other"),
        operations=a_person(session, "Olga Operations", Role.OPERATIONS),
        pipeline_id=PipelineId(pipeline.id),
        stages=stages,
    )


@pytest.fixture
def deal_id(house: House, work_as: WorkAs) -> DealId:
    return deals.create(work_as(house.rep.id), house.new(house.rep))


def current(work: Work, deal_id: DealId) -> Deal:
    return get_deal(work.session, work.actor, deal_id)


def logged(session: Session, deal_id: DealId) -> list[str]:
    return list(
        session.scalars(
            select(DealEventRow.kind)
            .where(DealEventRow.deal_id == deal_id)
            .order_by(DealEventRow.id)
        )
    )


def audited(session: Session, deal_id: DealId) -> list[AuditEntryRow]:
    return list(
        session.scalars(
            select(AuditEntryRow)
            .where(AuditEntryRow.object == f"deal:{deal_id}")
            .order_by(AuditEntryRow.id)
        )
    )


def test_a_new_deal_is_in_the_first_stage_with_its_log_and_caches(
    session: Session, house: House, deal_id: DealId, work_as: WorkAs
) -> None:
    deal = current(work_as(house.rep.id), deal_id)
    assert (deal.stage_id, deal.opened_on) == (house.stage("Prospecting"), date(2026, 11, 2))
    assert logged(session, deal_id) == ["created"]
    event = session.scalars(select(DealEventRow)).one()
    assert event.occurred_at == datetime(2026, 11, 2, tzinfo=UTC)
    assert event.act_id == audited(session, deal_id)[0].id
    state = session.scalars(select(DealStateRow)).one()
    assert (state.from_at, state.amount_minor) == (event.occurred_at, 100_000)
    assert session.scalars(select(DealReachRow.stage_id)).all() == [house.stage("Prospecting")]


@pytest.mark.parametrize(
    ("who", "owner", "error"),
    [
        ("rep", "other", Forbidden),
        ("manager", "other", Forbidden),
        ("manager", "rep", None),
        ("manager", "manager", None),
        ("operations", "other", None),
    ],
)
def test_one_enters_deals_for_oneself_and_those_one_leads(
    house: House, work_as: WorkAs, who: str, owner: str, error: type[SpmError] | None
) -> None:
    work = work_as(getattr(house, who).id)
    new = house.new(getattr(house, owner))
    if error is None:
        assert deals.create(work, new)
    else:
        with pytest.raises(error):
            deals.create(work, new)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": ""}, deals.NameEmpty),
        ({"amount": Money("USD", -1)}, rules.AmountOutOfRange),
        ({"expected_close_on": date(2026, 11, 1)}, rules.CloseBeforeOpening),
        ({"account_id": AccountId(99)}, deals.ReferenceUnknown),
        ({"product_id": ProductId(99)}, deals.ReferenceUnknown),
    ],
)
def test_a_new_deal_is_refused(
    house: House, work_as: WorkAs, changes: dict[str, object], error: type[SpmError]
) -> None:
    facts = replace(FACTS, **changes)  # type: ignore[arg-type]
    with pytest.raises(error):
        deals.create(work_as(house.rep.id), house.new(house.rep, facts))


def test_a_deal_cannot_begin_tomorrow_or_with_somebody_who_left(
    session: Session, house: House, work_as: WorkAs
) -> None:
    with pytest.raises(rules.FutureDate):
        deals.create(work_as(house.rep.id), house.new(house.rep, on=date(2026, 11, 19)))
    house.rep.left_on = date(2026, 11, 1)
    session.flush()
    with pytest.raises(deals.ReferenceUnknown):
        deals.create(work_as(house.operations.id), house.new(house.rep))


def test_an_edit_writes_an_event_for_each_changed_fact_and_one_audit_entry(
    session: Session, house: House, deal_id: DealId, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    account = an_account(session)
    facts = replace(
        FACTS,
        name="Bigger",
        amount=Money("USD", 5),
        account_id=AccountId(account.id),
        next_step="Call",
    )
    deals.edit(work, deal_id, facts, version=current(work, deal_id).version)
    assert logged(session, deal_id) == ["created", "amount", "account"]
    assert current(work, deal_id).facts == facts
    entry = audited(session, deal_id)[-1]
    assert (entry.act, entry.person_id) == ("deals.edit", house.rep.id)
    assert entry.before == {
        "name": "Big one",
        "amount": "1000.00 USD",
        "account": None,
        "next_step": "",
    }
    assert entry.after["amount"] == "0.05 USD"


def test_an_edit_that_changes_nothing_leaves_no_trace(
    session: Session, house: House, deal_id: DealId, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    deals.edit(work, deal_id, FACTS, version=current(work, deal_id).version)
    assert len(audited(session, deal_id)) == 1


def test_a_stale_edit_is_refused_with_both_texts(
    house: House, deal_id: DealId, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    version = current(work, deal_id).version
    deals.edit(work, deal_id, replace(FACTS, name="First"), version=version)
    with pytest.raises(StaleEdit) as caught:
        deals.edit(work, deal_id, replace(FACTS, name="Second"), version=version)
    theirs, yours = caught.value.facts["theirs"], caught.value.facts["yours"]
    assert isinstance(theirs, dict)
    assert isinstance(yours, dict)
    assert (theirs["name"], yours["name"]) == ("First", "Second")


def test_a_move_makes_forms_that_were_filled_before_it_stale(
    house: House, deal_id: DealId, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    version = current(work, deal_id).version
    deals.move(work, deal_id, Move(house.stage("Proposal"), date(2026, 11, 5)), version=version)
    with pytest.raises(StaleEdit):
        deals.edit(work, deal_id, replace(FACTS, name="Late"), version=version)


def won(work: Work, house: House, deal_id: DealId, amount: Money | None = None) -> None:
    deal = current(work, deal_id)
    move = Move(house.stage("Won"), date(2026, 11, 10), amount)
    deals.move(work, deal_id, move, version=deal.version)


def test_a_won_deal_is_worth_what_it_turned_out_to_be(
    session: Session, house: House, deal_id: DealId, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    won(work, house, deal_id, Money("USD", 90_000))
    deal = current(work, deal_id)
    assert (deal.stage_kind, deal.closed_on) == (StageKind.WON, date(2026, 11, 10))
    assert deal.facts.amount == Money("USD", 90_000)
    states = session.scalars(select(DealStateRow).order_by(DealStateRow.from_at)).all()
    assert [(state.stage_kind, state.amount_minor) for state in states] == [
        ("open", 100_000),
        ("won", 90_000),
    ]
    reach = session.get(DealReachRow, (deal_id, house.stage("Won")))
    assert reach is not None
    assert reach.amount_minor == 90_000
    assert audited(session, deal_id)[-1].after == {
        "stage": "Won",
        "on": "2026-11-10",
        "amount": "900.00 USD",
    }


def test_the_amount_of_a_decided_deal_is_not_its_owner_s_to_change(
    house: House, deal_id: DealId, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    won(work, house, deal_id)
    dearer = replace(FACTS, amount=Money("USD", 1))
    version = current(work, deal_id).version
    with pytest.raises(rules.AmountLocked):
        deals.edit(work, deal_id, dearer, version=version)
    deals.edit(work, deal_id, replace(FACTS, next_step="Say thanks"), version=version)
    manager = work_as(house.manager.id)
    version = current(work, deal_id).version
    with pytest.raises(rules.ReasonNeeded):
        deals.edit(manager, deal_id, replace(dearer, next_step="Say thanks"), version=version)
    deals.edit(manager, deal_id, dearer, version=version, reason="Typing error")
    assert current(work, deal_id).facts.amount == Money("USD", 1)


def test_a_reopening_needs_a_reason_and_takes_the_close_back(
    session: Session, house: House, deal_id: DealId, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    won(work, house, deal_id)
    version = current(work, deal_id).version
    move = Move(house.stage("Proposal"), date(2026, 11, 12))
    with pytest.raises(rules.ReasonNeeded):
        deals.move(work, deal_id, move, version=version)
    moved = deals.move(work, deal_id, replace(move, reason="They withdrew"), version=version)
    assert moved.kind is EventKind.REOPENED
    assert logged(session, deal_id) == ["created", "stage", "reopened"]
    assert current(work, deal_id).closed_on is None


def test_a_lost_deal_keeps_its_reason_and_notes_until_it_is_reopened(
    session: Session, house: House, deal_id: DealId, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    lost = Move(
        house.stage("Lost"), date(2026, 11, 10), loss_reason="Price", loss_notes="Ask sooner.\nAll"
    )
    deals.move(work, deal_id, lost, version=current(work, deal_id).version)
    assert current(work, deal_id).loss_reason == "Price"
    assert current(work, deal_id).facts.loss_notes == "Ask sooner.\nAll"
    again = Move(house.stage("Proposal"), date(2026, 11, 18), reason="New budget")
    deals.move(work, deal_id, again, version=current(work, deal_id).version)
    assert current(work, deal_id).loss_reason == ""
    assert current(work, deal_id).facts.loss_notes == ""
    entry = session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id.desc())).first()
    assert entry is not None
    assert (entry.before["loss_notes"], entry.after["loss_notes"]) == ("Ask sooner.\nAll", "")


def test_notes_belong_to_a_loss_and_can_be_written_later(
    house: House, deal_id: DealId, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    onward = Move(house.stage("Proposal"), date(2026, 11, 10), loss_notes="Not a loss")
    deals.move(work, deal_id, onward, version=current(work, deal_id).version)
    assert current(work, deal_id).facts.loss_notes == ""
    lost = Move(house.stage("Lost"), date(2026, 11, 11), loss_reason="Price")
    deals.move(work, deal_id, lost, version=current(work, deal_id).version)
    deal = current(work, deal_id)
    deals.edit(work, deal_id, replace(deal.facts, loss_notes="Two bids"), version=deal.version)
    assert current(work, deal_id).facts.loss_notes == "Two bids"


def test_two_moves_told_for_one_day_keep_their_order(
    house: House, deal_id: DealId, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    for stage in ("Proposal", "Negotiation", "Qualification"):
        move = Move(house.stage(stage), date(2026, 11, 17))
        deals.move(work, deal_id, move, version=current(work, deal_id).version)
    assert current(work, deal_id).stage_id == house.stage("Qualification")


@pytest.mark.parametrize(
    ("who", "to", "reason", "error"),
    [
        ("rep", "manager", "leave", Forbidden),
        ("other", "manager", "mine now", NotFound),
        ("manager", "other", "leave", Forbidden),
        ("manager", "manager", "", rules.ReasonNeeded),
        ("manager", "rep", "leave", rules.SameOwner),
        ("operations", "other", "leave", None),
        ("manager", "manager", "leave", None),
    ],
)
def test_a_deal_is_handed_over_by_those_above_it_for_a_reason(
    house: House,
    deal_id: DealId,
    work_as: WorkAs,
    who: str,
    to: str,
    reason: str,
    error: type[SpmError] | None,
) -> None:
    work = work_as(getattr(house, who).id)
    version = current(work_as(house.operations.id), deal_id).version
    owner_id = PersonId(getattr(house, to).id)
    if error is not None:
        with pytest.raises(error):
            deals.assign(work, deal_id, owner_id, version=version, reason=reason)
    else:
        deals.assign(work, deal_id, owner_id, version=version, reason=reason)
        assert current(work_as(house.operations.id), deal_id).owner_id == owner_id


def test_what_is_won_stays_credited_to_who_won_it(
    session: Session, house: House, deal_id: DealId, work_as: WorkAs
) -> None:
    won(work_as(house.rep.id), house, deal_id)
    work = work_as(house.operations.id)
    version = current(work, deal_id).version
    owner_id = PersonId(house.other.id)
    deals.assign(work, deal_id, owner_id, version=version, reason="Territory")
    state = session.scalars(select(DealStateRow).where(DealStateRow.from_at == NOW)).one()
    assert (state.owner_id, state.credited_owner_id) == (house.other.id, house.rep.id)


def test_an_amount_that_lines_make_up_is_not_typed_over(
    session: Session, house: House, deal_id: DealId, work_as: WorkAs
) -> None:
    product = a_product(session)
    session.add(
        DealLineRow(
            deal_id=deal_id, product_id=product.id, quantity=Decimal(1), amount_minor=100_000
        )
    )
    work = work_as(house.rep.id)
    version = current(work, deal_id).version
    with pytest.raises(AmountFromLines):
        deals.edit(work, deal_id, replace(FACTS, amount=Money("USD", 1)), version=version)
    deals.edit(work, deal_id, replace(FACTS, name="Other"), version=version)


def test_a_deal_shows_as_it_was_on_a_date(house: House, deal_id: DealId, work_as: WorkAs) -> None:
    work = work_as(house.rep.id)
    won(work, house, deal_id)
    session, actor = work.session, work.actor
    assert find_state(session, actor, deal_id, datetime(2026, 11, 1, tzinfo=UTC)) is None
    then = find_state(session, actor, deal_id, datetime(2026, 11, 9, tzinfo=UTC))
    assert then is not None
    assert then.stage_id == house.stage("Prospecting")
    with pytest.raises(NotFound):
        find_state(session, work_as(house.other.id).actor, deal_id, NOW)


def test_a_deal_s_story_names_everybody_in_it(
    house: House, deal_id: DealId, work_as: WorkAs
) -> None:
    work = work_as(house.manager.id)
    version = current(work, deal_id).version
    owner_id = PersonId(house.manager.id)
    deals.assign(work, deal_id, owner_id, version=version, reason="Leave")
    story = get_story(work.session, work.actor, deal_id, work.today)
    assert [entry.kind for entry in story.entries] == [EventKind.OWNER, EventKind.CREATED]
    assert story.entries[0].reason == "Leave"
    assert set(story.names.people.values()) == {"Mia Manager", "Rita Rep"}
    assert story.visits[0].days == 16
