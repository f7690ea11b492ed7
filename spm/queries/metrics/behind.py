"""The deals behind a figure, as its definition card shows them."""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spm.domain.access import Reach
from spm.domain.ids import DealId, PersonId
from spm.domain.metrics.figure import Outcome, Question, check
from spm.domain.metrics.registry import METRICS, Basis, Kind, MetricId, is_state
from spm.domain.money import Money
from spm.domain.organisation import Organisation
from spm.models.organisation import PersonRow
from spm.models.pipeline import AccountRow, DealRow, StageRow
from spm.queries.access import sees
from spm.queries.metrics.counted import facts_of, settled
from spm.queries.metrics.facts import Facts, credited_to, past_first_stage, placed_in, states_at
from spm.queries.metrics.targeted import actual_question, bound_kpi


@dataclass(frozen=True, slots=True)
class DealBehind:
    """One deal that a figure counts.

    Attributes:
        owner: Who is credited with it.
        account: None where the deal has none.
        stage: The stage in which the figure saw it.
        on: The date that put it in the period; None for an open deal.
        amount: What it was worth then; None where it has no amount.
        days: Calendar days from the first dated step to the close, where there are both.
        outcome: What became of it, where the figure follows a cohort; None elsewhere.
    """

    id: DealId
    name: str
    owner_id: PersonId
    owner: str
    account: str | None
    stage: str
    on: date | None
    amount: Money | None
    days: int | None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Behind:
    """The deals behind a figure.

    Attributes:
        deals: Those shown, the latest first, then the largest.
        number: How many there are that may be seen; may be more than are shown.
        hidden: How many more the figure counts that may not be seen one by one.
    """

    deals: tuple[DealBehind, ...]
    number: int
    hidden: int


def deals_behind(
    session: Session,
    organisation: Organisation,
    question: Question,
    reach: Reach,
    *,
    limit: int = 100,
) -> Behind:
    """Return the deals that the answer to ``question`` counts, as far as ``reach`` goes.

    Behind an attainment or a pace are the deals of its actual, behind a coverage the open ones
    expected in the period, behind a velocity those of its first lever. Behind a target are no deals:
    see ``spm.queries.metrics.targeted.target_parts``.

    Raises:
        Invalid: The question cannot be asked.
    """
    if question.metric is MetricId.TARGET:
        return Behind((), 0, 0)
    if question.metric is MetricId.COVERAGE:
        question = replace(question, metric=MetricId.WEIGHTED_PIPELINE, kpi=None)
    elif METRICS[question.metric].kind is Kind.TARGET:
        question = actual_question(question, bound_kpi(session, question.kpi))
    if not METRICS[question.metric].takes_stage or question.stage_id is not None:
        question = replace(question, by=None)
    facts = _meant(session, organisation, settled(organisation, question))
    seen = facts.only(sees(reach, DealRow.owner_id))
    everything, number = _number(session, facts), _number(session, seen)
    is_cohort = question.metric in {MetricId.STAGE_CONVERSION, MetricId.TIME_IN_STAGE}
    deals = _shown(session, seen, limit, is_cohort=is_cohort)
    return Behind(deals, number, everything - number)


def _meant(session: Session, organisation: Organisation, question: Question) -> Facts:
    cutoff, day = question.as_of.cutoff, question.as_of.day(organisation.zone)
    if question.metric is MetricId.SALES_VELOCITY and question.basis is not Basis.CLOSED:
        facts = states_at(cutoff, day)
        return credited_to(
            session, past_first_stage(facts.only(facts.kind == "open")), question.subject
        )
    facts = facts_of(session, organisation, question)
    if is_state(check(question), question.basis) or question.period is None:
        return facts
    return placed_in(facts, question.period.period)


def _number(session: Session, facts: Facts) -> int:
    counted = select(func.count()).select_from(facts.joined).where(*facts.where)
    return session.scalar(counted) or 0


def _shown(
    session: Session, facts: Facts, limit: int, *, is_cohort: bool
) -> tuple[DealBehind, ...]:
    stage, account, owner = (
        StageRow.__table__.alias("shown_stage"),
        AccountRow.__table__.alias("shown_account"),
        PersonRow.__table__.alias("shown_owner"),
    )
    rows = session.execute(
        select(
            facts.deal_id,
            DealRow.name,
            facts.owner_id,
            owner.c.name,
            account.c.name,
            stage.c.name,
            facts.placed_on,
            facts.amount_minor,
            facts.currency,
            facts.days,
            facts.kind,
        )
        .select_from(
            facts.joined.join(stage, stage.c.id == facts.stage_id)
            .join(owner, owner.c.id == facts.owner_id)
            .outerjoin(account, account.c.id == facts.account_id)
        )
        .where(*facts.where)
        .order_by(
            facts.placed_on.desc(),
            func.coalesce(facts.amount_minor, 0).desc(),
            facts.deal_id,
        )
        .limit(limit)
    )
    return tuple(
        DealBehind(
            id=DealId(deal_id),
            name=name,
            owner_id=PersonId(owner_id),
            owner=owner_name,
            account=account_name,
            stage=stage_name,
            on=on,
            amount=None if minor is None else Money(currency, minor),
            days=days,
            outcome=Outcome(kind) if is_cohort else None,
        )
        for deal_id, name, owner_id, owner_name, account_name, stage_name, on, minor, currency, days, kind in rows
    )
