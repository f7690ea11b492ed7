"""What gold has of adventureworks_targets, on the scorecards and in the packs of its people."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from spm.domain.analytics.scorecard import KpiLine
from spm.domain.period import parse
from spm.domain.targets.resolve import Rule
from tests.gold.conftest import DataSet, Json, six
from tests.gold.offices import (
    OPERATIONS,
    Office,
    browsers_at,
    money,
    office_at,
    rows_of,
    short_money,
    text_of,
)
from tests.gold.test_adventureworks_targets import MONTHS, QUARTERS

pytestmark = [pytest.mark.shared, pytest.mark.slow]

JILLIAN, GAP = "Jillian Carson", "2017-Q3"
YEARS = ("FY2018", "FY2019", "FY2020")


@pytest.fixture
def works(data_set: Callable[[str], DataSet]) -> DataSet:
    return data_set("adventureworks_targets")


@pytest.fixture
def office(works: DataSet) -> Iterator[Office]:
    with office_at(works.url) as office:
        yield office


def assert_attained(line: KpiLine, gold: Json) -> None:
    """Hold the cell or line of a card against one row of the gold tables."""
    assert line.actual.value == Decimal(gold["sales"])
    if gold["attainment"] is None:
        assert (line.target.value, line.attained.ratio) == (None, None)
        return
    assert line.target.value == Decimal(gold["target"])
    assert len(line.target.parts) == gold["months_with_target"]
    assert line.attained.ratio is not None
    assert six(str(line.attained.ratio)) == Decimal(gold["attainment"])


@pytest.mark.parametrize(
    ("table", "periods"),
    [
        ("attainment_by_rep_month", MONTHS[1::5]),
        ("attainment_by_rep_quarter", QUARTERS),
        ("attainment_by_rep_fiscal_year", YEARS),
    ],
)
def test_operations_read_each_attainment_of_everybody(
    works: DataSet, office: Office, table: str, periods: tuple[str, ...]
) -> None:
    for period in periods:
        rows = {row.subject.name: row.cells for row in office.whole_page(period).card.rows}
        gold = {n: by[period] for n, by in works.gold[table].items() if period in by}
        assert gold
        assert {n for n in rows if rows[n][0].actual.value or rows[n][0].target.value} <= set(gold)
        for name, expected in gold.items():
            if name in rows or expected["target"] is not None or Decimal(expected["sales"]):
                assert_attained(rows[name][0], expected)


def test_the_card_of_everybody_adds_up_what_was_sold_and_what_was_set(
    works: DataSet, office: Office
) -> None:
    for year in YEARS:
        card = office.whole_page(year).card
        sold = Decimal(works.gold["sales_by_fiscal_year"][year])
        assert card.total[0].actual.value == sold
        targets = Decimal(works.gold["targets_total_by_fiscal_year"][year])
        assert card.roll_ups[0].total == targets


def test_each_reads_his_own_years(works: DataSet, office: Office) -> None:
    for name, years in list(works.gold["attainment_by_rep_fiscal_year"].items())[::3]:
        last = max(year for year in years if year in YEARS)
        card = office.rep_page(name, last).card
        assert_attained(card.lines[0], years[last])
        for point in card.lines[0].trend:
            gold = years.get(point.period.name)
            if gold is None:
                assert (point.target.value, point.actual.n) == (None, 0)
                continue
            assert point.actual.value == Decimal(gold["sales"])
            assert point.target.value == (
                None if gold["target"] is None else Decimal(gold["target"])
            )


def test_two_of_three_months_are_a_target_and_the_third_is_named(
    works: DataSet, office: Office
) -> None:
    gold = works.gold["attainment_by_rep_quarter"][JILLIAN][GAP]
    line = office.rep_page(JILLIAN, GAP).card.lines[0]
    assert_attained(line, gold)
    assert (len(line.target.parts), line.target.rule) == (2, Rule.SUM)
    assert line.target.gaps == (parse("2017-07").period,)


def test_the_paper_says_what_was_reached_and_which_month_has_no_target(
    works: DataSet, office: Office
) -> None:
    gold = works.gold["attainment_by_rep_quarter"][JILLIAN]
    said = office.pack_text(JILLIAN, GAP)
    for expected in (
        money(gold[GAP]["sales"]),
        money(gold[GAP]["target"]),
        f"{Decimal(gold[GAP]['attainment']):.0%}",
        "No target for Jul 2017.",
        money(gold["2017-Q4"]["target"]),
    ):
        assert expected in said
    gold = works.gold["attainment_by_rep_fiscal_year"]["José Saraiva"]
    said = office.pack_text("José Saraiva", "FY2019", "ja")
    for year in ("FY2018", "FY2019"):
        assert money(gold[year]["sales"], "ja") in said
        assert money(gold[year]["target"], "ja") in said


def test_the_pages_say_it_to_the_person_and_to_operations(works: DataSet, tmp_path: Path) -> None:
    quarter = works.gold["attainment_by_rep_quarter"]
    with browsers_at(works.url, tmp_path) as browser_of:
        said = text_of(browser_of(JILLIAN), f"/scorecards/mine?period={GAP}")
        assert money(quarter[JILLIAN][GAP]["sales"]) in said
        assert money(quarter[JILLIAN][GAP]["target"]) in said
        assert "gap Jul 2017" in said
        operations = browser_of(OPERATIONS)
        rows = rows_of(operations, "/scorecards/organisation?period=FY2019")
        for name, years in works.gold["attainment_by_rep_fiscal_year"].items():
            gold = years.get("FY2019")
            if gold is not None and gold["attainment"] is not None:
                assert f"{Decimal(gold['attainment']):.0%}" in rows[name]
                assert short_money(gold["sales"]) in rows[name]


def test_the_page_of_a_figure_says_it_by_territory(works: DataSet, tmp_path: Path) -> None:
    asked = "/figures/explain?metric=won_revenue&by=territory"
    with browsers_at(works.url, tmp_path) as browser_of:
        operations = browser_of(OPERATIONS)
        rows = rows_of(operations, f"{asked}&from=2017-07-01&to=2020-07-01")
        for territory, sold in works.gold["sales_by_territory"].items():
            assert money(sold) in rows[territory]
        rows = rows_of(browser_of(OPERATIONS, "uk"), f"{asked}&period=FY2020-Q1")
        for territory, quarters in works.gold["sales_by_territory_quarter"].items():
            assert money(quarters["2019-Q3"], "uk") in rows[territory]
