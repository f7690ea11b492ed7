"""How a team's attainment is spread, and whether those who reach their targets have room for more."""

from decimal import Decimal

import pytest

from spm.domain.packs.choice import load_of, spread_of
from spm.domain.packs.content import Crew, Member, MemberCell


def crew(*people: tuple[str | None, int]) -> Crew:
    """A team of people with attainment and open deals, and a team below it that counts for nothing."""
    members = tuple(
        Member(f"person {n}", (_cell(attained),), open_deals)
        for n, (attained, open_deals) in enumerate(people)
    )
    return Crew((Member("a team", (_cell("9"),), None, is_team=True), *members))


def _cell(attained: str | None) -> MemberCell:
    return MemberCell(None, None, None if attained is None else Decimal(attained), "unknown")


def test_a_band_holds_its_lower_bound() -> None:
    found = spread_of(
        crew(("0", 0), ("0.4999", 0), ("0.5", 0), ("0.8", 0), ("1", 0), ("1.2", 0), (None, 0))
    )
    assert [count for _low, _high, count in found] == [2, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ((), (0, 0, None, 0, False)),
        (((None, 3),), (0, 0, Decimal(3), 0, False)),
        # three reached it; the median of 2, 4, 6, 8 and 10 is 6, beyond which two of them are
        (
            (("1", 8), ("1.1", 10), ("1.3", 2), ("0.5", 4), ("0.2", 6)),
            (5, 3, Decimal(6), 2, True),
        ),
        # one alone is no signal
        ((("1", 9), ("0.1", 1), ("0.2", 1)), (3, 1, Decimal(1), 1, False)),
    ],
)
def test_full_load_is_more_open_deals_than_the_median(
    people: tuple[tuple[str | None, int], ...], expected: tuple[object, ...]
) -> None:
    load = load_of(crew(*people))
    assert (load.people, load.reached, load.median, load.full, load.is_signal) == expected
