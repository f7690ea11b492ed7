"""Proposing to move a person, and deciding it. What an approval moves is moved by the organisation's own services."""

from datetime import date

from sqlalchemy import select

from spm.adapters.database import LOCK
from spm.domain.access import Permission, Subject
from spm.domain.ids import MoveId, PersonId
from spm.domain.moves import (
    MoveState,
    MoveWaiting,
    NotProposer,
    Place,
    TargetUnknown,
    WordsNeeded,
    check_open,
    check_proposal,
    first_day,
)
from spm.domain.organisation import LinkKind, Span, changed, check_line
from spm.models.moves import MoveProposalRow
from spm.models.organisation import PersonRow, TeamRow
from spm.queries.moves import get_move, place_on
from spm.queries.organisation.links import lines, spans_of
from spm.services.organisation.links import move_to_team, report_to
from spm.services.organisation.people import lock_person
from spm.services.work import Work


def propose_move(work: Work, person_id: PersonId, to: Place, day: date, reason: str) -> MoveId:
    """Propose that a person below the actor belongs or reports elsewhere from ``day`` on.

    Raises:
        Forbidden: The person is not below the actor.
        NotFound: There is no such person.
        Invalid: The day has passed, nothing would change, or no reason is given.
        TargetUnknown: There is no such team, or nobody of that number is here.
        LineCircle: The manager would lead himself on some day.
        MoveWaiting: A proposal about the person waits already.
    """
    work.require(Permission.MOVES_PROPOSE, Subject(owner_id=person_id))
    lock_person(work, person_id)
    check_proposal(place_on(work.session, person_id, day), to, day, work.today, reason)
    _check_targets(work, person_id, to, day)
    waiting = select(MoveProposalRow.id).where(
        MoveProposalRow.person_id == person_id, MoveProposalRow.state == MoveState.OPEN.value
    )
    if work.session.scalar(waiting) is not None:
        raise MoveWaiting(person_id=person_id)
    assert work.actor.person_id is not None  # noqa: S101 the console leads nobody
    row = MoveProposalRow(
        person_id=person_id,
        team_id=to.team_id,
        manager_id=to.manager_id,
        from_on=day,
        reason=reason,
        state=MoveState.OPEN.value,
        proposed_by=work.actor.person_id,
        proposed_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    after = _written(to) | {"from": day.isoformat(), "reason": reason}
    work.record(Permission.MOVES_PROPOSE, f"move:{row.id}", person_id=person_id, after=after)
    return MoveId(row.id)


def approve_move(work: Work, move_id: MoveId, *, version: int, words: str = "") -> None:
    """Approve a proposal and carry it out: from its day, or from today where that has passed.

    Raises:
        NotFound: No such proposal in the actor's sight.
        Forbidden: It is about the actor, or would put the person below the actor.
        StaleEdit: Somebody decided it since the page was shown.
        MoveDecided: It is no longer open.
        LineCircle: Meanwhile the manager reports to the person.
    """
    row = _decide(work, move_id, MoveState.APPROVED, version, words)
    person_id = PersonId(row.person_id)
    row.holds_on = first_day(row.from_on, work.today)
    work.session.flush()
    to = get_move(work.session, work.actor, move_id).move.to
    if to.team_id is not None:
        move_to_team(work, person_id, to.team_id, row.holds_on)
    if to.manager_id is not None:
        report_to(work, person_id, to.manager_id, row.holds_on)


def decline_move(work: Work, move_id: MoveId, *, version: int, words: str) -> None:
    """Decline a proposal, with words for whoever made it.

    Raises:
        NotFound: No such proposal in the actor's sight.
        Forbidden: It is about the actor.
        StaleEdit: Somebody decided it since the page was shown.
        MoveDecided: It is no longer open.
        WordsNeeded: There are none.
    """
    if not words:
        raise WordsNeeded(field="words")
    _decide(work, move_id, MoveState.DECLINED, version, words)
    work.session.flush()


def withdraw_move(work: Work, move_id: MoveId, *, version: int) -> None:
    """Take back one's own proposal.

    Raises:
        NotFound: No such proposal in the actor's sight.
        Forbidden: The person is not below the actor, or somebody else made it.
        StaleEdit: Somebody decided it since the page was shown.
        MoveDecided: It is no longer open.
    """
    row = _locked(work, move_id, Permission.MOVES_PROPOSE)
    _expect(work, row, version, MoveState.WITHDRAWN, "")
    if row.proposed_by != work.actor.person_id:
        raise NotProposer(move_id=move_id)
    _settle(work, row, MoveState.WITHDRAWN, "", Permission.MOVES_PROPOSE)
    work.session.flush()


def _decide(
    work: Work, move_id: MoveId, state: MoveState, version: int, words: str
) -> MoveProposalRow:
    row = _locked(work, move_id, Permission.MOVES_DECIDE)
    _expect(work, row, version, state, words)
    _settle(work, row, state, words, Permission.MOVES_DECIDE)
    return row


def _locked(work: Work, move_id: MoveId, permission: Permission) -> MoveProposalRow:
    row = work.session.get(MoveProposalRow, move_id, with_for_update=LOCK, populate_existing=True)
    known = get_move(work.session, work.actor, move_id).move
    assert row is not None  # noqa: S101 get_move has raised where there is none
    work.require(permission, Subject(owner_id=known.person_id))
    return row


def _expect(work: Work, row: MoveProposalRow, version: int, state: MoveState, words: str) -> None:
    theirs: dict[str, object] = {"state": row.state, "words": row.words}
    yours: dict[str, object] = {"state": state.value, "words": words}
    work.expect_version(row, version, theirs=theirs, yours=yours)
    check_open(MoveState(row.state))


def _settle(
    work: Work, row: MoveProposalRow, state: MoveState, words: str, act: Permission
) -> None:
    """Say what became of an open proposal; the caller flushes."""
    row.state, row.words = state.value, words
    row.decided_by, row.decided_at = work.actor.person_id, work.now
    work.record(
        act,
        f"move:{row.id}",
        person_id=PersonId(row.person_id),
        before={"state": MoveState.OPEN.value},
        after={"state": state.value} | ({"words": words} if words else {}),
    )


def _check_targets(work: Work, person_id: PersonId, to: Place, day: date) -> None:
    session = work.session
    if to.team_id is not None and session.get(TeamRow, to.team_id) is None:
        raise TargetUnknown(field="team")
    if to.manager_id is None:
        return
    manager = session.get(PersonRow, to.manager_id)
    is_here = manager is not None and (manager.left_on is None or manager.left_on > day)
    if not is_here or to.manager_id == person_id:
        raise TargetUnknown(field="manager")
    after = changed(spans_of(session, LinkKind.LINE, person_id), day, to.manager_id)
    others = lines(session)
    for span in after:
        if span.covers(day):
            check_line(others, person_id, Span(to.manager_id, day, span.end_on))


def _written(to: Place) -> dict[str, object]:
    said = {
        "team": None if to.team_id is None else f"team:{to.team_id}",
        "manager": None if to.manager_id is None else f"person:{to.manager_id}",
    }
    return {name: thing for name, thing in said.items() if thing is not None}
