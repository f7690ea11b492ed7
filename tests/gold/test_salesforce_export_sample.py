"""Salesforce's own export with its stage history, through ``spm metric --json``."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from spm.__main__ import main
from spm.adapters.database import open_engine, unit
from spm.models.pipeline import DealEventRow, DealReachRow, DealRow, StageRow
from tests.databases import Databases
from tests.gold.conftest import Json, folder_of, gold_of

pytestmark = pytest.mark.shared

SET = "salesforce_export_sample"
EXPORT = ("Opportunity.csv", "OpportunityHistory.csv")
VARIANT = ("OpportunityHistory_powerbi_variant.csv",)
EVER = ("--from", "2000-01-01", "--to", "2030-01-01")

Ask = Callable[..., Json]


@pytest.fixture
def loaded(
    databases: Databases,
    backend: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Callable[[tuple[str, ...]], tuple[str, Ask]]]:
    """Load some of the files; give the database's address and a way to ask."""
    import json

    monkeypatch.setenv("SPM_INSTANCE", str(tmp_path))

    def ask(*arguments: str) -> Json:
        capsys.readouterr()
        assert main(["metric", *arguments, "--json"]) == 0
        answer: Json = json.loads(capsys.readouterr().out)
        return answer

    with ExitStack() as opened:

        def load(names: tuple[str, ...]) -> tuple[str, Ask]:
            def build(url: str) -> None:
                monkeypatch.setenv("SPM_DATABASE_URL", url)
                paths = [str(folder_of(SET) / name) for name in names]
                assert main(["import", *paths]) == 0, capsys.readouterr().err

            name = f"{SET}-{len(names)}"
            url = opened.enter_context(databases.clean(backend, name, build))
            monkeypatch.setenv("SPM_DATABASE_URL", url)
            return url, ask

        yield load


def groups(answer: Json) -> dict[str, Decimal]:
    found = {group["label"]: Decimal(group["value"]) for group in answer["groups"]}
    return {label: value for label, value in found.items() if value}


def test_the_export_is_equal(loaded: Callable[[tuple[str, ...]], tuple[str, Ask]]) -> None:
    gold = gold_of(SET)
    _, ask = loaded(EXPORT)
    assert ask("won_deals", *EVER)["value"] == str(gold["won"]["count"])
    assert Decimal(ask("won_revenue", *EVER)["value"]) == Decimal(gold["won"]["amount"])
    assert ask("lost_deals", *EVER)["value"] == "0"
    assert Decimal(ask("win_rate", *EVER)["value"]) == Decimal(gold["win_rate"]["value"])
    assert ask("open_deals")["value"] == str(gold["open"]["count"])
    assert Decimal(ask("open_pipeline")["value"]) == Decimal(gold["open"]["amount"])
    stages = {name: one for name, one in gold["stage"].items() if name != "Closed Won"}
    assert groups(ask("open_deals", "--by", "stage")) == {
        name: Decimal(one["count"]) for name, one in stages.items()
    }
    assert groups(ask("open_pipeline", "--by", "stage")) == {
        name: Decimal(one["amount"]) for name, one in stages.items()
    }


def test_names_repeat_and_ids_differ_by_case_alone(
    loaded: Callable[[tuple[str, ...]], tuple[str, Ask]],
) -> None:
    url, _ = loaded(EXPORT)
    gold = gold_of(SET)
    engine = open_engine(url)
    with unit(engine, writes=False) as session:
        assert (
            session.scalar(select(func.count()).select_from(DealRow))
            == (gold["row_counts"]["Opportunity"])
        )
        names = session.scalar(select(func.count(func.distinct(DealRow.name))))
        assert names == gold["distinct_names"]
    engine.dispose()


def test_a_history_alone_makes_the_deals_and_their_moves(
    loaded: Callable[[tuple[str, ...]], tuple[str, Ask]],
) -> None:
    gold = gold_of(SET)
    url, ask = loaded(VARIANT)
    current, worth = gold["variant_current_stage"], gold["variant_amount_by_current_stage"]
    closed = {"Closed Won", "Closed Lost"}
    assert groups(ask("open_deals", "--by", "stage")) == {
        name: Decimal(count) for name, count in current.items() if name not in closed
    }
    assert groups(ask("open_pipeline", "--by", "stage")) == {
        name: Decimal(amount) for name, amount in worth.items() if name not in closed
    }
    assert ask("won_deals", *EVER)["value"] == str(current["Closed Won"])
    assert ask("lost_deals", *EVER)["value"] == str(current["Closed Lost"])
    assert Decimal(ask("won_revenue", *EVER)["value"]) == Decimal(worth["Closed Won"])
    engine = open_engine(url)
    with unit(engine, writes=False) as session:
        assert (
            session.scalar(select(func.count()).select_from(DealRow))
            == (gold["variant_opportunities"])
        )
        # What was won and is lost now had reached the won stage, and had not stayed there.
        won_then_lost = (
            select(func.count())
            .select_from(DealRow)
            .join(StageRow, StageRow.id == DealRow.stage_id)
            .where(
                StageRow.kind == "lost",
                DealRow.id.in_(
                    select(DealReachRow.deal_id)
                    .join(StageRow, StageRow.id == DealReachRow.stage_id)
                    .where(StageRow.kind == "won")
                ),
            )
        )
        found = session.scalar(won_then_lost)
        transitions = gold["variant_transitions"]
        assert found == transitions["Closed Won -> Closed Lost"]
        assert session.scalar(select(func.count()).select_from(DealEventRow)) is not None
    engine.dispose()


def test_what_was_won_before_it_was_lost_counts_at_the_time(
    loaded: Callable[[tuple[str, ...]], tuple[str, Ask]],
) -> None:
    gold = gold_of(SET)
    _, ask = loaded(VARIANT)
    # On 2021-01-27, the close date of then, the six that were lost in 2024 still were won; the
    # seventh was won and lost on one date.
    then = ask("won_deals", "--from", "2021-01-01", "--to", "2022-01-01", "--as-of", "2022-01-01")
    now = ask("won_deals", "--from", "2021-01-01", "--to", "2022-01-01")
    assert int(then["value"]) - int(now["value"]) == gold["variant_won_then_lost"] - 1
