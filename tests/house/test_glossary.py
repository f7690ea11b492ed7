"""The papers about the figures say what the product says."""

import re
from pathlib import Path

import pytest

from spm.domain.metrics.registry import METRICS, Metric

DOCS = Path(__file__).resolve().parents[2] / "docs"


def words_of(name: str) -> str:
    """The text of a paper on one line, without its marks of emphasis."""
    return " ".join((DOCS / name).read_text(encoding="utf-8").replace("**", "").split())


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_the_glossary_has_the_words_of_the_definition_card(metric: Metric) -> None:
    glossary = words_of("glossary.md")
    formulas = (metric.formula, *(text for _, text in metric.formulas))
    shown = (metric.summary, *formulas, *metric.rules, f"Source: {metric.source}")
    assert [text for text in shown if text not in glossary] == []
    assert f"### {metric.label} `{metric.id.value}`" in glossary


def test_the_contract_lists_the_metrics_that_there_are() -> None:
    text = (DOCS / "metrics-cli.md").read_text(encoding="utf-8")
    table = text.split("## Metrics")[1].split("## Who")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(METRICS)
