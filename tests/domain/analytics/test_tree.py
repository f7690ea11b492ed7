"""A tree of teams that opens."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from spm.domain.analytics.tree import SMALL, branches, people_against
from spm.domain.ids import TeamId
from spm.domain.targets.resolve import Resolved

parents = st.lists(st.one_of(st.none(), st.integers(0, 40)), min_size=1, max_size=30)
"""The parent of each team: an earlier one, or none."""


def tree_of(above: list[int | None]) -> tuple[list[TeamId], dict[TeamId, list[TeamId]]]:
    tops: list[TeamId] = []
    children: dict[TeamId, list[TeamId]] = {TeamId(n): [] for n in range(len(above))}
    for n, parent in enumerate(above):
        if parent is None or n == 0:
            tops.append(TeamId(n))
        else:
            children[TeamId(parent % n)].append(TeamId(n))
    return tops, children


@given(parents, st.sets(st.integers(0, 30)))
def test_a_team_is_shown_where_all_above_it_are_open(
    above: list[int | None], opened: set[int]
) -> None:
    tops, children = tree_of(above)
    parent_of = {child: parent for parent, below in children.items() for child in below}
    ids = {TeamId(one) for one in opened}
    shown = branches(tops, children, ids)
    expected = set()
    for team in children:
        at = team
        while at in parent_of and parent_of[at] in ids:
            at = parent_of[at]
        if at in tops:
            expected.add(team)
    assert [one.team_id for one in shown] == list(dict.fromkeys(one.team_id for one in shown))
    assert {one.team_id for one in shown} == expected
    for branch in shown:
        assert branch.children == len(children[branch.team_id])
        assert branch.is_open == (branch.team_id in ids and branch.children > 0)


@given(parents)
def test_a_first_look_shows_all_of_a_small_tree_and_two_levels_of_a_large_one(
    above: list[int | None],
) -> None:
    tops, children = tree_of(above)
    shown = branches(tops, children, None)
    if len(children) <= SMALL:
        assert {one.team_id for one in shown} == set(children)
    else:
        assert {one.team_id for one in shown} == {
            *tops, *(child for top in tops for child in children[top])
        }  # fmt: skip


def test_the_targets_of_people_stand_against_the_team_s_own() -> None:
    def of(value: int | None, currency: str | None = "EUR") -> Resolved:
        return Resolved(None if value is None else Decimal(value), currency)

    found = people_against(of(100), [of(60), of(50), of(None)])
    assert (found.total, found.over_assignment, found.without) == (Decimal(110), Decimal("0.1"), 1)
    assert people_against(of(None, None), [of(60)]).currency == "EUR"
    mixed = people_against(of(100), [of(60), of(50, "USD")])
    assert (mixed.total, mixed.over_assignment) == (None, None)
    other = people_against(of(100), [of(60, "USD")])
    assert (other.total, other.parent, other.over_assignment) == (Decimal(60), None, None)
