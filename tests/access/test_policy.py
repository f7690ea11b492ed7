"""The policy table says what the matrix file says, for one thing and for lists alike."""

import tomllib
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.access import (
    POLICY,
    Actor,
    Permission,
    Relation,
    Role,
    Subject,
    may,
    may_at_all,
    reach,
)
from spm.domain.ids import PersonId, TeamId

MATRIX = tomllib.loads((Path(__file__).parent / "matrix.toml").read_text(encoding="utf-8"))

ME, BELOW, STRANGER = PersonId(1), PersonId(2), PersonId(3)
MY_TEAM, TEAM_BELOW, FOREIGN_TEAM, TOP_TEAM = TeamId(1), TeamId(2), TeamId(3), TeamId(4)

SUBJECTS = {
    "own": Subject(owner_id=ME),
    "led": Subject(owner_id=BELOW),
    "stranger": Subject(owner_id=STRANGER),
    "my team": Subject(team_id=MY_TEAM),
    "team below": Subject(team_id=TEAM_BELOW),
    "foreign team": Subject(team_id=FOREIGN_TEAM),
    "top team": Subject(team_id=TOP_TEAM, is_top_level=True),
}
COVERS = {
    "own": {"own"},
    "led": {"led", "my team", "team below"},
    "below": {"team below"},
    "top": {"top team"},
    "all": set(SUBJECTS),
}


def an_actor(*roles: Role) -> Actor:
    return Actor(
        person_id=ME,
        roles=frozenset(roles),
        leads=frozenset({BELOW}),
        heads=frozenset({MY_TEAM, TEAM_BELOW}),
        heads_below=frozenset({TEAM_BELOW}),
    )


def expected(permission: str, role: Role, subject: str) -> bool:
    """What people wrote down: the only source of the answer."""
    cells = MATRIX[permission]
    words = f"{cells.get('anybody', '')} {cells.get(role.value, '')}".split()
    if cells.get("never_own") and subject in {"own", "my team"}:
        return False
    return any(subject in COVERS[word] for word in words)


def test_matrix_and_table_name_the_same_permissions() -> None:
    assert set(MATRIX) == {permission.value for permission in Permission}
    assert set(POLICY) == set(Permission)


@pytest.mark.parametrize("permission", list(Permission))
def test_each_role_may_exactly_what_the_matrix_says(permission: Permission) -> None:
    wrong = [
        (role.value, subject)
        for role, subject in product(Role, SUBJECTS)
        if may(an_actor(role), permission, SUBJECTS[subject])
        != expected(permission.value, role, subject)
    ]
    assert wrong == []


@pytest.mark.parametrize("permission", list(Permission))
def test_the_gate_opens_for_roles_with_any_cell(permission: Permission) -> None:
    for role in Role:
        cells = MATRIX[permission.value]
        assert may_at_all(an_actor(role), permission) == bool(
            cells.get("anybody") or cells.get(role.value)
        )


@pytest.mark.parametrize("permission", list(Permission))
def test_a_visitor_may_nothing_and_the_console_everything(permission: Permission) -> None:
    for subject in SUBJECTS.values():
        assert not may(Actor(person_id=None), permission, subject)
        assert may(Actor.console(), permission, subject)


def test_rights_add_up_and_a_denial_beats_them() -> None:
    both = an_actor(Role.MANAGER, Role.OPERATIONS)
    assert may(both, Permission.TARGETS_SET, SUBJECTS["stranger"])
    assert not may(both, Permission.TARGETS_SET, SUBJECTS["own"])


STATELESS = [
    permission for permission, row in POLICY.items() if all(g.when is None for g in row.grants)
]
"""Permissions that a list can ask about: their grants look at nothing but the relation."""


@given(
    permission=st.sampled_from(STATELESS),
    roles=st.frozensets(st.sampled_from(list(Role))),
    leads=st.frozensets(st.integers(1, 6).map(PersonId)),
    heads=st.frozensets(st.integers(1, 6).map(TeamId)),
    below=st.frozensets(st.integers(1, 6).map(TeamId)),
    coaches=st.frozensets(st.integers(1, 6).map(PersonId)),
)
def test_a_list_covers_exactly_what_single_judgements_allow(
    permission: Permission,
    roles: frozenset[Role],
    leads: frozenset[PersonId],
    heads: frozenset[TeamId],
    below: frozenset[TeamId],
    coaches: frozenset[PersonId],
) -> None:
    actor = Actor(
        ME, roles, leads=leads - {ME}, heads=heads, heads_below=heads & below, coaches=coaches
    )
    covered = reach(actor, permission)
    for number in range(1, 7):
        assert covered.has_person(PersonId(number)) == may(
            actor, permission, Subject(owner_id=PersonId(number))
        )
        assert covered.has_team(TeamId(number)) == may(
            actor, permission, Subject(team_id=TeamId(number))
        )


def test_every_relation_is_used() -> None:
    used = {grant.relation for row in POLICY.values() for grant in row.grants}
    assert used == set(Relation)
