"""Teams, offices, regions, territories: named once, in a tree without circles."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import Forbidden, NotFound
from spm.domain.ids import TeamId
from spm.domain.organisation import NameMissing, NameTaken, TreeCircle
from spm.queries.organisation.places import get_office, get_region, get_territory
from spm.queries.organisation.teams import get_team, team_tree
from spm.services.organisation.places import (
    add_office,
    add_region,
    add_territory,
    edit_office,
    edit_region,
    edit_territory,
)
from spm.services.organisation.teams import add_team, edit_team
from spm.services.work import StaleEdit, Work
from tests.builders import a_person, a_team
from tests.services.organisation.test_people import last_entry

WorkAs = Callable[[int], Work]


def test_the_tree_is_read_from_the_top_down(session: Session, work: Work) -> None:
    head, rep = a_person(session, "Head", Role.MANAGER), a_person(session, "Rep")
    world = add_team(work, name="World")
    asia = add_team(work, name="Asia", parent_id=world)
    a_team(session, "Japan", rep, head=head, parent=None)
    europe = add_team(work, name="Europe", parent_id=world)
    tree = team_tree(session, work.today)
    assert [(branch.team.name, branch.depth, branch.members) for branch in tree] == [
        ("Japan", 0, 1),
        ("World", 0, 0),
        ("Asia", 1, 0),
        ("Europe", 1, 0),
    ]
    assert tree[0].heads == ((head.id, "Head"),)
    edit_team(work, europe, name="EMEA", parent_id=asia, version=1)
    assert [branch.depth for branch in team_tree(session, work.today)] == [0, 0, 1, 2]
    assert last_entry(session).after == {"name": "EMEA", "parent": f"team:{asia}"}


def test_a_team_never_stands_below_itself(work: Work) -> None:
    world = add_team(work, name="World")
    asia = add_team(work, name="Asia", parent_id=world)
    for parent in (world, asia):
        with pytest.raises(TreeCircle):
            edit_team(work, world, name="World", parent_id=parent, version=1)


def test_a_territory_never_stands_below_itself(work: Work) -> None:
    world = add_territory(work, name="World")
    asia = add_territory(work, name="Asia", country="JP", parent_id=world)
    with pytest.raises(TreeCircle):
        edit_territory(work, world, name="World", country="", parent_id=asia, version=1)
    edit_territory(work, asia, name="Asia-Pacific", country="", parent_id=None, version=1)
    territory = get_territory(work.session, asia)
    assert (territory.name, territory.country, territory.parent) == ("Asia-Pacific", "", None)


ADDERS: tuple[Callable[..., Any], ...] = (add_team, add_office, add_region, add_territory)


@pytest.mark.parametrize("add", ADDERS)
def test_a_name_is_given_once_in_any_case(work: Work, add: Callable[..., Any]) -> None:
    add(work, name="Straße")
    with pytest.raises(NameTaken):
        add(work, name=" STRASSE ")
    with pytest.raises(NameMissing):
        add(work, name=" ")


@pytest.mark.parametrize("add", ADDERS)
@pytest.mark.parametrize("role", [Role.REP, Role.MANAGER, Role.AUDITOR])
def test_only_operations_and_administrators_shape_the_organisation(
    session: Session, work_as: WorkAs, add: Callable[..., Any], role: Role
) -> None:
    with pytest.raises(Forbidden):
        add(work_as(a_person(session, "", role).id), name="X")


def test_an_edit_of_an_older_text_is_refused(work: Work) -> None:
    team, region = add_team(work, name="A"), add_region(work, name="A")
    office, territory = add_office(work, name="A", region_id=region), add_territory(work, name="A")
    session = work.session

    def rename(name: str) -> tuple[Callable[[], object], ...]:
        return (
            lambda: edit_team(work, team, name=name, parent_id=None, version=1),
            lambda: edit_region(work, region, name=name, version=1),
            lambda: edit_office(work, office, name=name, region_id=region, version=1),
            lambda: edit_territory(
                work, territory, name=name, country="", parent_id=None, version=1
            ),
        )

    for act in rename("B"):
        act()
    for act in rename("C"):
        with pytest.raises(StaleEdit):
            act()
    assert {
        get_team(session, team).name,
        get_region(session, region).name,
        get_office(session, office).name,
        get_territory(session, territory).name,
    } == {"B"}


def test_an_unknown_parent_is_not_found(work: Work) -> None:
    with pytest.raises(NotFound):
        add_team(work, name="X", parent_id=TeamId(999))
