"""One change of many deals: one act with one entry, and each deal that refuses it is named."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from spm.domain.errors import Invalid, NotFound, SpmError
from spm.domain.ids import AuditId, DealId, PersonId, StageId
from spm.domain.pipeline.deals import Facts, Move
from spm.queries.pipeline.deals import get_deal
from spm.services.pipeline import history
from spm.services.pipeline.deals import Change, plan_edit, plan_handover, plan_move
from spm.services.work import Work

MOST = 500
"""So many deals are changed at once, at most."""


class NothingChosen(Invalid):
    """No deal is chosen."""

    code = "deals.nothing-chosen"


class TooManyChosen(Invalid):
    """More deals than ``most`` are chosen."""

    code = "deals.too-many-chosen"


@dataclass(frozen=True, slots=True)
class NewOwner:
    """Hand the deals over to a person."""

    owner_id: PersonId


@dataclass(frozen=True, slots=True)
class NewStage:
    """Move the deals to a stage, as of today."""

    stage_id: StageId


@dataclass(frozen=True, slots=True)
class NewClose:
    """Expect the deals to close on a day; None takes the day out."""

    expected_close_on: date | None


@dataclass(frozen=True, slots=True)
class NewStep:
    """Say what comes next; "" takes it out."""

    next_step: str


New = NewOwner | NewStage | NewClose | NewStep
"""What each of the deals is to get."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A deal as it was when it was chosen."""

    deal_id: DealId
    version: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A deal that stayed as it was, and why; ``name`` is "" where it is out of sight."""

    deal_id: DealId
    name: str
    error: SpmError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change of many deals.

    Attributes:
        changed: How many were changed.
        same: How many had that value already.
    """

    changed: int
    same: int
    refused: tuple[Refused, ...]


def change_many(work: Work, chosen: Sequence[Chosen], wish: New, reason: str) -> Outcome:
    """Do one thing to each of some deals, in one act; whatever refuses it stays as it was.

    Each deal is judged as if it were changed alone. A deal that is named twice counts once. The one
    audit entry says what was wished, which deals were changed, and how many refused.

    Raises:
        NothingChosen: There is no deal among them.
        TooManyChosen: There are more than ``MOST``.
    """
    versions = {each.deal_id: each.version for each in chosen}
    if not versions:
        raise NothingChosen
    if len(versions) > MOST:
        raise TooManyChosen(most=MOST)
    changes: list[Change] = []
    refused: list[Refused] = []
    for deal_id in sorted(versions):  # in one order, so that two such acts do not wait crosswise
        try:
            change = _planned(work, deal_id, versions[deal_id], wish, reason)
        except SpmError as error:
            refused.append(Refused(deal_id, _name(work, deal_id), error))
        else:
            changes.extend([] if change is None else [change])
    if changes:
        act_id = _record(work, changes, wish, reason, len(refused))
        for change in changes:
            change.write(act_id)
        history.store(work.session, [change.deal.id for change in changes])
    same = len(versions) - len(changes) - len(refused)
    return Outcome(len(changes), same, tuple(refused))


def _planned(work: Work, deal_id: DealId, version: int, wish: New, reason: str) -> Change | None:
    match wish:
        case NewOwner():
            return plan_handover(work, deal_id, wish.owner_id, version=version, reason=reason)
        case NewStage():
            move = Move(wish.stage_id, work.today, reason=reason)
            return plan_move(work, deal_id, move, version=version)[1]
    facts = _facts(work, deal_id)
    match wish:
        case NewClose():
            facts = replace(facts, expected_close_on=wish.expected_close_on)
        case NewStep():
            facts = replace(facts, next_step=wish.next_step)
    return plan_edit(work, deal_id, facts, version=version, reason=reason)


def _facts(work: Work, deal_id: DealId) -> Facts:
    return get_deal(work.session, work.actor, deal_id).facts


def _name(work: Work, deal_id: DealId) -> str:
    try:
        return _facts(work, deal_id).name
    except NotFound:
        return ""


def _record(work: Work, changes: Sequence[Change], wish: New, reason: str, refused: int) -> AuditId:
    wished = _words(wish)
    numbers = [int(change.deal.id) for change in changes]
    return work.record(
        changes[0].act,
        "deals:bulk",
        before={str(change.deal.id): _was(change, wished) for change in changes},
        after=wished
        | {"deals": numbers, "changed": len(changes), "refused": refused}
        | ({"reason": reason} if reason else {}),
    )


def _was(change: Change, wished: dict[str, object]) -> object:
    return next(change.before.get(name) for name in wished)


def _words(wish: New) -> dict[str, object]:
    match wish:
        case NewOwner():
            return {"owner": int(wish.owner_id)}
        case NewStage():
            return {"stage": int(wish.stage_id)}
        case NewClose():
            day = wish.expected_close_on
            return {"expected_close_on": None if day is None else day.isoformat()}
        case NewStep():
            return {"next_step": wish.next_step}
