"""The definitions are complete, and a question is held against them."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from spm.domain.ids import StageId
from spm.domain.metrics.figure import (
    EVERYTHING,
    REASONS,
    ArgumentNotTaken,
    PeriodNeeded,
    Question,
    Reason,
    Scope,
    ScopeKind,
    StageNeeded,
    ValueNotTaken,
    check,
    decimal_text,
    reason_text,
)
from spm.domain.metrics.registry import (
    METRICS,
    Basis,
    Dimension,
    Metric,
    MetricId,
    UnknownMetric,
    get_metric,
    is_state,
)
from spm.domain.period import AsOf, parse

NOW = AsOf.at(datetime(2017, 12, 31, tzinfo=UTC))
YEAR = parse("2017")


def ask(metric: str, **arguments: object) -> Question:
    return Question(MetricId(metric), EVERYTHING, NOW, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_a_definition_says_all_that_its_card_shows(metric: Metric) -> None:
    texts = (metric.label, metric.summary, metric.formula, metric.source, *metric.rules)
    assert all(text.strip() == text and text for text in texts)
    assert metric.rules
    assert not any("%" in text for text in texts), "a template would take it for a blank"
    assert all(text[-1] == "." for text in texts[1:])
    assert metric.dimensions


def test_every_metric_is_defined_once() -> None:
    assert tuple(METRICS) == tuple(MetricId)


def test_an_unknown_metric_is_told_which_there_are() -> None:
    with pytest.raises(UnknownMetric) as caught:
        get_metric("revenue_won")
    assert "won_revenue" in str(caught.value.facts["candidates"])


@pytest.mark.parametrize(
    ("question", "error"),
    [
        (ask("won_revenue"), PeriodNeeded),
        (ask("attainment"), PeriodNeeded),
        (ask("sales_velocity", basis=Basis.CLOSED), PeriodNeeded),
        (ask("open_deals", by=Dimension.MONTH), PeriodNeeded),
        (ask("deals_reaching_stage", period=YEAR), StageNeeded),
        (ask("won_deals", period=YEAR, stage_id=StageId(1)), ArgumentNotTaken),
        (ask("won_deals", period=YEAR, kpi="won_revenue"), ArgumentNotTaken),
        (ask("won_deals", period=YEAR, basis=Basis.CLOSED), ArgumentNotTaken),
        (ask("win_rate", period=YEAR, basis=Basis.OPEN), ValueNotTaken),
        (ask("attainment", period=YEAR, by=Dimension.PRODUCT), ValueNotTaken),
    ],
)
def test_a_question_that_the_metric_does_not_take_is_refused(
    question: Question, error: type[Exception]
) -> None:
    with pytest.raises(error):
        check(question)


def test_a_territory_has_no_target() -> None:
    territory = Scope(ScopeKind.TERRITORY, 1)
    with pytest.raises(ArgumentNotTaken):
        check(Question(MetricId.TARGET, territory, NOW, period=YEAR))


@pytest.mark.parametrize(
    "question",
    [
        ask("won_revenue", period=YEAR, by=Dimension.PRODUCT),
        ask("open_deals"),
        ask("sales_velocity"),
        ask("win_rate", period=YEAR, basis=Basis.CLOSED),
        ask("deals_reaching_stage", period=YEAR, by=Dimension.STAGE),
        ask("pace", period=YEAR, kpi="won_revenue", by=Dimension.REP),
    ],
)
def test_a_question_that_fits_gives_its_metric(question: Question) -> None:
    assert check(question).id is question.metric


def test_only_a_velocity_is_a_state_on_one_basis_and_an_event_on_the_other() -> None:
    velocity = METRICS[MetricId.SALES_VELOCITY]
    assert is_state(velocity, None)
    assert is_state(velocity, Basis.OPEN)
    assert not is_state(velocity, Basis.CLOSED)
    assert not is_state(METRICS[MetricId.WIN_RATE], Basis.CLOSED)


@pytest.mark.parametrize(
    ("value", "is_quotient", "written"),
    [
        (Decimal(4238) / Decimal(6711), True, "0.631501"),
        (Decimal("0.0000005"), True, "0.000001"),
        (Decimal("0.66875"), True, "0.668750"),
        (Decimal(1), True, "1.000000"),
        (Decimal("1E+3"), False, "1000"),
        (Decimal("59.5"), False, "59.5"),
        (Decimal("10005534.00"), False, "10005534.00"),
    ],
)
def test_a_quotient_has_six_places_and_the_rest_its_own(
    value: Decimal, is_quotient: bool, written: str
) -> None:
    assert decimal_text(value, is_quotient=is_quotient) == written


def test_each_reason_is_a_sentence_whose_blanks_can_be_filled() -> None:
    for code, sentence in REASONS.items():
        facts = dict.fromkeys(re.findall(r"%\((\w+)\)s", sentence), "x")
        assert reason_text(Reason(code, facts)).endswith(".")
