"""What gold has of maven_crm, on the scorecards and in the packs of its people."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from spm.domain.metrics.registry import MetricId
from spm.domain.packs.content import PackContent
from spm.domain.period import parse
from spm.queries.packs.content import pack_content
from spm.services.packs import default_as_of
from tests.gold.conftest import DataSet, Json, assert_measures
from tests.gold.offices import (
    OPERATIONS,
    Office,
    browsers_at,
    money,
    number,
    office_at,
    rows_of,
    short_money,
    shown,
    text_of,
)

pytestmark = [pytest.mark.shared, pytest.mark.slow]

QUARTERS = ("2017-Q1", "2017-Q2", "2017-Q3", "2017-Q4")
BESIDE = (
    MetricId.WON_DEALS,
    MetricId.LOST_DEALS,
    MetricId.WIN_RATE,
    MetricId.AVERAGE_DEAL_SIZE,
    MetricId.SALES_CYCLE_DAYS,
)
STANDING = (MetricId.OPEN_DEALS, MetricId.OPEN_PIPELINE)


@pytest.fixture
def maven(data_set: Callable[[str], DataSet]) -> DataSet:
    return data_set("maven_crm")


@pytest.fixture
def office(maven: DataSet) -> Iterator[Office]:
    with office_at(maven.url) as office:
        yield office


def assert_open(gold: Json, found: dict[str, Json]) -> None:
    """Hold one row of the open pipeline against the cells of a card."""
    assert found["open_deals"]["value"] == str(gold["count"])
    assert Decimal(found["open_pipeline"]["value"]) == Decimal(gold["list_value"])


def test_each_manager_reads_what_gold_has_of_his_team_and_its_people(
    maven: DataSet, office: Office
) -> None:
    office.add_kpis(*BESIDE)
    people: dict[str, dict[str, Json]] = {}
    for manager, gold in maven.gold["by_manager"].items():
        card = office.team_page(manager, "2017").card
        assert_measures(gold, shown(card.total))
        people |= {row.subject.name: shown(row.cells) for row in card.rows}
    for agent, gold in maven.gold["by_agent"].items():
        assert_measures(gold, people.pop(agent))
    assert set(people) == set(maven.gold["quality"]["agents_in_team_file_without_deals"])
    for found in people.values():
        assert found["won_revenue"]["value"] == "0.00"
        assert found["win_rate"]["value"] is None


def test_each_manager_reads_each_quarter_of_his_team_and_its_people(
    maven: DataSet, office: Office
) -> None:
    agents = maven.gold["won_revenue_by_agent_quarter"]
    for manager, quarters in maven.gold["won_revenue_by_manager_quarter"].items():
        for quarter, expected in quarters.items():
            card = office.team_page(manager, quarter).card
            assert [line.actual.value for line in card.total] == [Decimal(expected)]
            for row in card.rows:
                if row.subject.name in agents:
                    gold = agents[row.subject.name].get(quarter, "0")
                    assert row.cells[0].actual.value == Decimal(gold), (row.subject.name, quarter)


def test_the_open_pipeline_is_that_of_each_stage_team_and_person(
    maven: DataSet, office: Office
) -> None:
    office.add_kpis(*STANDING)
    card = office.whole_page("").card
    (ladder,) = card.ladders
    rungs = {rung.stage: (rung.open_deals, rung.open_value) for rung in ladder.rungs}
    for stage, gold in maven.gold["open_pipeline_by_stage"].items():
        assert rungs[stage] == (gold["count"], Decimal(gold["list_value"]))
    teams = {row.subject.name: shown(row.cells) for row in card.rows}
    for manager, gold in maven.gold["open_pipeline_by_manager"].items():
        assert_open(gold, teams[manager])
        people = {
            row.subject.name: shown(row.cells) for row in office.team_page(manager, "").card.rows
        }
        for agent in people.keys() & maven.gold["open_pipeline_by_agent"].keys():
            assert_open(maven.gold["open_pipeline_by_agent"][agent], people[agent])


def test_a_rep_reads_his_quarters_and_his_year(maven: DataSet, office: Office) -> None:
    office.add_kpis(*BESIDE)
    for agent, quarters in list(maven.gold["won_revenue_by_agent_quarter"].items())[::7]:
        last = office.rep_page(agent, QUARTERS[-1]).card.lines[0]
        found = {point.period.name: point.actual.value for point in last.trend}
        found[QUARTERS[-1]] = last.actual.value
        assert found == {name: Decimal(value) for name, value in quarters.items()}
        year = office.rep_page(agent, "2017").card
        assert_measures(maven.gold["by_agent"][agent], shown(year.lines))


def content_of(office: Office, name: str, period: str) -> PackContent:
    work = office.work_of(OPERATIONS)
    asked = parse(period)
    return pack_content(
        work.session,
        work.actor,
        work.organisation,
        office.person(name),
        asked,
        default_as_of(work, asked),
    )


def test_a_pack_holds_what_gold_has_of_the_person(maven: DataSet, office: Office) -> None:
    for agent, gold in list(maven.gold["by_agent"].items())[::10]:
        content = content_of(office, agent, "2017")
        figures = {one.metric: one.now for one in content.figures}
        figures["won_revenue"] = content.kpis[0].now.figure
        assert_measures(
            gold,
            {
                metric: {"value": str(figure.value), "median": str(figure.median)}
                for metric, figure in figures.items()
            },
        )


def test_the_paper_says_it_in_the_reader_s_way(maven: DataSet, office: Office) -> None:
    gold = maven.gold["by_agent"]["Anna Snelling"]
    said = office.pack_text("Anna Snelling", "2017")
    for expected in (
        money(gold["won_revenue"]),
        money(str(round(Decimal(gold["avg_won_value"]), 2))),
        f"{Decimal(gold['win_rate']):.1%}",
        f"{Decimal(gold['avg_cycle_days_won']):.1f} days",
    ):
        assert expected in said
    revenue = maven.gold["won_revenue_by_agent_quarter"]["Anna Snelling"]
    said = office.pack_text("Anna Snelling", "2017-Q4", "uk")
    for quarter in QUARTERS:
        assert money(revenue[quarter], "uk") in said


def test_the_pages_say_it_to_a_manager_and_to_operations(maven: DataSet, tmp_path: Path) -> None:
    gold = maven.gold
    revenue = gold["won_revenue_by_agent_quarter"]["Anna Snelling"]["2017-Q4"]
    team = gold["won_revenue_by_manager_quarter"]["Dustin Brinkmann"]["2017-Q4"]
    with browsers_at(maven.url, tmp_path) as browser_of:
        manager = browser_of("Dustin Brinkmann")
        address = "/scorecards/team?period=2017-Q4"
        assert money(team) in text_of(manager, address)
        assert short_money(revenue) in rows_of(manager, address)["Anna Snelling"]
        operations = browser_of(OPERATIONS, "uk")
        teams = rows_of(operations, "/scorecards/organisation?period=2017-Q4")
        for name, quarters in gold["won_revenue_by_manager_quarter"].items():
            (row,) = (row for head, row in teams.items() if head.startswith(name))
            assert short_money(quarters["2017-Q4"], "uk") in row
        stages = rows_of(operations, "/scorecards/organisation")
        for stage, standing in gold["open_pipeline_by_stage"].items():
            assert number(standing["count"], "uk") in stages[stage]
            assert short_money(standing["list_value"], "uk") in stages[stage]
        rates = rows_of(operations, "/figures/explain?metric=win_rate&period=2017&by=rep")
        for name, agent in gold["by_agent"].items():
            said = f"{Decimal(agent['win_rate']):.1%}".replace(".", ",")
            assert said in rates[name].replace(" ", "")
