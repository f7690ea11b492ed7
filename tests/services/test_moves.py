"""Proposing to move a person, deciding it, and what the dated facts say afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import Forbidden, NotFound, SpmError
from spm.domain.ids import MoveId, PersonId, TeamId
from spm.domain.moves import (
    MoveDecided,
    MoveInThePast,
    MoveState,
    MoveWaiting,
    NothingToMove,
    NotProposer,
    Place,
    TargetUnknown,
    WordsNeeded,
)
from spm.domain.organisation import LineCircle
from spm.models.audit import AuditEntryRow
from spm.models.organisation import MembershipRow, PersonRow, ReportingLineRow, TeamRow
from spm.queries.moves import find_open_move, get_move, moves, place_on
from spm.services.moves import approve_move, decline_move, propose_move, withdraw_move
from spm.services.organisation.links import report_to
from spm.services.work import StaleEdit, Work
from tests.builders import a_person, a_team

WorkAs = Callable[[int], Work]
TODAY = date(2026, 11, 18)
LATER = TODAY + timedelta(days=10)


@dataclass
class House:
    """Mia leads Rita in the east; Otto heads the west; Dora leads both managers."""

    dora: PersonRow
    mia: PersonRow
    otto: PersonRow
    rita: PersonRow
    olga: PersonRow
    ada: PersonRow
    abel: PersonRow
    east: TeamRow
    west: TeamRow


@pytest.fixture
def house(session: Session) -> House:
    dora = a_person(session, "Dora", Role.MANAGER)
    mia = a_person(session, "Mia", Role.MANAGER, manager=dora)
    otto = a_person(session, "Otto", Role.MANAGER, manager=dora)
    rita = a_person(session, "Rita", manager=mia)
    return House(
        dora,
        mia,
        otto,
        rita,
        a_person(session, "Olga", Role.OPERATIONS),
        a_person(session, "Ada", Role.ADMINISTRATOR),
        a_person(session, "Abel", Role.AUDITOR),
        a_team(session, "East", rita, head=mia),
        a_team(session, "West", head=otto),
    )


def west(house: House) -> Place:
    return Place(TeamId(house.west.id), PersonId(house.otto.id))


def propose(house: House, work: Work, to: Place | None = None, day: date = LATER) -> MoveId:
    return propose_move(work, PersonId(house.rita.id), to or west(house), day, "Nearer")


def version(work: Work, move_id: MoveId) -> int:
    return get_move(work.session, work.actor, move_id).move.version


def entries(session: Session) -> list[AuditEntryRow]:
    return list(session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id)))


def test_an_approval_writes_the_dated_facts_from_the_proposed_day(
    session: Session, house: House, work_as: WorkAs
) -> None:
    move_id = propose(house, work_as(house.mia.id))
    rita = PersonId(house.rita.id)
    before = Place(TeamId(house.east.id), PersonId(house.mia.id))
    assert place_on(session, rita, LATER) == before
    olga = work_as(house.olga.id)
    approve_move(olga, move_id, version=version(olga, move_id), words="Fine")
    assert place_on(session, rita, LATER - timedelta(days=1)) == before
    assert place_on(session, rita, LATER) == west(house)
    found = get_move(session, olga.actor, move_id)
    assert (found.move.state, found.move.words, found.move.holds_from) == (
        MoveState.APPROVED,
        "Fine",
        LATER,
    )
    assert (found.decider, found.move.decided_at) == ("Olga", olga.now)
    told = [(entry.act, entry.object) for entry in entries(session)]
    assert told == [
        ("moves.propose", f"move:{move_id}"),
        ("moves.decide", f"move:{move_id}"),
        ("people.move", f"membership:{rita}"),
        ("people.move", f"line:{rita}"),
    ]


def test_what_is_not_named_stays_and_a_day_that_has_passed_becomes_today(
    session: Session, house: House, work_as: WorkAs
) -> None:
    move_id = propose(house, work_as(house.mia.id), Place(TeamId(house.west.id)), TODAY)
    ada = work_as(house.ada.id)
    late = replace(ada, now=ada.now + timedelta(days=3))
    approve_move(late, move_id, version=1)
    rita, line = PersonId(house.rita.id), PersonId(house.mia.id)
    day = TODAY + timedelta(days=3)
    assert place_on(session, rita, day - timedelta(days=1)).team_id == house.east.id
    assert place_on(session, rita, day) == Place(TeamId(house.west.id), line)


@pytest.mark.parametrize(
    ("who", "to", "day", "reason", "error"),
    [
        ("otto", west, LATER, "Nearer", Forbidden),
        ("rita", west, LATER, "Nearer", Forbidden),
        ("olga", west, LATER, "Nearer", Forbidden),
        ("mia", west, TODAY - timedelta(days=1), "Nearer", MoveInThePast),
        ("mia", west, LATER, "", WordsNeeded),
        ("mia", lambda _: Place(), LATER, "Nearer", NothingToMove),
        ("mia", lambda h: Place(TeamId(h.east.id)), LATER, "Nearer", NothingToMove),
        ("mia", lambda h: Place(None, PersonId(h.mia.id)), LATER, "Nearer", NothingToMove),
        ("mia", lambda _: Place(TeamId(999)), LATER, "Nearer", TargetUnknown),
        ("mia", lambda _: Place(None, PersonId(999)), LATER, "Nearer", TargetUnknown),
        ("mia", lambda h: Place(None, PersonId(h.rita.id)), LATER, "Nearer", TargetUnknown),
    ],
)
def test_a_proposal_is_refused(
    session: Session,
    house: House,
    work_as: WorkAs,
    who: str,
    to: Callable[[House], Place],
    day: date,
    reason: str,
    error: type[SpmError],
) -> None:
    work = work_as(getattr(house, who).id)
    with pytest.raises(error):
        propose_move(work, PersonId(house.rita.id), to(house), day, reason)
    assert entries(session) == []


def test_nobody_proposes_or_decides_about_himself(house: House, work_as: WorkAs) -> None:
    dora = work_as(house.dora.id)
    with pytest.raises(Forbidden):
        propose_move(dora, PersonId(house.dora.id), west(house), LATER, "Me")
    session = dora.session
    both = a_person(session, "Mona", Role.MANAGER, Role.OPERATIONS, manager=house.dora)
    dora = work_as(house.dora.id)
    move_id = propose_move(dora, PersonId(both.id), Place(TeamId(house.west.id)), LATER, "Better")
    with pytest.raises(NotFound):
        approve_move(work_as(both.id), move_id, version=1)
    assert find_open_move(session, work_as(both.id).actor, PersonId(both.id)) is None


def test_nobody_approves_people_below_himself(
    session: Session, house: House, work_as: WorkAs
) -> None:
    otto = a_person(session, "Olaf", Role.OPERATIONS)
    move_id = propose(house, work_as(house.mia.id), Place(None, PersonId(otto.id)))
    work = work_as(otto.id)
    with pytest.raises(Forbidden):
        approve_move(work, move_id, version=1)


def test_a_circle_is_refused_when_proposed_and_when_it_came_up_meanwhile(
    session: Session, house: House, work_as: WorkAs
) -> None:
    dora = work_as(house.dora.id)
    with pytest.raises(LineCircle):
        propose_move(
            dora, PersonId(house.mia.id), Place(None, PersonId(house.rita.id)), LATER, "Up"
        )
    move_id = propose_move(
        dora, PersonId(house.mia.id), Place(None, PersonId(house.otto.id)), LATER, "Up"
    )
    olga = work_as(house.olga.id)
    report_to(olga, PersonId(house.otto.id), PersonId(house.mia.id), TODAY)
    with pytest.raises(LineCircle):
        approve_move(olga, move_id, version=1)


def test_one_waits_at_a_time_and_is_decided_once(
    session: Session, house: House, work_as: WorkAs
) -> None:
    mia, olga = work_as(house.mia.id), work_as(house.olga.id)
    move_id = propose(house, mia)
    with pytest.raises(MoveWaiting):
        propose(house, work_as(house.dora.id))
    with pytest.raises(WordsNeeded):
        decline_move(olga, move_id, version=1, words="")
    decline_move(olga, move_id, version=1, words="Not now")
    with pytest.raises(StaleEdit) as caught:
        approve_move(olga, move_id, version=1, words="Fine")
    assert caught.value.facts == {
        "theirs": {"state": "declined", "words": "Not now"},
        "yours": {"state": "approved", "words": "Fine"},
    }
    with pytest.raises(MoveDecided):
        approve_move(olga, move_id, version=version(olga, move_id), words="Fine")
    assert place_on(session, PersonId(house.rita.id), LATER).team_id == house.east.id
    assert propose(house, mia) != move_id


def test_only_its_proposer_takes_it_back(house: House, work_as: WorkAs) -> None:
    mia = work_as(house.mia.id)
    move_id = propose(house, mia)
    with pytest.raises(NotProposer):
        withdraw_move(work_as(house.dora.id), move_id, version=1)
    with pytest.raises(StaleEdit):
        withdraw_move(mia, move_id, version=9)
    withdraw_move(mia, move_id, version=1)
    assert get_move(mia.session, mia.actor, move_id).move.state is MoveState.WITHDRAWN


def test_who_knows_of_it(session: Session, house: House, work_as: WorkAs) -> None:
    move_id = propose(house, work_as(house.mia.id))
    seen = {
        who: [named.move.id for named in moves(session, work_as(getattr(house, who).id).actor)]
        for who in ("mia", "dora", "olga", "ada", "abel", "otto", "rita")
    }
    assert {who for who, ids in seen.items() if ids == [move_id]} == {
        "mia",
        "dora",
        "olga",
        "ada",
        "abel",
    }
    assert seen["otto"] == seen["rita"] == []
    with pytest.raises(NotFound):
        get_move(session, work_as(house.rita.id).actor, move_id)


def test_the_old_manager_keeps_the_outcome_and_no_word_from_the_day_on(
    session: Session, house: House, work_as: WorkAs
) -> None:
    """M1: what was said of the person goes with the person."""
    move_id = propose(house, work_as(house.mia.id), day=TODAY)
    approve_move(work_as(house.olga.id), move_id, version=1, words="She asked for it")
    (own,) = moves(session, work_as(house.mia.id).actor)
    assert (own.is_foreign, own.move.state) == (True, MoveState.APPROVED)
    assert (own.move.reason, own.move.words, own.from_manager) == ("", "", "")
    (new,) = moves(session, work_as(house.otto.id).actor)
    assert (new.move.reason, new.move.words) == ("Nearer", "She asked for it")
    with pytest.raises(NotFound):
        get_move(session, work_as(house.mia.id).actor, move_id)


def test_a_refused_approval_leaves_nothing(session: Session, house: House, work_as: WorkAs) -> None:
    move_id = propose(house, work_as(house.mia.id))
    counts = [select(func.count()).select_from(t) for t in (MembershipRow, ReportingLineRow)]
    before = [session.scalar(count) for count in counts]
    for who in ("mia", "abel", "dora"):
        with pytest.raises(Forbidden):
            approve_move(work_as(getattr(house, who).id), move_id, version=1)
    assert [session.scalar(count) for count in counts] == before
