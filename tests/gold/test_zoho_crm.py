"""The deals of zoho_crm, through ``spm metric --json``."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.gold.conftest import DataSet, Json, six

pytestmark = pytest.mark.shared

ALL = ("--from", "2019-10-01", "--to", "2021-07-01")


@pytest.fixture
def zoho(data_set: Callable[[str], DataSet]) -> DataSet:
    return data_set("zoho_crm")


def by_label(answer: Json) -> dict[str, Json]:
    return {group["label"]: group for group in answer["groups"]}


def test_the_whole_is_equal(zoho: DataSet) -> None:
    gold = zoho.gold
    rate = zoho.ask("win_rate", *ALL)
    assert six(rate["value"]) == Decimal(gold["win_rate"]["value"])
    assert (rate["numerator"], rate["denominator"]) == (
        gold["win_rate"]["num"],
        gold["win_rate"]["den"],
    )
    assert Decimal(zoho.ask("won_revenue", *ALL)["value"]) == Decimal(gold["won_revenue"])
    size = zoho.ask("average_deal_size", *ALL)
    assert size["n"] == gold["won_value_avg_median"]["n"]
    assert six(size["value"]) == Decimal(gold["won_value_avg_median"]["mean"])
    cycle = zoho.ask("sales_cycle_days", *ALL)
    assert cycle["n"] == gold["cycle_days_won"]["n"]
    assert six(cycle["value"]) == Decimal(gold["cycle_days_won"]["mean"])
    assert six(cycle["median"]) == Decimal(gold["cycle_days_won"]["median"])


def test_what_is_open_is_equal_stage_by_stage(zoho: DataSet) -> None:
    gold = zoho.gold["open_pipeline_by_stage"]
    counts = by_label(zoho.ask("open_deals", "--by", "stage"))
    amounts = by_label(zoho.ask("open_pipeline", "--by", "stage"))
    found = {label: (group["value"], amounts[label]["value"]) for label, group in counts.items()}
    assert {
        label: (Decimal(count), Decimal(amount))
        for label, (count, amount) in found.items()
        if Decimal(count)
    } == {stage: (Decimal(one["count"]), Decimal(one["amount"])) for stage, one in gold.items()}
    total = zoho.gold["open_pipeline_total"]
    assert zoho.ask("open_deals")["value"] == str(total["count"])
    assert Decimal(zoho.ask("open_pipeline")["value"]) == Decimal(total["amount"])


def test_each_owner_is_equal(zoho: DataSet) -> None:
    won = by_label(zoho.ask("won_deals", *ALL, "--by", "rep"))
    lost = by_label(zoho.ask("lost_deals", *ALL, "--by", "rep"))
    revenue = by_label(zoho.ask("won_revenue", *ALL, "--by", "rep"))
    rates = by_label(zoho.ask("win_rate", *ALL, "--by", "rep"))
    opened = by_label(zoho.ask("open_deals", "--by", "rep"))
    value = by_label(zoho.ask("open_pipeline", "--by", "rep"))
    for name, gold in zoho.gold["by_owner"].items():
        assert won[name]["value"] == str(gold["won"])
        assert lost[name]["value"] == str(gold["lost"])
        assert Decimal(revenue[name]["value"]) == Decimal(gold["won_revenue"])
        assert six(rates[name]["value"]) == Decimal(gold["win_rate"])
        assert opened[name]["value"] == str(gold["open_count"])
        assert Decimal(value[name]["value"]) == Decimal(gold["open_amount"])


def test_each_quarter_is_equal(zoho: DataSet) -> None:
    revenue = by_label(zoho.ask("won_revenue", *ALL, "--by", "quarter"))
    won = by_label(zoho.ask("won_deals", *ALL, "--by", "quarter"))
    for quarter, gold in zoho.gold["won_revenue_by_quarter"].items():
        assert Decimal(revenue[quarter]["value"]) == Decimal(gold["revenue"])
        assert won[quarter]["value"] == str(gold["count"])


def test_each_owner_is_equal_in_each_quarter(zoho: DataSet) -> None:
    for name, quarters in zoho.gold["won_revenue_by_owner_quarter"].items():
        answer = by_label(zoho.ask("won_revenue", *ALL, "--rep", name, "--by", "quarter"))
        assert {q: Decimal(g["value"]) for q, g in answer.items() if Decimal(g["value"])} == {
            quarter: Decimal(value) for quarter, value in quarters.items() if Decimal(value)
        }


def test_each_source_is_equal(zoho: DataSet) -> None:
    won = by_label(zoho.ask("won_deals", *ALL, "--by", "source"))
    revenue = by_label(zoho.ask("won_revenue", *ALL, "--by", "source"))
    for source, gold in zoho.gold["by_lead_source"].items():
        if source != "(blank)":
            assert won[source]["value"] == str(gold["won"])
            assert Decimal(revenue[source]["value"]) == Decimal(gold["won_revenue"])
