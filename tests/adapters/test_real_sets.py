"""The shared data sets are recognised and mapped whole; counts are those of their gold.json."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from spm.adapters.spreadsheets import tables
from spm.domain.intake.building import records
from spm.domain.intake.cells import Issue, Row
from spm.domain.intake.finding import FormatFinder
from spm.domain.intake.formats import Reading
from spm.domain.intake.layouts import shipped
from spm.domain.intake.mapping import RowMapper, recognise
from spm.domain.intake.records import DealRecord, Record

pytestmark = pytest.mark.shared


def mapped(path: Path) -> list[Record | Issue] | None:
    (table,) = tables(path, path.name, Reading())
    binding = recognise(table.file, table.header, shipped())
    if binding is None:
        return None
    finder = FormatFinder(binding)
    for row in table.rows():
        assert isinstance(row, Row)
        finder.look(row)
    return list(
        records(RowMapper(binding, finder.formats(Reading(), table.delimiter)), table.rows())
    )


@pytest.mark.parametrize("name", ["maven_crm", "adventureworks_targets"])
def test_a_real_set_maps_whole(shared: Path, name: str) -> None:
    gold = json.loads((shared / "data" / name / "gold.json").read_text("utf-8"))["metrics"]
    for stem, count in gold["row_counts"]["value"].items():
        found = mapped(shared / "data" / name / f"{stem}.csv")
        assert found is not None
        assert not [one for one in found if isinstance(one, Issue) and one.is_refusal]
        taken = [one for one in found if not isinstance(one, Issue)]
        if stem == "Sales":
            assert len(taken) == gold["orders"]["value"]
        lines = [line for one in taken if isinstance(one, DealRecord) for line in one.lines]
        assert len(lines or taken) == count


def test_a_data_dictionary_is_left_out(shared: Path) -> None:
    assert mapped(shared / "data" / "maven_crm" / "data_dictionary.csv") is None


def test_the_stages_and_blanks_of_maven_are_those_of_gold(shared: Path) -> None:
    gold = json.loads((shared / "data/maven_crm/gold.json").read_text("utf-8"))["metrics"]
    found = mapped(shared / "data/maven_crm/sales_pipeline.csv") or []
    deals = [one for one in found if isinstance(one, DealRecord)]
    assert Counter(deal.stage for deal in deals) == gold["deals_by_stage"]["value"]
    won = sum(deal.amount.value for deal in deals if deal.stage == "Won" and deal.amount)
    assert won == Decimal(gold["won_revenue"]["value"])
    blank = [one for one in found if isinstance(one, Issue) and one.reason == "blank-value"]
    assert len(blank) == gold["quality"]["value"]["missing_account"]


def test_the_lines_of_adventureworks_sum_to_gold(shared: Path) -> None:
    gold = json.loads((shared / "data/adventureworks_targets/gold.json").read_text("utf-8"))
    found = mapped(shared / "data/adventureworks_targets/Sales.csv") or []
    lines = [line for one in found if isinstance(one, DealRecord) for line in one.lines]
    assert sum(line.amount.value for line in lines) == Decimal(
        gold["metrics"]["sales_total"]["value"]
    )
