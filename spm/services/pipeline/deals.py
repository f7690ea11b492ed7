"""What people do with deals: create, edit, move, reopen, hand over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm.attributes import flag_modified

from spm.adapters.database import LOCK, SHARED
from spm.domain.access import Permission, Subject, may
from spm.domain.errors import Invalid
from spm.domain.ids import AuditId, DealId, PersonId, PipelineId, StageId
from spm.domain.money import Money
from spm.domain.pipeline import deals as rules
from spm.domain.pipeline.deals import Deal, Facts, Move
from spm.domain.pipeline.history import EventKind, steps
from spm.domain.pipeline.lines import AmountFromLines, LineDraft, read_lines, total_of
from spm.domain.pipeline.stages import StageKind
from spm.domain.text import fold
from spm.models.audit import AuditEntryRow
from spm.models.organisation import TerritoryRow
from spm.models.pipeline import AccountRow, DealEventRow, DealRow, PipelineRow, ProductRow
from spm.queries.pipeline import deals as queries
from spm.queries.pipeline.choices import is_employed
from spm.queries.pipeline.history import events_of
from spm.queries.pipeline.pipelines import get_pipeline
from spm.services.pipeline import history
from spm.services.pipeline.lines import keep_lines, line_texts, prices_of, unknown_products
from spm.services.work import Work


class ReferenceUnknown(Invalid):
    """What a deal is to refer to does not exist or is not in use; ``field`` names it."""

    code = "deals.reference-unknown"


class NameEmpty(Invalid):
    """A deal has no name."""

    code = "deals.name-empty"


@dataclass(frozen=True, slots=True)
class NewDeal:
    """A deal that somebody enters: its facts, whose it is, and where and when it begins."""

    facts: Facts
    owner_id: PersonId
    pipeline_id: PipelineId
    stage_id: StageId | None
    on: date


def create(work: Work, new: NewDeal) -> DealId:
    """Enter a deal; it begins in an open stage, the first where none is said.

    Raises:
        Forbidden: The actor may not enter deals of that owner.
        NotFound: There is no such pipeline or stage.
        Invalid: A fact is not acceptable, or the day lies ahead.
    """
    work.require(Permission.DEALS_CREATE, Subject(owner_id=new.owner_id))
    _hold_stages(work, new.pipeline_id)
    pipeline = get_pipeline(work.session, new.pipeline_id)
    stage = pipeline.first if new.stage_id is None else pipeline.stage(new.stage_id)
    if not pipeline.is_active or not stage.is_active or stage.is_closed:
        raise ReferenceUnknown(field="stage")
    rules.check_opening(new.on, work.today)
    rules.check_facts(new.facts, new.on)
    _check_references(work, new.facts, before=None)
    if not is_employed(work.session, new.owner_id, work.today):
        raise ReferenceUnknown(field="owner")
    facts = new.facts
    row = DealRow(
        pipeline_id=pipeline.id,
        stage_id=stage.id,
        owner_id=new.owner_id,
        created_at=work.now,
        account_id=facts.account_id,
        territory_id=facts.territory_id,
        amount_minor=None if facts.amount is None else facts.amount.minor,
        currency=facts.currency,
        expected_close_on=facts.expected_close_on,
    )
    _set_plain(row, facts)
    work.session.add(row)
    work.session.flush()
    deal_id = DealId(row.id)
    act_id = work.record(
        Permission.DEALS_CREATE,
        f"deal:{deal_id}",
        person_id=new.owner_id,
        after=_texts(work, facts) | {"stage": stage.name, "on": new.on.isoformat()},
    )
    event = _event(work, deal_id, EventKind.CREATED, act_id, on=new.on)
    _put_facts(event, facts)
    event.stage_id, event.owner_id = stage.id, new.owner_id
    work.session.add(event)
    history.store(work.session, [deal_id])
    return deal_id


@dataclass(frozen=True, slots=True)
class Change:
    """What an act is about to do to one deal, after everything that could refuse it.

    Attributes:
        before: What the audit log says of it, as it was; ``after``: as it will be.
        write: Writes the change and its events under an act; the caches are the caller's to store.
    """

    act: Permission
    deal: Deal
    before: Mapping[str, object]
    after: Mapping[str, object]
    reason: str
    write: Callable[[AuditId], None]


def edit(work: Work, deal_id: DealId, facts: Facts, *, version: int, reason: str = "") -> None:
    """Change what is said about a deal; each fact that figures use becomes an event of now.

    Raises: as ``plan_edit``.
    """
    change = plan_edit(work, deal_id, facts, version=version, reason=reason)
    if change is not None:
        _carry_out(work, change)


def set_lines(
    work: Work, deal_id: DealId, drafts: Sequence[LineDraft], *, version: int, reason: str = ""
) -> None:
    """Give a deal exactly these lines; their sum is its amount. Without any it keeps the amount it has.

    Raises: as ``plan_lines``.
    """
    change = plan_lines(work, deal_id, drafts, version=version, reason=reason)
    if change is not None:
        _carry_out(work, change)


def plan_lines(
    work: Work, deal_id: DealId, drafts: Sequence[LineDraft], *, version: int, reason: str = ""
) -> Change | None:
    """Return the change of a deal's lines, ready to be written; None where it would change nothing.

    Raises:
        LineIncomplete, LineOutOfRange: A line is not acceptable.
        ReferenceUnknown: A line names a product that is not sold.
        NotFound, Forbidden, StaleEdit, Invalid: as ``plan_edit``.
    """
    deal, row = _locked(work, deal_id)
    work.require(Permission.DEALS_EDIT, deal.subject)
    before = tuple(each.line for each in queries.lines_of(work.session, deal))
    currency = deal.facts.currency
    after = read_lines(drafts, before, prices_of(work, drafts, currency))
    if unknown_products(work, after, before):
        raise ReferenceUnknown(field="product")
    theirs: dict[str, object] = {"lines": line_texts(work, before)}
    yours: dict[str, object] = {"lines": line_texts(work, after)}
    work.expect_version(row, version, theirs=theirs, yours=yours)
    facts = replace(deal.facts, amount=total_of(after) or deal.facts.amount)
    # Other products for the same money are other facts of a decided deal, too.
    if deal.is_closed and after != before:
        _require_closed_amount(work, deal)
    rules.check_edit(deal, facts, work.actor.person_id, reason)
    if after == before:
        return None
    is_worth_new = facts.amount != deal.facts.amount
    if is_worth_new:
        theirs["amount"], yours["amount"] = _money(deal.facts.amount), _money(facts.amount)

    def write(act_id: AuditId) -> None:
        keep_lines(work, deal_id, before, after)
        flag_modified(row, "name")  # lines alone make a new version, too
        if is_worth_new:
            event = _event(work, deal_id, EventKind.AMOUNT, act_id, reason=reason)
            _put_fact(event, EventKind.AMOUNT, facts)
            work.session.add(event)

    return Change(Permission.DEALS_EDIT, deal, theirs, yours, reason, write)


def _require_closed_amount(work: Work, deal: Deal) -> None:
    if not may(work.actor, Permission.DEALS_EDIT_CLOSED_AMOUNT, deal.subject):
        raise rules.AmountLocked(deal_id=deal.id)


def plan_edit(
    work: Work, deal_id: DealId, facts: Facts, *, version: int, reason: str = ""
) -> Change | None:
    """Return the edit, ready to be written; None where it would change nothing.

    Raises:
        NotFound: No such deal in the actor's sight.
        Forbidden: The actor may not edit it, or not what it was worth once decided.
        StaleEdit: Somebody changed it since the form was filled.
        Invalid: A fact is not acceptable, or a reason is missing.
        AmountFromLines: The amount differs from the sum of the deal's lines.
    """
    deal, row = _locked(work, deal_id)
    work.require(Permission.DEALS_EDIT, deal.subject)
    before = deal.facts
    theirs, yours = _texts(work, before), _texts(work, facts)
    work.expect_version(row, version, theirs=theirs, yours=yours)
    if rules.touches_closed_amount(deal, facts):
        _require_closed_amount(work, deal)
    rules.check_edit(deal, facts, work.actor.person_id, reason)
    _check_references(work, facts, before=before)
    if facts == before:
        return None
    kinds = rules.changes(before, facts)
    if EventKind.AMOUNT in kinds and queries.has_lines(work.session, deal_id):
        raise AmountFromLines(deal_id=deal_id)

    def write(act_id: AuditId) -> None:
        _set_plain(row, facts)
        for kind in kinds:
            event = _event(work, deal_id, kind, act_id, reason=reason)
            _put_fact(event, kind, facts)
            work.session.add(event)

    return Change(Permission.DEALS_EDIT, deal, theirs, yours, reason, write)


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was made.

    Attributes:
        kind: A move between stages, or a reopening.
        act_id: Its entry in the audit log, by which it can be taken back.
    """

    kind: EventKind
    act_id: AuditId


def move(work: Work, deal_id: DealId, wanted: Move, *, version: int) -> Moved:
    """Move a deal to another stage, or reopen it.

    Raises: as ``plan_move``.
    """
    kind, change = plan_move(work, deal_id, wanted, version=version)
    return Moved(kind, _carry_out(work, change))


def plan_move(
    work: Work, deal_id: DealId, wanted: Move, *, version: int
) -> tuple[EventKind, Change]:
    """Return the move, ready to be written, and whether it is a reopening.

    Raises:
        NotFound: No such deal in the actor's sight, or no such stage in its pipeline.
        Forbidden: The actor may not move it.
        StaleEdit: Somebody changed it since the form was filled.
        Invalid: A date, an amount or a reason is missing or not acceptable.
        Conflict: It is there already, or the stage is retired.
    """
    _hold_stages(work, _of_deal(deal_id))
    deal, row = _locked(work, deal_id)
    work.require(Permission.DEALS_MOVE, deal.subject)
    pipeline = get_pipeline(work.session, deal.pipeline_id)
    source, target = pipeline.stage(deal.stage_id), pipeline.stage(wanted.stage_id)
    work.expect_version(row, version, theirs={"stage": source.name}, yours={"stage": target.name})
    kind = rules.decide_move(
        deal, wanted, pipeline, work.actor.person_id, work.now, work.organisation
    )
    is_worth_new = wanted.amount is not None and wanted.amount != deal.facts.amount
    if is_worth_new:
        if deal.is_closed:
            work.require(Permission.DEALS_EDIT_CLOSED_AMOUNT, deal.subject)
        if queries.has_lines(work.session, deal_id):
            raise AmountFromLines(deal_id=deal_id)
    loss_reason = wanted.loss_reason if target.kind is StageKind.LOST else ""
    loss_notes = wanted.loss_notes if target.kind is StageKind.LOST else ""
    before: dict[str, object] = {"stage": source.name}
    after: dict[str, object] = {"stage": target.name, "on": wanted.on.isoformat()}
    if is_worth_new:
        before["amount"], after["amount"] = _money(deal.facts.amount), _money(wanted.amount)
    if row.loss_reason or loss_reason:
        before["loss_reason"], after["loss_reason"] = row.loss_reason, loss_reason
    if row.loss_notes or loss_notes:
        before["loss_notes"], after["loss_notes"] = row.loss_notes, loss_notes
    if wanted.confirmed:
        after["confirmed"] = list(wanted.confirmed)

    def write(act_id: AuditId) -> None:
        row.loss_reason, row.loss_notes = loss_reason, loss_notes
        at = rules.instant_on(wanted.on, work.now, work.organisation, _last_event_at(work, deal_id))
        event = _event(work, deal_id, kind, act_id, on=wanted.on, at=at, reason=wanted.reason)
        event.stage_id = target.id
        work.session.add(event)
        if is_worth_new:
            priced = _event(work, deal_id, EventKind.AMOUNT, act_id, on=wanted.on, at=at)
            _put_fact(priced, EventKind.AMOUNT, replace(deal.facts, amount=wanted.amount))
            work.session.add(priced)

    return kind, Change(Permission.DEALS_MOVE, deal, before, after, wanted.reason, write)


def undo_move(work: Work, deal_id: DealId, act_id: AuditId, *, version: int) -> None:
    """Take one's own last move of a deal back, by a move of its own: the log keeps both.

    What the move said the deal was worth, and why it was lost, is taken back with it. It happens at
    the instant of the move, so that no figure counts what was a slip.

    Raises:
        NotFound: No such deal in the actor's sight.
        Forbidden: The actor may not move it.
        StaleEdit: Something happened to the deal since.
        NothingToUndo: The act is no move of the actor's, or not the last that happened.
        StageRetired: The stage that it came from is no longer used.
    """
    _hold_stages(work, _of_deal(deal_id))
    deal, row = _locked(work, deal_id)
    work.require(Permission.DEALS_MOVE, deal.subject)
    pipeline = get_pipeline(work.session, deal.pipeline_id)
    moved = _last_move(work, deal_id, act_id)
    replayed = steps(events_of(work.session, [deal_id])[deal_id], pipeline)
    before = next(step.before for step in replayed if step.event.id == moved.id)
    if before is None:
        raise rules.NothingToUndo(deal_id=deal_id)
    current, previous = pipeline.stage(deal.stage_id), pipeline.stage(before.stage_id)
    work.expect_version(
        row, version, theirs={"stage": current.name}, yours={"stage": previous.name}
    )
    kind = rules.decide_undo(current, previous)
    entry = work.session.get_one(AuditEntryRow, act_id)
    told_before = entry.before if previous.kind is StageKind.LOST else {}
    row.loss_reason = str(told_before.get("loss_reason", ""))
    row.loss_notes = str(told_before.get("loss_notes", ""))
    is_worth_old = before.amount != deal.facts.amount
    told: dict[str, object] = {"stage": current.name}
    after: dict[str, object] = {"stage": previous.name, "undoes": act_id}
    if is_worth_old:
        told["amount"], after["amount"] = _money(deal.facts.amount), _money(before.amount)
    undo_id = _record(work, Permission.DEALS_MOVE, deal, told, after, "")
    on, at = moved.occurred_on, moved.occurred_at
    event = _event(work, deal_id, kind, undo_id, on=on, at=at)
    event.stage_id, event.undoes_id = previous.id, moved.id
    work.session.add(event)
    if is_worth_old:
        priced = _event(work, deal_id, EventKind.AMOUNT, undo_id, on=on, at=at)
        _put_fact(priced, EventKind.AMOUNT, replace(deal.facts, amount=before.amount))
        work.session.add(priced)
    history.store(work.session, [deal_id])


def _last_move(work: Work, deal_id: DealId, act_id: AuditId) -> DealEventRow:
    """Return the move that an act of the actor's wrote.

    Raises:
        NothingToUndo: It wrote none, or took one back, or something else has happened since.
    """
    last = list(
        work.session.scalars(
            select(DealEventRow)
            .where(DealEventRow.deal_id == deal_id, DealEventRow.voided_act_id.is_(None))
            .order_by(DealEventRow.id.desc())
            .limit(2)
        )
    )
    moves = {EventKind.STAGE.value, EventKind.REOPENED.value}
    found = [event for event in last if event.act_id == act_id and event.kind in moves]
    is_mine = bool(found) and found[0].actor_id == work.actor.person_id
    if not is_mine or last[0].act_id != act_id or found[0].undoes_id is not None:
        raise rules.NothingToUndo(deal_id=deal_id)
    return found[0]


def assign(work: Work, deal_id: DealId, owner_id: PersonId, *, version: int, reason: str) -> None:
    """Hand a deal over to somebody else. What it earned before stays with who closed it.

    Raises: as ``plan_handover``.
    """
    _carry_out(work, plan_handover(work, deal_id, owner_id, version=version, reason=reason))


def plan_handover(
    work: Work, deal_id: DealId, owner_id: PersonId, *, version: int, reason: str
) -> Change:
    """Return the hand-over, ready to be written.

    Raises:
        NotFound: No such deal in the actor's sight.
        Forbidden: The actor may not hand it over, or not to that person.
        StaleEdit: Somebody changed it since the form was filled.
        Invalid: There is no such person, or no reason.
        SameOwner: It is theirs.
    """
    deal, row = _locked(work, deal_id)
    work.require(Permission.DEALS_ASSIGN, deal.subject)
    before, after = {"owner": deal.owner_id}, {"owner": owner_id}
    work.expect_version(row, version, theirs=before, yours=after)
    rules.check_handover(deal, owner_id, reason)
    if not is_employed(work.session, owner_id, work.today):
        raise ReferenceUnknown(field="owner")
    # Giving a deal away to where one sees nothing would be a way to hide it; one may give to oneself.
    if owner_id != work.actor.person_id:
        work.require(Permission.DEALS_ASSIGN, Subject(owner_id=owner_id))

    def write(act_id: AuditId) -> None:
        event = _event(work, deal_id, EventKind.OWNER, act_id, reason=reason)
        event.owner_id = owner_id
        work.session.add(event)

    return Change(Permission.DEALS_ASSIGN, deal, before, after, reason, write)


def _carry_out(work: Work, change: Change) -> AuditId:
    """Write a change to one deal down, as an act of its own."""
    act_id = _record(work, change.act, change.deal, change.before, change.after, change.reason)
    change.write(act_id)
    history.store(work.session, [change.deal.id])
    return act_id


def record_export(work: Work, kind: str, question: str, owners: Sequence[PersonId]) -> None:
    """Write down that deals left the product as a file, which were asked for, and whose they were.

    ``owners`` has one entry a deal.
    """
    work.record(
        Permission.DEALS_VIEW,
        "export:deals",
        after={
            "kind": kind,
            "question": question[:2000],
            "rows": len(owners),
            "people": sorted(set(owners)),
        },
    )


def _hold_stages(work: Work, pipeline_id: PipelineId | ScalarSelect[int]) -> None:
    """Let a pipeline stay as it is until the unit ends; before the deal is locked.

    Whoever retires a stage waits, and then counts what came into it meanwhile.
    """
    work.session.execute(
        select(PipelineRow.id).where(PipelineRow.id == pipeline_id).with_for_update(**SHARED)
    )


def _of_deal(deal_id: DealId) -> ScalarSelect[int]:
    return select(DealRow.pipeline_id).where(DealRow.id == deal_id).scalar_subquery()


def _locked(work: Work, deal_id: DealId) -> tuple[Deal, DealRow]:
    """Return the deal and its row, locked until the end of the unit."""
    row = work.session.get(DealRow, deal_id, with_for_update=LOCK, populate_existing=True)
    deal = queries.get_deal(work.session, work.actor, deal_id)
    assert row is not None  # noqa: S101 get_deal has raised where there is none
    return deal, row


def _last_event_at(work: Work, deal_id: DealId) -> datetime | None:
    return work.session.scalar(
        select(func.max(DealEventRow.occurred_at)).where(
            DealEventRow.deal_id == deal_id, DealEventRow.voided_act_id.is_(None)
        )
    )


def _check_references(work: Work, facts: Facts, before: Facts | None) -> None:
    """Check that what the facts name exists; what was there before may stay, in use or not."""
    if not facts.name:
        raise NameEmpty(field="name")
    session = work.session
    if facts.account_id is not None and session.get(AccountRow, facts.account_id) is None:
        raise ReferenceUnknown(field="account")
    if facts.territory_id is not None and session.get(TerritoryRow, facts.territory_id) is None:
        raise ReferenceUnknown(field="territory")
    if facts.product_id is not None:
        product = session.get(ProductRow, facts.product_id)
        is_kept = before is not None and before.product_id == facts.product_id
        if product is None or not (product.is_active or is_kept):
            raise ReferenceUnknown(field="product")


def _event(
    work: Work,
    deal_id: DealId,
    kind: EventKind,
    act_id: AuditId,
    *,
    on: date | None = None,
    at: datetime | None = None,
    reason: str = "",
) -> DealEventRow:
    day = on or work.today
    return DealEventRow(
        deal_id=deal_id,
        kind=kind.value,
        occurred_at=at or rules.instant_on(day, work.now, work.organisation, None),
        occurred_on=day,
        recorded_at=work.now,
        actor_id=work.actor.person_id,
        act_id=act_id,
        reason=reason,
    )


def _put_facts(event: DealEventRow, facts: Facts) -> None:
    for kind in (
        EventKind.AMOUNT,
        EventKind.CLOSE_DATE,
        EventKind.TERRITORY,
        EventKind.ACCOUNT,
    ):
        _put_fact(event, kind, facts)


def _put_fact(event: DealEventRow, kind: EventKind, facts: Facts) -> None:
    match kind:
        case EventKind.AMOUNT:
            event.amount_minor = None if facts.amount is None else facts.amount.minor
            event.currency = facts.currency if facts.amount is None else facts.amount.currency
        case EventKind.CLOSE_DATE:
            event.expected_close_on = facts.expected_close_on
        case EventKind.TERRITORY:
            event.territory_id = facts.territory_id
        case EventKind.ACCOUNT:
            event.account_id = facts.account_id
        case _:
            msg = f"{kind} is not a fact"
            raise ValueError(msg)


def _set_plain(row: DealRow, facts: Facts) -> None:
    """Set what does not follow from events (the currency does, once there is an amount)."""
    row.currency = facts.currency
    row.name, row.name_key = facts.name, fold(facts.name)
    row.product_id = facts.product_id
    row.lead_source, row.next_step = facts.lead_source, facts.next_step
    row.loss_notes = facts.loss_notes


def _record(
    work: Work,
    act: Permission,
    deal: Deal,
    before: Mapping[str, object],
    after: Mapping[str, object],
    reason: str,
) -> AuditId:
    """Write the act with what it changed; what stayed the same is left out."""
    names = [name for name in after if before.get(name) != after[name]]
    return work.record(
        act,
        f"deal:{deal.id}",
        person_id=deal.owner_id,
        before={name: before[name] for name in names if name in before},
        after={name: after[name] for name in names} | ({"reason": reason} if reason else {}),
    )


def _texts(work: Work, facts: Facts) -> dict[str, object]:
    """The facts as values that JSON can hold and people can read."""
    get = work.session.get
    account = None if facts.account_id is None else get(AccountRow, facts.account_id)
    territory = None if facts.territory_id is None else get(TerritoryRow, facts.territory_id)
    product = None if facts.product_id is None else get(ProductRow, facts.product_id)
    expected = facts.expected_close_on
    return {
        "name": facts.name,
        "account": _named(account),
        "amount": _money(facts.amount),
        "expected_close_on": None if expected is None else expected.isoformat(),
        "territory": _named(territory),
        "product": _named(product),
        "lead_source": facts.lead_source,
        "next_step": facts.next_step,
        "loss_notes": facts.loss_notes,
    }


def _named(row: AccountRow | TerritoryRow | ProductRow | None) -> str | None:
    """Return ``Name (#7)``: the number for the log, the name for whoever reads it."""
    return None if row is None else f"{row.name} (#{row.id})"


def _money(amount: Money | None) -> str | None:
    return None if amount is None else f"{amount.amount} {amount.currency}"
