"""The lines of a deal: written, ended and logged; what the deal is worth by them, now and as of then."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import Forbidden
from spm.domain.ids import DealId, PersonId, PipelineId, ProductId, StageId
from spm.domain.metrics.figure import EVERYTHING, Question
from spm.domain.metrics.registry import Dimension, MetricId
from spm.domain.money import Money
from spm.domain.period import AsOf
from spm.domain.pipeline import deals as rules
from spm.domain.pipeline.deals import Deal, Facts, Move
from spm.domain.pipeline.lines import AmountFromLines, LineDraft, LineIncomplete
from spm.models.audit import AuditEntryRow
from spm.models.organisation import PersonRow
from spm.models.pipeline import DealEventRow, DealLineRow, ProductRow, StageRow
from spm.queries.metrics.figures import figure
from spm.queries.pipeline.deals import get_deal, lines_of
from spm.services.pipeline import deals, history
from spm.services.work import StaleEdit, Work
from tests.builders import a_person, a_pipeline, a_product

WorkAs = Callable[[int], Work]
TODAY = date(2026, 11, 18)


@dataclass
class House:
    manager: PersonRow
    rep: PersonRow
    other: PersonRow
    stages: dict[str, StageRow]
    one: ProductId
    two: ProductId
    deal_id: DealId


@pytest.fixture
def house(session: Session, work: Work) -> House:
    manager = a_person(session, "Mia", Role.MANAGER)
    rep = a_person(session, "Rita", manager=manager)
    pipeline, stages = a_pipeline(session)
    one, two = a_product(session, "One"), a_product(session, "Two")
    two.list_price_minor, two.cost_minor, two.currency = 700, 250, "USD"
    session.flush()
    facts = Facts("Big", "USD", amount=Money("USD", 100_000))
    owner, place = PersonId(rep.id), PipelineId(pipeline.id)
    new = deals.NewDeal(facts, owner, place, None, date(2026, 11, 2))
    keys = ProductId(one.id), ProductId(two.id)
    return House(manager, rep, a_person(session), stages, *keys, deals.create(work, new))


def line(product: ProductId, quantity: int, price: int, line_id: int | None = None) -> LineDraft:
    return LineDraft(product, Decimal(quantity), Money("USD", price), None, line_id)


def current(work: Work, house: House) -> Deal:
    return get_deal(work.session, work.actor, house.deal_id)


def keep(work: Work, house: House, *drafts: LineDraft, reason: str = "") -> None:
    version = current(work, house).version
    deals.set_lines(work, house.deal_id, drafts, version=version, reason=reason)


def held(work: Work, house: House) -> list[tuple[int, str, int]]:
    found = lines_of(work.session, current(work, house))
    return [(n.line.product_id, str(n.line.quantity), n.line.amount.minor) for n in found]


def keys(work: Work, house: House) -> list[int | None]:
    return [named.line.id for named in lines_of(work.session, current(work, house))]


def test_a_deal_is_worth_the_sum_of_its_lines_and_the_log_says_so(
    session: Session, house: House, work_as: WorkAs
) -> None:
    """2 × 30.00 + 1 × 7.00 (the list price) = 67.00."""
    work = work_as(house.rep.id)
    keep(work, house, line(house.one, 2, 3000), LineDraft(house.two, Decimal(1)))
    assert held(work, house) == [(house.one, "2", 6000), (house.two, "1", 700)]
    assert current(work, house).facts.amount == Money("USD", 6700)
    costs = session.scalars(select(DealLineRow.cost_minor).order_by(DealLineRow.id)).all()
    assert list(costs) == [None, 250]
    event = session.scalars(select(DealEventRow).order_by(DealEventRow.id)).all()[-1]
    entry = session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id)).all()[-1]
    assert (event.kind, event.amount_minor, event.act_id) == ("amount", 6700, entry.id)
    assert (entry.act, entry.before, entry.after) == (
        "deals.edit",
        {"lines": [], "amount": "1000.00 USD"},
        {
            "lines": [
                f"2 × One = 60.00 USD (#{house.one})",
                f"1 × Two = 7.00 USD (#{house.two})",
            ],
            "amount": "67.00 USD",
        },
    )


def test_lines_are_changed_and_taken_out_and_what_they_were_is_kept(
    session: Session, house: House, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    keep(work, house, line(house.one, 1, 1000), line(house.two, 1, 500))
    first, second = keys(work, house)
    later = replace(work, now=work.now + timedelta(hours=1))
    keep(later, house, line(house.one, 3, 1000, first), line(house.two, 1, 500, second))
    assert held(work, house) == [(house.two, "1", 500), (house.one, "3", 3000)]
    assert keys(work, house)[0] == second
    keep(later, house)
    assert held(work, house) == []
    assert current(work, house).facts.amount == Money("USD", 3500)
    assert len(session.scalars(select(DealLineRow)).all()) == 3


def test_an_older_form_gets_both_texts_though_only_lines_have_changed(
    house: House, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    keep(work, house, line(house.one, 1, 1000))
    known = current(work, house)
    keep(work, house, line(house.two, 1, 1000))
    assert current(work, house).facts == known.facts
    with pytest.raises(StaleEdit) as caught:
        deals.set_lines(work, house.deal_id, [], version=known.version)
    assert caught.value.facts == {
        "theirs": {"lines": [f"1 × Two = 10.00 USD (#{house.two})"]},
        "yours": {"lines": []},
    }


def test_nothing_changed_writes_nothing(session: Session, house: House, work_as: WorkAs) -> None:
    work = work_as(house.rep.id)
    keep(work, house, line(house.one, 1, 1000))
    before = current(work, house), len(session.scalars(select(AuditEntryRow.id)).all())
    keep(work, house, line(house.one, 1, 1000, keys(work, house)[0]))
    assert (current(work, house), len(session.scalars(select(AuditEntryRow.id)).all())) == before


def test_who_may_and_what_is_refused(session: Session, house: House, work_as: WorkAs) -> None:
    rep, manager = work_as(house.rep.id), work_as(house.manager.id)
    with pytest.raises(rules.ReasonNeeded):
        keep(manager, house, line(house.one, 1, 1000))
    keep(manager, house, line(house.one, 1, 1000), reason="As agreed")
    with pytest.raises(LineIncomplete):
        keep(rep, house, LineDraft(house.one, Decimal(1)))
    with pytest.raises(deals.ReferenceUnknown):
        keep(rep, house, line(ProductId(99), 1, 1000))
    known = current(rep, house)
    facts = replace(known.facts, amount=Money("USD", 1))
    with pytest.raises(AmountFromLines):
        deals.edit(rep, house.deal_id, facts, version=known.version)
    won = Move(StageId(house.stages["Won"].id), TODAY)
    deals.move(rep, house.deal_id, won, version=current(rep, house).version)
    with pytest.raises(Forbidden):
        keep(rep, house, line(house.two, 1, 1000))
    keep(manager, house, line(house.two, 1, 1000), reason="The other one was delivered")
    assert held(manager, house) == [(house.two, "1", 1000)]


def test_a_product_that_is_no_longer_sold_stays_in_a_deal_and_comes_into_none(
    session: Session, house: House, work_as: WorkAs
) -> None:
    work = work_as(house.rep.id)
    keep(work, house, line(house.one, 1, 1000))
    session.get_one(ProductRow, house.one).is_active = False
    session.get_one(ProductRow, house.two).is_active = False
    session.flush()
    keep(work, house, line(house.one, 2, 1000, keys(work, house)[0]))
    with pytest.raises(deals.ReferenceUnknown):
        keep(work, house, line(house.two, 1, 1000))


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.lists(st.tuples(st.booleans(), st.integers(1, 5), st.integers(0, 900)), max_size=3),
        min_size=1,
        max_size=4,
    )
)
def test_products_sum_to_the_pipeline_as_of_every_instant(
    work: Work, house: House, told: list[list[tuple[bool, int, int]]]
) -> None:
    """Whatever lines were when: the parts by product are the whole, and the whole is their sum then."""
    session = work.session
    session.rollback()
    pipeline, _ = a_pipeline(session)
    rep = a_person(session)
    one, two = ProductId(a_product(session).id), ProductId(a_product(session).id)
    facts = Facts("Big", "USD", amount=Money("USD", 1))
    new = deals.NewDeal(facts, PersonId(rep.id), PipelineId(pipeline.id), None, TODAY)
    deal_id = deals.create(work, new)
    worth = [1]
    for hour, typed in enumerate(told, start=1):
        then = replace(work, now=work.now + timedelta(minutes=hour))
        drafts = [line(two if is_two else one, n, price) for is_two, n, price in typed]
        version = get_deal(session, work.actor, deal_id).version
        deals.set_lines(then, deal_id, drafts, version=version, reason="so")
        worth.append(sum(n * price for _, n, price in typed) if typed else worth[-1])
    history.rebuild(session)
    for hour, minor in enumerate(worth):
        session.expire_all()
        as_of = AsOf.at(work.now + timedelta(minutes=hour))
        asked = Question(MetricId.OPEN_PIPELINE, EVERYTHING, as_of, by=Dimension.PRODUCT)
        answer = figure(session, work.organisation, asked)
        parts = sum(group.reading.value or 0 for group in answer.groups)
        assert (answer.value, parts) == (Decimal(minor) / 100, Decimal(minor) / 100)
