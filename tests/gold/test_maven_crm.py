"""Every figure of maven_crm that somebody else has computed, through ``spm metric --json``."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.gold.conftest import DataSet, Json, assert_measures, six

pytestmark = pytest.mark.shared

ALL = ("--from", "2016-01-01", "--to", "2018-01-01")
QUARTERS = ("2017-Q1", "2017-Q2", "2017-Q3", "2017-Q4")


@pytest.fixture
def maven(data_set: Callable[[str], DataSet]) -> DataSet:
    return data_set("maven_crm")


def by_label(answer: Json) -> dict[str, Json]:
    return {group["label"]: group for group in answer["groups"]}


MEASURES = (
    "won_deals",
    "lost_deals",
    "win_rate",
    "won_revenue",
    "average_deal_size",
    "sales_cycle_days",
)


@pytest.mark.parametrize(
    ("table", "by"), [("by_agent", "rep"), ("by_region", "office"), ("by_product", "product")]
)
def test_each_part_of_the_whole_is_equal(maven: DataSet, table: str, by: str) -> None:
    parts = {metric: by_label(maven.ask(metric, *ALL, "--by", by)) for metric in MEASURES}
    assert set(maven.gold[table]) == set(parts["won_deals"])
    for name, gold in maven.gold[table].items():
        assert_measures(gold, {metric: parts[metric][name] for metric in MEASURES})


def test_each_quarter_is_equal_as_a_part_and_as_a_period(maven: DataSet) -> None:
    parts = {m: by_label(maven.ask(m, "--period", "2017", "--by", "quarter")) for m in MEASURES}
    assert set(maven.gold["by_close_quarter"]) == set(QUARTERS) == set(parts["win_rate"])
    for quarter, gold in maven.gold["by_close_quarter"].items():
        assert_measures(gold, {metric: parts[metric][quarter] for metric in MEASURES})
        assert_measures(gold, {m: maven.ask(m, "--period", quarter) for m in MEASURES})


def test_each_manager_is_equal_by_the_name_of_his_team_or_his_own(maven: DataSet) -> None:
    for manager, gold in maven.gold["by_manager"].items():
        figures = {m: maven.ask(m, *ALL, "--team", manager) for m in MEASURES}
        assert_measures(gold, figures)


def test_each_agent_is_equal_when_asked_alone(maven: DataSet) -> None:
    for agent, gold in list(maven.gold["by_agent"].items())[::5]:
        assert_measures(gold, {m: maven.ask(m, *ALL, "--rep", agent) for m in MEASURES})


@pytest.mark.parametrize(
    ("table", "metric", "by"),
    [
        ("won_revenue_by_agent_quarter", "won_revenue", "rep"),
        ("won_count_by_agent_quarter", "won_deals", "rep"),
        ("won_revenue_by_region_quarter", "won_revenue", "office"),
    ],
)
def test_each_part_of_each_quarter_is_equal(
    maven: DataSet, table: str, metric: str, by: str
) -> None:
    parts = {q: by_label(maven.ask(metric, "--period", q, "--by", by)) for q in QUARTERS}
    for name, quarters in maven.gold[table].items():
        for quarter, expected in quarters.items():
            found = parts[quarter][name]["value"] if name in parts[quarter] else "0"
            assert Decimal(found) == Decimal(str(expected)), (name, quarter)


def test_each_manager_is_equal_in_each_quarter(maven: DataSet) -> None:
    for manager, quarters in maven.gold["won_revenue_by_manager_quarter"].items():
        answer = maven.ask("won_revenue", "--team", manager, "--period", "2017", "--by", "quarter")
        found = {label: Decimal(group["value"]) for label, group in by_label(answer).items()}
        assert found == {quarter: Decimal(value) for quarter, value in quarters.items()}


def test_the_whole_is_equal(maven: DataSet) -> None:
    gold = maven.gold
    assert Decimal(maven.ask("won_revenue", *ALL)["value"]) == Decimal(gold["won_revenue"])
    rate = maven.ask("win_rate", *ALL)
    assert (rate["numerator"], rate["denominator"]) == (
        gold["win_rate"]["num"],
        gold["win_rate"]["den"],
    )
    assert rate["value"] == gold["win_rate"]["value"]
    size, value = maven.ask("average_deal_size", *ALL), gold["won_value_avg_median"]
    assert (six(size["value"]), size["n"]) == (Decimal(value["mean"]), value["n"])
    assert Decimal(size["numerator"]) == Decimal(value["sum"])
    cycle, days = maven.ask("sales_cycle_days", *ALL), gold["cycle_days_won"]
    assert (cycle["value"], cycle["n"]) == (days["mean"], days["n"])
    assert (cycle["numerator"], cycle["median"]) == (days["sum"], days["median"])
    stages = gold["deals_by_stage"]
    assert maven.ask("won_deals", *ALL)["value"] == str(stages["Won"])
    assert maven.ask("lost_deals", *ALL)["value"] == str(stages["Lost"])


def test_the_funnel_is_equal(maven: DataSet) -> None:
    gold = maven.gold["funnel"]
    for stage, key in (("Engaging", "engaging_reached"), ("Won", "won"), ("Lost", "lost")):
        answer = maven.ask("deals_reaching_stage", *ALL, "--stage", stage)
        assert answer["value"] == str(gold[key])
    first = maven.ask("deals_reaching_stage", *ALL, "--stage", "Prospecting")
    assert int(first["value"]) + first["excluded"] == gold["prospecting_reached"]
    assert first["excluded"] == maven.gold["quality"]["engage_date_missing"]


def test_the_conversion_of_the_engaged_is_equal(maven: DataSet) -> None:
    """Who engaged was won, lost, or is engaging still."""
    gold = maven.gold["deals_by_stage"]
    found = maven.ask("stage_conversion", *ALL, "--stage", "Engaging")
    assert (found["numerator"], found["n"]) == (str(gold["Won"]), gold["Won"] + gold["Lost"])
    assert found["still_open"] == gold["Engaging"]
    assert found["value"] == maven.gold["win_rate"]["value"]


@pytest.mark.parametrize(
    ("table", "by"),
    [
        ("open_pipeline_by_stage", "stage"),
        ("open_pipeline_by_region", "office"),
        ("open_pipeline_by_agent", "rep"),
    ],
)
def test_each_part_of_the_open_pipeline_is_equal(maven: DataSet, table: str, by: str) -> None:
    numbers = by_label(maven.ask("open_deals", "--by", by))
    values = by_label(maven.ask("open_pipeline", "--by", by))
    assert set(numbers) == set(values) == set(maven.gold[table])
    for name, gold in maven.gold[table].items():
        assert numbers[name]["value"] == str(gold["count"])
        assert Decimal(values[name]["value"]) == Decimal(gold["list_value"])


def test_each_manager_s_open_pipeline_is_equal(maven: DataSet) -> None:
    for manager, gold in maven.gold["open_pipeline_by_manager"].items():
        assert maven.ask("open_deals", "--team", manager)["value"] == str(gold["count"])
        value = maven.ask("open_pipeline", "--team", manager)["value"]
        assert Decimal(value) == Decimal(gold["list_value"])


def test_the_open_deals_of_past_days_are_equal_and_the_undated_are_not_among_them(
    maven: DataSet,
) -> None:
    for day, expected in maven.gold["engaged_open_at"].items():
        assert maven.ask("open_deals", "--as-of", day)["value"] == str(expected)
    stages = maven.gold["deals_by_stage"]
    assert maven.ask("open_deals")["value"] == str(stages["Engaging"] + stages["Prospecting"])


def test_the_largest_first_is_the_leaderboard(maven: DataSet) -> None:
    groups = maven.ask("won_revenue", *ALL, "--by", "rep")["groups"]
    gold = maven.gold["leaderboard_won_revenue"]
    found = [(group["label"], Decimal(group["value"])) for group in groups]
    assert found[: len(gold)] == [(row["agent"], Decimal(row["won_revenue"])) for row in gold]


def test_the_velocity_is_equal_on_both_bases(maven: DataSet) -> None:
    answer = maven.ask("sales_velocity", "--as-of", "2017-12-31")
    gold = maven.gold["sales_velocity_per_day"]
    assert answer["value"] == gold["value"]
    assert answer["levers"]["deals"]["value"] == str(gold["engaging"])
    closed = maven.ask("sales_velocity", "--basis", "closed", "--period", "2017-Q4")
    assert closed["value"] == maven.gold["sales_velocity_2017Q4"]


def test_the_program_itself_answers_and_refuses(maven: DataSet) -> None:
    spm = (sys.executable, "-m", "spm", "metric")
    gold = maven.gold["won_revenue_by_agent_quarter"]["Anna Snelling"]["2017-Q4"]
    arguments = ("won_revenue", "--rep", "Anna Snelling", "--period", "2017-Q4", "--json")
    said = subprocess.run([*spm, *arguments], capture_output=True, text=True, check=True)
    assert Decimal(json.loads(said.stdout)["value"]) == Decimal(gold)
    for refused in (
        ("nonsense",),
        ("won_revenue",),
        ("won_revenue", "--rep", "Nobody", "--period", "2017"),
        ("won_revenue", "--period", "2017-Q5"),
    ):
        told = subprocess.run([*spm, *refused], capture_output=True, text=True, check=False)
        assert (told.returncode, told.stdout) == (2, "")
        assert told.stderr.startswith(("spm", "usage"))


def processor_seconds(*arguments: str) -> float:
    """What a Python program costs the processor, best of three."""
    times = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run((sys.executable, *arguments), capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def test_an_answer_takes_less_than_a_second(maven: DataSet) -> None:
    """Of the processor; where other work slows that down, four times what SQLAlchemy alone takes."""
    spent = processor_seconds("-m", "spm", "metric", "win_rate", "--period", "2017", "--by", "rep")
    assert spent < 1 or spent < 4 * processor_seconds("-c", "import sqlalchemy.orm")
