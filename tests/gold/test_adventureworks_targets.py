"""Every figure of adventureworks_targets that the metrics cover, through ``spm metric --json``."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.gold.conftest import DataSet, Json, six

pytestmark = pytest.mark.shared

ALL = ("--from", "2017-07-01", "--to", "2020-07-01")
QUARTERS = tuple(f"{year}-Q{n}" for year in (2017, 2018, 2019, 2020) for n in range(1, 5))[2:14]
MONTHS = tuple(f"{year}-{n:02}" for year in (2017, 2018, 2019, 2020) for n in range(1, 13))[6:41]


@pytest.fixture
def works(data_set: Callable[[str], DataSet]) -> DataSet:
    return data_set("adventureworks_targets")


def by_label(answer: Json) -> dict[str, Json]:
    return {group["label"]: group for group in answer["groups"]}


def amounts(answer: Json) -> dict[str, Decimal]:
    return {label: Decimal(group["value"]) for label, group in by_label(answer).items()}


def decimals(gold: Json) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in gold.items()}


def test_the_whole_is_equal(works: DataSet) -> None:
    gold = works.gold
    assert works.ask("won_deals", *ALL)["value"] == str(gold["orders"])
    assert Decimal(works.ask("won_revenue", *ALL)["value"]) == Decimal(gold["sales_total"])
    size = works.ask("average_deal_size", *ALL)
    assert size["value"] == gold["order_value"]["mean"]
    assert size["n"] == gold["order_value"]["n"]
    assert Decimal(size["numerator"]) == Decimal(gold["order_value"]["sum"])


def test_each_month_quarter_and_fiscal_year_is_equal(works: DataSet) -> None:
    gold = works.gold
    quarters = amounts(works.ask("won_revenue", *ALL, "--by", "quarter"))
    assert quarters == decimals(gold["sales_by_quarter"])
    months = amounts(works.ask("won_revenue", *ALL, "--by", "month"))
    assert months.pop("2020-06") == 0
    assert months == decimals(gold["sales_by_month"])
    for year, expected in gold["sales_by_fiscal_year"].items():
        answer = works.ask("won_revenue", "--period", year)
        assert Decimal(answer["value"]) == Decimal(expected)


def test_each_territory_and_group_of_territories_is_equal(works: DataSet) -> None:
    territories = amounts(works.ask("won_revenue", *ALL, "--by", "territory"))
    assert territories == decimals(works.gold["sales_by_territory"])
    for group, expected in works.gold["sales_by_group"].items():
        answer = works.ask("won_revenue", *ALL, "--territory", group)
        assert Decimal(answer["value"]) == Decimal(expected)


def test_each_territory_is_equal_in_each_quarter(works: DataSet) -> None:
    for territory, quarters in works.gold["sales_by_territory_quarter"].items():
        answer = works.ask("won_revenue", *ALL, "--territory", territory, "--by", "quarter")
        sold = {quarter: value for quarter, value in amounts(answer).items() if value}
        assert sold == {q: value for q, value in decimals(quarters).items() if value}


def assert_attained(works: DataSet, table: str, periods: tuple[str, ...]) -> None:
    """Hold attainment, target and actual of every person and period against the gold table."""
    attained, targets, actuals = (
        {
            period: by_label(works.ask(metric, "--period", period, "--by", "rep"))
            for period in periods
        }
        for metric in ("attainment", "target", "won_revenue")
    )
    for name, gold in works.gold[table].items():
        for period, expected in gold.items():
            ratio, target = attained[period].get(name), targets[period].get(name)
            actual = actuals[period].get(name, {"value": "0"})
            assert Decimal(actual["value"]) == Decimal(expected["sales"]), (name, period)
            if expected["attainment"] is None:
                assert target is None or target["value"] is None, (name, period)
                assert ratio is None or ratio["value"] is None, (name, period)
                continue
            assert ratio is not None
            assert target is not None
            assert ratio["value"] == expected["attainment"], (name, period)
            assert Decimal(ratio["numerator"]) == Decimal(expected["sales"])
            assert Decimal(ratio["denominator"]) == Decimal(expected["target"])
            assert Decimal(target["value"]) == Decimal(expected["target"])
            assert target["n"] == expected["months_with_target"], (name, period)


def test_each_attainment_of_a_quarter_is_equal(works: DataSet) -> None:
    assert_attained(works, "attainment_by_rep_quarter", QUARTERS)


def test_each_attainment_of_a_fiscal_year_is_equal(works: DataSet) -> None:
    assert_attained(works, "attainment_by_rep_fiscal_year", ("FY2018", "FY2019", "FY2020"))


@pytest.mark.slow
def test_each_attainment_of_a_month_is_equal(works: DataSet) -> None:
    assert_attained(works, "attainment_by_rep_month", MONTHS)


def test_a_person_asked_alone_names_the_gap_in_his_targets(works: DataSet) -> None:
    gold = works.gold["attainment_by_rep_quarter"]["Jillian Carson"]["2017-Q3"]
    answer = works.ask("attainment", "--rep", "Jillian Carson", "--period", "2017-Q3")
    assert answer["value"] == gold["attainment"]
    assert Decimal(answer["numerator"]) == Decimal(gold["sales"])
    assert answer["gaps"] == ["2017-07"]
    assert answer["period"] == {"name": "2017-Q3", "start": "2017-07-01", "end": "2017-10-01"}


def test_each_person_is_equal_over_the_quarters_of_the_years(works: DataSet) -> None:
    for name, quarters in list(works.gold["attainment_by_rep_quarter"].items())[::6]:
        answer = by_label(works.ask("attainment", *ALL, "--rep", name, "--by", "quarter"))
        for quarter, expected in quarters.items():
            assert answer[quarter]["value"] == expected["attainment"], (name, quarter)


def test_the_targets_of_all_add_up_as_gold_says(works: DataSet) -> None:
    for year, expected in works.gold["targets_total_by_fiscal_year"].items():
        answer = works.ask("target", "--period", year, "--by", "rep")
        assert sum(amounts(answer).values()) == Decimal(expected)
    director = works.ask("target", "--rep", "Brian Welcker", "--period", "FY2019")["value"]
    assert Decimal(director) == Decimal(works.gold["director_target_vs_team_FY2019"]["director"])


def test_the_representatives_at_or_above_target_are_those_of_gold(works: DataSet) -> None:
    answer = by_label(works.ask("attainment", "--period", "FY2019", "--by", "rep"))
    met = {name for name, group in answer.items() if group["value"] and six(group["value"]) >= 1}
    assert met == set(works.gold["reps_at_or_above_target_FY2019"])


def test_the_largest_first_is_the_leaderboard(works: DataSet) -> None:
    groups = works.ask("won_revenue", "--period", "FY2019", "--by", "rep")["groups"]
    sold = [(row["rep"], Decimal(row["sales"])) for row in works.gold["leaderboard_FY2019"]]
    found = [(group["label"], Decimal(group["value"])) for group in groups]
    assert found == [row for row in sold if row[1]]


def test_pace_after_the_end_of_a_period_is_its_attainment(works: DataSet) -> None:
    arguments = ("--rep", "Jae Pak", "--period", "FY2019")
    pace, attained = (works.ask(metric, *arguments)["value"] for metric in ("pace", "attainment"))
    gold = works.gold["attainment_by_rep_fiscal_year"]["Jae Pak"]["FY2019"]["attainment"]
    assert pace == attained == gold
