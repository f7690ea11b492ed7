"""``spm metric``: what it prints, and what it refuses."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from spm.adapters.database import open_engine, unit
from spm.models.pipeline import DealStateRow
from tests import builders
from tests.cli.conftest import Spm

CONTRACT = (
    "metric subject value unit currency numerator denominator n excluded interval median levers "
    "gaps period as_of basis stage kpi rule reason by groups"
)
NAME = "Ірина Ткач"
HEADING = "Average deal size · Example · 2017 (2017-01-01 to 2018-01-01, end exclusive)"


@pytest.fixture
def spm(spm: Spm, database_url: str) -> Spm:
    """``spm metric``, on a database with one rep who won 1,234.50 and lost once."""
    engine = open_engine(database_url)
    with unit(engine, writes=True) as session:
        builders.an_organisation(session)
        rep = builders.a_person(session, NAME)
        _, stages = builders.a_pipeline(session)
        for kind, minor in (("Won", 123_450), ("Lost", 500)):
            deal = builders.a_deal(session, rep, stages[kind], amount_minor=minor)
            session.add(
                DealStateRow(
                    deal_id=deal.id,
                    from_at=datetime(2017, 5, 3, tzinfo=UTC),
                    to_at=datetime(9999, 12, 31, tzinfo=UTC),
                    is_dated=True,
                    pipeline_id=deal.pipeline_id,
                    stage_id=deal.stage_id,
                    stage_kind=kind.lower(),
                    owner_id=rep.id,
                    credited_owner_id=rep.id,
                    amount_minor=minor,
                    currency="USD",
                    opened_on=date(2017, 5, 1),
                    closed_on=date(2017, 5, 3),
                )
            )
    engine.dispose()

    return lambda *arguments: spm("metric", *arguments)


def asked(spm: Spm, *arguments: str) -> dict[str, Any]:
    status, out, err = spm(*arguments, "--json")
    assert (status, err) == (0, "")
    answer: dict[str, Any] = json.loads(out)
    return answer


def test_it_prints_every_key_of_the_contract(spm: Spm) -> None:
    answer = asked(spm, "win_rate", "--rep", NAME, "--period", "2017", "--by", "month")
    assert set(answer) == set(CONTRACT.split())
    assert answer["subject"] == {"kind": "rep", "key": "ірина.ткач@example.com", "label": NAME}
    assert (answer["value"], answer["n"]) == ("0.500000", 2)
    assert (answer["numerator"], answer["denominator"]) == ("1", "2")
    assert answer["interval"] == ["0.094531", "0.905469"]
    assert answer["period"] == {"name": "2017", "start": "2017-01-01", "end": "2018-01-01"}
    assert answer["basis"] == "closed"
    may = answer["groups"][4]
    assert (may["key"], may["label"], may["value"]) == ("2017-05", "2017-05", "0.500000")
    assert answer["groups"][0]["value"] is None
    assert answer["groups"][0]["reason"] == "No deal was closed in the period."


@pytest.mark.parametrize("basis", ["furthest", "strict", "any-order"])
def test_a_conversion_says_in_which_way_it_was_counted(spm: Spm, basis: str) -> None:
    conversion = ("stage_conversion", "--by", "stage", "--period", "2017")
    assert asked(spm, *conversion)["basis"] == "furthest"
    assert asked(spm, *conversion, "--basis", basis)["basis"] == basis


def test_it_prints_money_with_the_digits_of_its_currency(spm: Spm) -> None:
    answer = asked(spm, "won_revenue", "--period", "2017")
    assert (answer["value"], answer["currency"], answer["unit"]) == ("1234.50", "USD", "money")
    size = asked(spm, "average_deal_size", "--period", "2017")
    assert Decimal(size["value"]) == Decimal("1234.5")


def test_it_prints_the_median_beside_the_mean(spm: Spm) -> None:
    answer = asked(spm, "sales_cycle_days", "--period", "2017-05")
    assert (answer["value"], answer["median"]) == ("2.000000", "2")


def test_an_unknown_value_is_null_with_its_reason_and_no_failure(spm: Spm) -> None:
    answer = asked(spm, "win_rate", "--period", "2016")
    assert answer["value"] is None
    assert answer["reason"] == "No deal was closed in the period."


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("2017-05-02", "2017-05-02"),
        ("2017-05-02T10:00:00Z", "2017-05-02T10:00:00Z"),
        ("2017-05-02T10:00:00+09:00", "2017-05-02T01:00:00Z"),
    ],
)
def test_it_prints_the_as_of_in_a_form_that_it_reads(spm: Spm, given: str, printed: str) -> None:
    answer = asked(spm, "won_deals", "--period", "2017", "--as-of", given)
    assert (answer["as_of"], answer["value"]) == (printed, "0")


def test_people_read_the_value_first_and_what_stands_behind_it_below(spm: Spm) -> None:
    status, out, _ = spm("average_deal_size", "--period", "2017", "--by", "rep")
    lines = out.splitlines()
    assert status == 0
    assert lines[:2] == [HEADING, "  1234.500000 USD"]
    assert "  from: 1234.50 ÷ 1" in lines
    assert lines[-1] == f"  {NAME}  1234.500000 USD  n 1"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("revenue --period 2017", "won_revenue"),
        ("won_revenue", "period"),
        ("won_revenue --period 2017-13", "2017-13"),
        ("won_revenue --period 2017 --rep Nobody", "Nobody"),
        ("won_revenue --period 2017 --by colour", "territory"),
        ("win_rate --period 2017 --basis created", "closed"),
        ("stage_conversion --period 2017 --by stage --basis open", "any-order"),
        ("won_revenue --period 2017 --stage Won", "stage"),
        ("deals_reaching_stage --period 2017", "stage"),
        ("target --period 2017 --kpi calls", "calls"),
        ("won_revenue --from 2017-01-01", "to"),
        ("won_revenue --from 2018-01-01 --to 2017-01-01", "2018-01-01"),
        ("won_revenue --period 2017 --rep x --team y", "team"),
        ("won_revenue --period 2017 --as-of soon", "soon"),
    ],
)
def test_a_bad_argument_is_named_with_status_2(spm: Spm, arguments: str, words: str) -> None:
    status, out, err = spm(*arguments.split())
    assert (status, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_it_does_not_wait_for_the_web_for_pdf_or_for_languages(spm: Spm) -> None:
    program = (
        "import sys; from spm.__main__ import main; main(['metric', 'open_deals']); "
        "print(*{'flask', 'babel', 'reportlab', 'wtforms', 'alembic'} & set(sys.modules))"
    )
    said = subprocess.run(
        (sys.executable, "-c", program), capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines()[-1] == ""
