"""The real data sets, imported as a user would, and questions asked of them as a user would."""

import json
import os
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from spm.__main__ import main
from tests.databases import Databases

SHARED = Path(os.environ.get("SPM_SHARED") or Path(__file__).resolve().parents[3] / "shared")

Json = dict[str, Any]

NAME = {"won": "won_deals", "lost": "lost_deals", "avg_won_value": "average_deal_size"}
"""What the gold tables call a metric otherwise than the product."""


class DataSet(NamedTuple):
    """A data set in a database.

    Attributes:
        url: Address of the database.
        gold: The answers that were computed elsewhere, by name.
        ask: ``spm metric`` with these arguments; returns what ``--json`` printed.
    """

    url: str
    gold: Json
    ask: Callable[..., Json]


def folder_of(name: str) -> Path:
    """Return the folder of a data set; skips the test where it is not on this machine."""
    folder = SHARED / "data" / name
    if not folder.is_dir():
        pytest.skip(f"the data set {name} is not beside the repository")
    return folder


def gold_of(name: str) -> Json:
    """Return the gold values of a data set by name."""
    text = (folder_of(name) / "gold.json").read_text(encoding="utf-8")
    return {key: metric["value"] for key, metric in json.loads(text)["metrics"].items()}


@pytest.fixture
def data_set(
    databases: Databases,
    backend: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Callable[[str], DataSet]]:
    """Return a function that gives a data set by the name of its folder."""
    from contextlib import ExitStack

    opened = ExitStack()
    monkeypatch.setenv("SPM_INSTANCE", str(tmp_path))

    def load(folder: Path) -> Callable[[str], None]:
        def build(url: str) -> None:
            monkeypatch.setenv("SPM_DATABASE_URL", url)
            assert main(["import", str(folder)]) == 0, capsys.readouterr().err

        return build

    def ask(*arguments: str) -> Json:
        capsys.readouterr()
        assert main(["metric", *arguments, "--json"]) == 0
        answer: Json = json.loads(capsys.readouterr().out)
        return answer

    def give(name: str) -> DataSet:
        url = opened.enter_context(databases.clean(backend, name, load(folder_of(name))))
        monkeypatch.setenv("SPM_DATABASE_URL", url)
        return DataSet(url, gold_of(name), ask)

    with opened:
        yield give


def six(value: str) -> Decimal:
    """A printed decimal, at the six places that gold has."""
    return Decimal(value).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def assert_measures(gold: Json, figures: dict[str, Json]) -> None:
    """Hold one row of the gold tables against the figures of one subject or group."""
    assert set(gold) == {
        "won",
        "lost",
        "win_rate",
        "won_revenue",
        "avg_won_value",
        "avg_cycle_days_won",
        "median_cycle_days_won",
    }
    for key, expected in gold.items():
        if key == "median_cycle_days_won":
            found = figures["sales_cycle_days"]["median"]
        elif key == "avg_cycle_days_won":
            found = figures["sales_cycle_days"]["value"]
        else:
            found = figures[NAME.get(key, key)]["value"]
        assert six(found) == six(str(expected)), key
