"""Who belongs where: moves on a day, circles refused, history kept."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import Forbidden, NotFound
from spm.domain.ids import OfficeId, PersonId, TeamId, TerritoryId
from spm.domain.organisation import LineCircle, LinkKind, Span
from spm.domain.period import EVER, NEVER
from spm.queries.organisation.links import links_of, people_led, spans_of
from spm.queries.organisation.places import offices, territories
from spm.queries.organisation.teams import heads_of, members_of
from spm.services.organisation.links import (
    assign_territory,
    lead_team,
    move_to_team,
    post_to,
    release_territory,
    report_to,
    stop_leading,
)
from spm.services.organisation.places import add_office, add_territory
from spm.services.work import Work
from tests.builders import a_person, a_team
from tests.services.organisation.test_people import last_entry

WorkAs = Callable[[int], Work]
OCT, NOV, DEC = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)


def test_a_move_ends_the_old_membership_on_its_day(session: Session, work: Work) -> None:
    rep = a_person(session, "Rep")
    one, two = a_team(session, "One", rep), a_team(session, "Two")
    move_to_team(work, PersonId(rep.id), TeamId(two.id), NOV)
    assert spans_of(session, LinkKind.MEMBERSHIP, PersonId(rep.id)) == (
        Span(one.id, EVER, NOV),
        Span(two.id, NOV, NEVER),
    )
    assert [link.person for link in members_of(session, TeamId(two.id), NOV)] == ["Rep"]
    assert members_of(session, TeamId(one.id), NOV) == ()
    assert [link.end_on for link in members_of(session, TeamId(one.id))] == [NOV]
    entry = last_entry(session)
    assert entry.after["from"] == "2026-11-01"
    assert entry.before == {"spans": [{"team": f"team:{one.id}", "start_on": None, "end_on": None}]}


def test_the_same_move_twice_changes_and_records_nothing(session: Session, work: Work) -> None:
    rep, team = a_person(session), a_team(session)
    move_to_team(work, PersonId(rep.id), TeamId(team.id), NOV)
    before = last_entry(session).id
    move_to_team(work, PersonId(rep.id), TeamId(team.id), NOV)
    assert last_entry(session).id == before


def test_a_new_manager_leads_from_the_day_and_the_old_one_no_longer(
    session: Session, work: Work
) -> None:
    old, new = a_person(session, "Old", Role.MANAGER), a_person(session, "New", Role.MANAGER)
    rep = a_person(session, "Rep", manager=old)
    report_to(work, PersonId(rep.id), PersonId(new.id), DEC)
    for day, leader in ((date(2026, 11, 30), old), (DEC, new)):
        other = new if leader is old else old
        assert people_led(session, PersonId(leader.id), day) == {rep.id}
        assert people_led(session, PersonId(other.id), day) == frozenset()
    links = links_of(session, LinkKind.LINE, person_id=PersonId(rep.id))
    assert [(link.target, link.start_on) for link in links] == [("New", DEC), ("Old", EVER)]


def test_nobody_comes_to_lead_himself(session: Session, work: Work) -> None:
    top = a_person(session, "Top", Role.MANAGER)
    middle = a_person(session, "Middle", Role.MANAGER, manager=top)
    rep = a_person(session, "Rep", manager=middle)
    for manager in (top, middle, rep):
        with pytest.raises(LineCircle):
            report_to(work, PersonId(top.id), PersonId(manager.id), NOV)


def test_nobody_moves_himself_nor_people_below_himself(session: Session, work_as: WorkAs) -> None:
    mover = a_person(session, "Mover", Role.OPERATIONS, Role.MANAGER)
    rep, boss, team = a_person(session), a_person(session), a_team(session)
    work = work_as(mover.id)
    me = PersonId(mover.id)
    acts: tuple[Callable[[], object], ...] = (
        lambda: move_to_team(work, me, TeamId(team.id), NOV),
        lambda: report_to(work, me, PersonId(boss.id), NOV),
        lambda: report_to(work, PersonId(rep.id), me, NOV),
        lambda: lead_team(work, me, TeamId(team.id), NOV),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    report_to(work, PersonId(rep.id), PersonId(boss.id), NOV)


@pytest.mark.parametrize("role", [Role.REP, Role.MANAGER, Role.EXECUTIVE, Role.AUDITOR])
def test_only_operations_and_administrators_move_people(
    session: Session, work_as: WorkAs, role: Role
) -> None:
    somebody, team = a_person(session, "", role), a_team(session)
    rep = a_person(session, "", manager=somebody)
    with pytest.raises(Forbidden):
        move_to_team(work_as(somebody.id), PersonId(rep.id), TeamId(team.id), NOV)


def test_a_team_may_have_several_heads(session: Session, work: Work) -> None:
    one, two = a_person(session, "One"), a_person(session, "Two")
    team = a_team(session, "Team", head=one)
    lead_team(work, PersonId(two.id), TeamId(team.id), OCT)
    stop_leading(work, PersonId(one.id), TeamId(team.id), NOV)
    assert {link.person for link in heads_of(session, TeamId(team.id), OCT)} == {"One", "Two"}
    assert {link.person for link in heads_of(session, TeamId(team.id), NOV)} == {"Two"}


def test_a_person_works_several_territories_and_one_office(session: Session, work: Work) -> None:
    rep = PersonId(a_person(session, "Rep").id)
    north, south = (add_territory(work, name=name) for name in ("North", "South"))
    seoul, kyiv = (add_office(work, name=name) for name in ("Seoul", "Kyiv"))
    assign_territory(work, rep, north, OCT)
    assign_territory(work, rep, south, OCT)
    release_territory(work, rep, north, NOV)
    post_to(work, rep, seoul, OCT)
    post_to(work, rep, kyiv, NOV)
    assert [(each.name, each.people) for each in territories(session, OCT)] == [
        ("North", 1),
        ("South", 1),
    ]
    assert [each.people for each in territories(session, NOV)] == [0, 1]
    assert [(each.name, each.people) for each in offices(session, NOV)] == [
        ("Kyiv", 1),
        ("Seoul", 0),
    ]
    post_to(work, rep, None, DEC)
    assert [each.people for each in offices(session, DEC)] == [0, 0]


def test_what_is_not_there_is_not_found(session: Session, work: Work) -> None:
    rep = PersonId(a_person(session).id)
    acts: tuple[Callable[[], object], ...] = (
        lambda: move_to_team(work, rep, TeamId(999), NOV),
        lambda: report_to(work, rep, PersonId(999), NOV),
        lambda: post_to(work, rep, OfficeId(999), NOV),
        lambda: assign_territory(work, rep, TerritoryId(999), NOV),
        lambda: move_to_team(work, PersonId(999), None, NOV),
    )
    for act in acts:
        with pytest.raises(NotFound):
            act()
