"""What a line, a ladder and a finding say."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.analytics.finding import of_person, of_team
from spm.domain.analytics.ladder import Aim, Rung, ladder
from spm.domain.analytics.scorecard import (
    KpiHead,
    KpiLine,
    Status,
    answer_of,
    line,
    median_of,
    weighted,
)
from spm.domain.analytics.stageplan import Conversion
from spm.domain.ids import KpiId, PipelineId, StageId
from spm.domain.metrics.figure import Reading
from spm.domain.metrics.registry import Direction, MetricId, Unit
from spm.domain.targets.attainment import Yardstick
from spm.domain.targets.resolve import Resolved, Rule
from spm.domain.targets.state import TargetState


def head(*, lower: bool = False, adds_up: bool = True) -> KpiHead:
    return KpiHead(
        KpiId(1),
        "kpi",
        "KPI",
        MetricId.LOST_DEALS if lower else MetricId.WON_DEALS,
        Unit.COUNT,
        Direction.DOWN if lower else Direction.UP,
        adds_up,
        yardstick=Yardstick(lower_is_better=lower),
    )


@pytest.mark.parametrize(
    ("actual", "share", "lower", "adds_up", "status"),
    [
        ("100", "0.5", False, True, Status.MET),
        ("50", "0.5", False, True, Status.ON_PACE),
        ("45", "0.5", False, True, Status.CLOSE),
        ("44", "0.5", False, True, Status.BEHIND),
        ("95", "1", False, True, Status.CLOSE),
        ("80", "1", False, True, Status.MISSED),
        ("95", "0.5", False, False, Status.CLOSE),
        ("80", "0.5", False, False, Status.BEHIND),
        ("100", "0.5", False, False, Status.MET),
        ("30", "0.5", True, True, Status.ON_PACE),
        ("55", "0.5", True, True, Status.CLOSE),
        ("60", "0.5", True, True, Status.BEHIND),
        ("100", "1", True, True, Status.MET),
        ("150", "1", True, True, Status.MISSED),
    ],
)
def test_a_line_stands_where_its_pace_or_its_target_puts_it(
    actual: str, share: str, lower: bool, adds_up: bool, status: Status
) -> None:
    reading = Reading(unit=Unit.COUNT, value=Decimal(actual))
    target = Resolved(Decimal(100), rule=Rule.EXACT)
    result = line(head(lower=lower, adds_up=adds_up), reading, target, Decimal(share))
    assert result.status is status


def test_without_a_target_or_in_another_currency_nothing_is_said() -> None:
    reading = Reading(unit=Unit.MONEY, value=Decimal(5), currency="USD")
    for target in (Resolved(None), Resolved(Decimal(10), "EUR", Rule.EXACT)):
        result = line(head(), reading, target, Decimal(1))
        assert (result.status, result.attained.ratio) == (Status.UNKNOWN, None)


def test_the_answer_that_matters_most_is_shown() -> None:
    every = list(TargetState)
    assert answer_of(every) is TargetState.OBJECTED
    assert answer_of([TargetState.ACCEPTED, TargetState.SET]) is TargetState.SET
    assert answer_of([]) is None


def rung(have: int, needed: int | None) -> Rung:
    expected = None if needed is None else Decimal(needed) / 2
    return Rung(
        StageId(have + 1),
        f"Stage {have}",
        Unit.COUNT,
        Decimal(have),
        None if needed is None else Decimal(needed),
        expected,
    )


def test_the_stage_that_is_short_of_the_largest_share_limits() -> None:
    found = ladder(PipelineId(1), "House", [rung(9, 20), rung(4, 10), rung(9, None), rung(8, 8)])
    assert found.limit is not None
    assert found.limit.stage == "Stage 4"
    assert [step.is_limit for step in found.rungs] == [False, True, False, False]
    assert found.rungs[1].gap == -6
    assert ladder(PipelineId(1), "House", [rung(9, 10), rung(1, None)]).limit is None


def test_a_shortage_that_the_end_has_too_is_none_of_one_stage_s() -> None:
    end = replace(rung(4, 10), is_won=True)
    assert ladder(PipelineId(1), "House", [rung(4, 10), rung(4, 10), end]).limit is None
    found = ladder(PipelineId(1), "House", [rung(4, 10), rung(3, 10), end])
    assert [step.is_limit for step in found.rungs] == [False, True, False]


def test_where_too_few_go_on_the_stage_farthest_below_the_team_s_rate_limits() -> None:
    def rate(won: int, n: int) -> Reading:
        return Reading(unit=Unit.RATIO, value=Decimal(won) / n, n=n)

    rungs = [
        replace(rung(10, 10), conversion=Conversion(rate(4, 10), rate(50, 100))),
        replace(rung(10, 10), conversion=Conversion(rate(29, 100), rate(46, 100))),
        replace(rung(10, 10), conversion=Conversion(rate(0, 2), rate(46, 100))),
        replace(rung(4, 10), is_won=True),
    ]
    found = ladder(PipelineId(1), "House", rungs, least=10)
    assert [step.is_limit for step in found.rungs] == [False, True, False, False]


def test_no_stage_limits_what_is_reached() -> None:
    aim = Aim("Won deals", Unit.COUNT, Decimal(4), Decimal(4), is_reached=True)
    assert ladder(PipelineId(1), "House", [rung(1, 10)], aim=aim).limit is None


@pytest.mark.parametrize(
    ("attained", "gap", "is_over", "limit", "codes"),
    [
        ("0.82", "-0.044", False, "Proposal", ["person.behind", "person.limit"]),
        ("0.82", "0.044", False, None, ["person.ahead"]),
        ("0.82", "0.004", False, None, ["person.on-pace"]),
        ("0.82", None, False, None, ["person.attained"]),
        ("0.82", "-0.18", True, None, ["person.attained"]),
        (None, None, False, None, ["person.no-target"]),
    ],
)
def test_a_person_is_told_one_sentence_and_the_limit(
    attained: str | None, gap: str | None, is_over: bool, limit: str | None, codes: list[str]
) -> None:
    said = of_person(
        None if attained is None else Decimal(attained),
        None if gap is None else Decimal(gap),
        kpi="Won revenue",
        is_over=is_over,
        limit=limit,
    )
    assert [one.code for one in said] == codes


@pytest.mark.parametrize(
    ("good", "known", "rows", "codes"),
    [
        (6, 8, 8, ["team.on-pace"]),
        (6, 7, 8, ["team.on-pace", "team.without-target"]),
        (0, 0, 8, ["team.no-targets"]),
        (0, 0, 0, ["team.nobody"]),
    ],
)
def test_a_team_is_told_how_many_are_on_pace(
    good: int, known: int, rows: int, codes: list[str]
) -> None:
    said = of_team(good, known, rows, kpi="Won revenue", is_over=False, limit=None)
    assert [one.code for one in said] == codes


def test_a_median_says_nothing_of_nothing() -> None:
    assert median_of([None, Decimal(3), Decimal(1), Decimal(2)]) == 2
    assert median_of([Decimal(1), Decimal(2)]) == Decimal("1.5")
    assert median_of([None]) is None


def _line(weight: str | None, attained: str | None) -> KpiLine:
    """A line of a target of 100; without ``attained`` it has no target."""
    kpi = replace(head(), weight=None if weight is None else Decimal(weight))
    actual = Reading(unit=Unit.COUNT, value=Decimal(attained or 0) * 100)
    target = Resolved(None if attained is None else Decimal(100), rule=Rule.EXACT)
    return line(kpi, actual, target, Decimal(1))


def test_a_weighted_attainment_is_uncapped() -> None:
    """20 % of 2 of 4 and 80 % of 40,000 of 20,000: 170."""
    found = weighted([_line("0.2", "0.5"), _line("0.8", "2"), _line(None, "9")])
    assert found is not None
    assert (found.ratio, found.left_out, len(found.parts)) == (Decimal("1.7"), 0, 2)


def test_the_weight_of_what_has_no_attainment_is_spread_and_that_is_said() -> None:
    found = weighted([_line("0.5", "0.8"), _line("0.3", "1"), _line("0.2", None)])
    assert found is not None
    assert (found.ratio, found.left_out) == (Decimal("0.875"), 1)
    assert [part.share for part in found.parts] == [Decimal("0.625"), Decimal("0.375"), None]
    assert weighted([_line(None, "1")]) is None


@given(st.lists(st.tuples(st.integers(1, 10_000), st.integers(0, 300) | st.none()), min_size=1))
def test_the_shares_that_count_sum_to_the_whole(parts: list[tuple[int, int | None]]) -> None:
    lines = [
        _line(str(Decimal(bp).scaleb(-4)), None if pct is None else str(Decimal(pct) / 100))
        for bp, pct in parts
    ]
    found = weighted(lines)
    assert found is not None
    shares = [part.share for part in found.parts if part.share is not None]
    assert found.left_out == len(parts) - len(shares)
    if shares:
        assert abs(sum(shares, Decimal(0)) - 1) < Decimal("1e-20")
        known: list[Decimal] = [p.attained for p in found.parts if p.attained is not None]
        assert found.ratio is not None
        slack = Decimal("1e-20")
        assert min(known) - slack <= found.ratio <= max(known) + slack
