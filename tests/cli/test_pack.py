"""``spm pack``: files of review packs, and the figures in them."""

import json
import re
import shutil
import subprocess
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from spm.adapters.assets import VENDOR
from spm.adapters.database import open_engine, unit
from tests import builders
from tests.cli.conftest import Spm

pytestmark = pytest.mark.skipif(
    not (VENDOR / "fonts" / "NotoSans-Regular.ttf").is_file(),
    reason="the fonts of the PDF are not fetched: run make setup",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs go to the present folder where no other is named."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def team(database_url: str) -> None:
    """A team of two; one of them won 1,000 in October 2026."""
    engine = open_engine(database_url)
    with unit(engine, writes=True) as session:
        builders.an_organisation(session)
        rep = builders.a_person(session, "Ana Rep")
        builders.a_team(session, "North", rep, builders.a_person(session, "김 Bo"))
        _, stages = builders.a_pipeline(session)
        opened, closed = date(2026, 10, 1), date(2026, 10, 5)
        builders.a_dated_deal(session, rep, stages["Won"], opened_on=opened, closed_on=closed)
    engine.dispose()


QUARTER = ("--period", "2026-Q4", "--as-of", "2026-11-18")


def test_a_pack_is_written_where_it_was_asked_for_and_the_same_again(
    spm: Spm, team: None, tmp_path: Path
) -> None:
    path = tmp_path / "out" / "ana.pdf"
    first = spm("pack", "--rep", "Ana Rep", *QUARTER, "--out", str(path))
    assert first == (0, f"{path}\n", "")
    content = path.read_bytes()
    assert content.startswith(b"%PDF")

    spm("pack", "--rep", "Ana Rep", *QUARTER, "--out", str(path))
    assert path.read_bytes() == content


def test_a_team_gets_a_file_each(spm: Spm, team: None, tmp_path: Path) -> None:
    folder = tmp_path / "packs"
    status, out, _ = spm("pack", "--team", "North", *QUARTER, "--out", str(folder))

    assert status == 0
    names = sorted(Path(line).name for line in out.splitlines())
    assert [re.sub("[0-9]{6}", "N", name) for name in names] == [
        "review-ana-rep-2026-Q4-P-N-1.pdf",
        "review-김-bo-2026-Q4-P-N-1.pdf",
    ]
    assert all(Path(line).read_bytes().startswith(b"%PDF") for line in out.splitlines())


def test_the_packs_of_teams_come_with_those_of_everybody_in_one_file(
    spm: Spm, team: None, tmp_path: Path
) -> None:
    path = tmp_path / "all.zip"
    status, out, _ = spm("pack", "--org", "--teams", *QUARTER, "--out", str(path))
    assert (status, out) == (0, f"{path}\n")
    first = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        north = archive.read(next(name for name in names if "north" in name))
    assert any("ana-rep" in name for name in names)

    spm("pack", "--org", "--teams", *QUARTER, "--out", str(path))
    assert path.read_bytes() == first
    folder = tmp_path / "one-by-one"
    _, out, _ = spm("pack", "--team", "North", "--teams", *QUARTER, "--out", str(folder))
    alone = next(Path(line) for line in out.splitlines() if "north" in line)
    assert alone.read_bytes() == north


def test_a_draft_is_printed_and_not_issued(spm: Spm, team: None, tmp_path: Path) -> None:
    status, out, _ = spm("pack", "--rep", "Ana Rep", *QUARTER, "--draft")
    assert status == 0
    assert "draft" in Path(out.strip()).name

    _, out, _ = spm("pack", "--rep", "Ana Rep", *QUARTER)
    assert re.search("P-[0-9]{6}-1.pdf", out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rep", "Nobody", *QUARTER), "Nobody"),
        (("--rep", "Ana Rep", "--period", "2026-Q9"), "2026-Q9"),
        (("--rep", "Ana Rep", "--period", "2030-Q1"), "begun"),
        (("--rep", "Ana Rep", *QUARTER, "--lang", "xx"), "xx"),
        (("--team", "South", *QUARTER), "South"),
        (("--period", "2026-Q4"), "required"),
        (("--rep", "Ana Rep", *QUARTER, "--paper", "a3"), "a3"),
    ],
)
def test_a_bad_argument_is_status_2_with_a_message(
    spm: Spm, team: None, arguments: tuple[str, ...], said: str
) -> None:
    status, out, err = spm("pack", *arguments)

    assert (status, out) == (2, "")
    assert said in err


def _text(path: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True)
    return re.sub(r"\s+", " ", done.stdout.decode())


def _gold(shared: Path, name: str) -> dict[str, Any]:
    path = shared / "data" / name / "gold.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["metrics"]
    return found


def _grouped(amount: str) -> str:
    """An amount as English writes it, whole where it is."""
    units, _, cents = amount.partition(".")
    return f"{int(units):,}" + (f".{cents}" if cents.strip("0") else "")


@pytest.mark.shared
@pytest.mark.slow
def test_the_figures_of_maven_stand_in_the_packs(spm: Spm, shared: Path, tmp_path: Path) -> None:
    gold = _gold(shared, "maven_crm")
    assert spm("import", str(shared / "data" / "maven_crm"))[0] == 0
    for name in ("Darcel Schlecht", "Anna Snelling"):
        path = tmp_path / "year.pdf"
        spm("pack", "--rep", name, "--period", "2017", "--out", str(path))
        text, of = _text(path), gold["by_agent"]["value"][name]
        for figure in (
            f"${_grouped(of['won_revenue'])}",
            of["win_rate"],
            of["avg_won_value"],
            of["avg_cycle_days_won"],
            f"{of['won']} deals",
            f"{of['lost']} deals",
        ):
            assert figure in text, (name, figure)
        spm("pack", "--rep", name, "--period", "2017-Q4", "--out", str(path))
        text = _text(path)
        quarters = gold["won_revenue_by_agent_quarter"]["value"][name]
        for quarter, revenue in quarters.items():
            assert f"${_grouped(revenue)}" in text, (name, quarter)
        assert f"{gold['won_count_by_agent_quarter']['value'][name]['2017-Q4']} deals" in text


@pytest.mark.shared
@pytest.mark.slow
def test_the_attainment_of_adventureworks_stands_in_the_packs(
    spm: Spm, shared: Path, tmp_path: Path
) -> None:
    gold = _gold(shared, "adventureworks_targets")["attainment_by_rep_quarter"]["value"]
    assert spm("import", str(shared / "data" / "adventureworks_targets"))[0] == 0
    for name, period in (("Jae Pak", "2018-Q4"), ("Jillian Carson", "2017-Q3")):
        path = tmp_path / "pack.pdf"
        spm("pack", "--rep", name, "--period", period, "--out", str(path))
        text, of = _text(path), gold[name][period]
        for figure in (f"${_grouped(of['sales'])}", f"${_grouped(of['target'])}", of["attainment"]):
            assert figure in text, (name, period, figure)
