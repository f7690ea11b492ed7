"""``spm import``: arguments, words, JSON and exit status."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from spm.__main__ import main
from spm.adapters.database import open_engine
from spm.models.intake import ImportRow
from spm.models.organisation import PersonRow
from spm.models.pipeline import DealEventRow, DealRow, DealStateRow
from tests.conftest import HOUSE
from tests.imports import business, written

HEAD = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
GOOD = "D1,Ann Ames,MG One,Acme,Won,2017-01-10,2017-02-20,90\n"
BAD = "D2,Ann Ames,MG One,Acme,Won,2017-01-10,soon,90\n"

Spm = Callable[..., int]


@pytest.fixture
def spm(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run a command against this test's database; returns its exit status."""
    monkeypatch.setenv("SPM_DATABASE_URL", database_url)
    monkeypatch.setenv("SPM_INSTANCE", str(tmp_path / "instance"))
    return lambda *words: main(list(map(str, words)))


def result(spm: Spm, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, Any]:
    status = spm("import", *words, "--json")
    return status, json.loads(capsys.readouterr().out)


def count(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count(DealRow.id))) or 0


def count_people(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count(PersonRow.id))) or 0


def test_good_files_load_with_status_0(
    spm: Spm, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(tmp_path / "set", {"deals.csv": HEAD + GOOD, "notes.md": "hello"})
    assert spm("import", folder) == 0
    said = capsys.readouterr().out
    assert "Opportunities with the dates of engagement and close (1 rows; utf-8" in said
    assert "notes.md: left out, not a table" in said
    assert "The organisation starts with USD, UTC" in said
    assert "deal: 1 created" in said
    assert count(engine) == 1


def test_a_refused_row_is_status_1_and_the_good_ones_load(
    spm: Spm, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(tmp_path / "set", {"deals.csv": HEAD + GOOD + BAD})
    status, said = result(spm, capsys, folder / "deals.csv")
    assert (status, said["loaded"], said["refused"], count(engine)) == (1, True, 1, 1)
    assert said["refusals"] == [
        {
            "file": "deals.csv",
            "line": 3,
            "column": "close_date",
            "value": "soon",
            "reason": "not-a-date",
            "facts": {},
        }
    ]


def test_a_dry_run_and_all_or_nothing_load_nothing(
    spm: Spm, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(tmp_path / "set", {"deals.csv": HEAD + GOOD + BAD})
    for option in ("--dry-run", "--all-or-nothing"):
        status, said = result(spm, capsys, folder, option)
        assert (status, said["loaded"], count(engine)) == (1, False, 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.csv"], "There is no file nowhere.csv"),
        (["{folder}/notes.csv"], "No known layout fits: notes.csv"),
        (["{folder}", "--currency", "ABC"], "ABC"),
        (["{folder}", "--encoding", "martian"], "its encoding is not known"),
        (["{folder}", "--delimiter", "x"], "x is not comma, semicolon, tab or pipe"),
        (["{folder}", "--mapping", "{folder}/notes.csv"], "The layout is not right at notes.csv"),
        (["{folder}", "--mapping", "nowhere.toml"], "There is no file nowhere.toml"),
    ],
)
def test_a_bad_argument_is_status_2_with_a_message(
    spm: Spm,
    engine: Engine,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    folder = written(tmp_path / "set", {"notes.csv": "a,b\n1,2\n", "deals.csv": HEAD + GOOD})
    assert spm("import", *(word.format(folder=folder) for word in words)) == 2
    assert said in capsys.readouterr().err
    assert count(engine) == 0


TWICE = HEAD.replace("\n", ",close_value\n") + GOOD.replace("\n", ",91\n")
TEAMS = "sales_agent,manager,regional_office\nAnn Ames,Mia Boss,North\n"


@pytest.mark.parametrize(
    ("content", "reason", "words"),
    [
        (TWICE.encode(), "duplicate-header", "a needed column occurs twice"),
        (b"PK\x03\x04 no workbook at all", "not-a-workbook", "it is not a workbook"),
    ],
)
def test_a_file_of_a_folder_that_cannot_be_read_is_not_passed_over_in_silence(
    spm: Spm,
    engine: Engine,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    reason: str,
    words: str,
) -> None:
    folder = written(tmp_path / "set", {"teams.csv": TEAMS})
    (folder / "deals.csv").write_bytes(content)
    status, said = result(spm, capsys, folder, "--all-or-nothing")
    assert (status, said["loaded"], count_people(engine)) == (1, False, 0)
    status, said = result(spm, capsys, folder)
    assert (status, said["loaded"], said["refused"], count_people(engine)) == (1, True, 0, 2)
    assert said["left_out"] == [{"file": "deals.csv", "reason": reason}]
    (folder / "teams.csv").unlink()
    assert spm("import", folder) == 2
    assert words in capsys.readouterr().err


def test_what_excel_lays_beside_an_open_workbook_is_passed_over(
    spm: Spm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(tmp_path / "set", {"deals.csv": HEAD + GOOD, "~$deals.xlsx": "no workbook"})
    status, said = result(spm, capsys, folder)
    assert (status, said["left_out"]) == (0, [])


def test_what_is_said_overrides_what_is_found(
    spm: Spm, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        (HEAD + GOOD).replace(",", ";").replace("2017-02-20", "03/02/2017").replace("90", "1.234")
    )
    path = tmp_path / "deals.csv"
    path.write_bytes(text.replace("Ann", "Ірина").encode("cp1251"))
    status, said = result(
        spm,
        capsys,
        path,
        *("--encoding", "cp1251", "--delimiter", "semicolon", "--decimal", "point"),
        *("--date-order", "mdy", "--currency", "uah"),
    )
    assert status == 0
    assert said["files"][0]["encoding"] == "cp1251"
    with Session(engine) as session:
        row = session.scalars(select(DealRow)).one()
        assert (str(row.closed_on), row.amount_minor, row.currency) == ("2017-03-02", 123, "UAH")


def test_a_layout_of_ones_own_reads_an_unseen_file(
    spm: Spm, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(
        tmp_path / "set",
        {
            "export.csv": "Ref;Wer;Stand;Zuletzt;Wert\nA1;Ann;gewonnen;03.02.2017;1.234,50\n",
            "mine.toml": """
id = "mine"
title = "My CRM"
[pipeline]
name = "Vertrieb"
[[pipeline.stages]]
name = "Offen"
kind = "open"
probability_bp = 3000
[[pipeline.stages]]
name = "Gewonnen"
kind = "won"
[[tables]]
id = "deals"
title = "Chancen"
kind = "deal"
[tables.columns]
key = "Ref"
owner = { from = "Wer", create = true }
stage = "Stand"
closed = "Zuletzt"
amount = "Wert"
""",
        },
    )
    status, said = result(
        spm, capsys, folder / "export.csv", "--mapping", folder / "mine.toml", "--currency", "EUR"
    )
    assert (status, said["files"][0]["layout"]) == (0, "mine")
    with Session(engine) as session:
        row = session.scalars(select(DealRow)).one()
        assert (str(row.closed_on), row.amount_minor) == ("2017-02-03", 123_450)


def test_the_layout_in_the_handbook_reads_the_export_beside_it(
    spm: Spm, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (HOUSE / "docs" / "importing.md").read_text("utf-8")
    layout = text.partition("```toml\n")[2].partition("```")[0]
    export = re.search(r"    (Ref;.*)\n    (.*)\n", text)
    assert export is not None
    folder = written(
        tmp_path / "set", {"mine.toml": layout, "export.csv": "\n".join(export.groups())}
    )
    words = (folder / "export.csv", "--mapping", folder / "mine.toml", "--currency", "EUR")
    assert result(spm, capsys, *words)[0] == 0
    with Session(engine) as session:
        row = session.scalars(select(DealRow)).one()
        assert (str(row.closed_on), row.amount_minor) == ("2017-02-03", 123_450)


def test_the_other_layouts_in_the_handbook_read_the_exports_beside_them(
    spm: Spm, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (HOUSE / "docs" / "importing.md").read_text("utf-8")
    first, deals, history = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    export = re.search(r"    (Nr;.*)\n    (.*)\n", text)
    pair = re.search(r"    (Deal,\S* ?\S*,\S* ?\S*)  +(\S.*)\n    (\S.*?)  +(\S.*)\n", text)
    assert export is not None
    assert pair is not None
    folder = written(
        tmp_path / "set",
        {
            "first.toml": first,
            "deals.toml": deals,
            "history.toml": history,
            "export.csv": "\n".join(export.groups()),
            "known.csv": "Ref;Owner;Status\n7;Ann Ames;offen\n",
            "history.csv": f"{pair[1]}\n{pair[3]}\n",
            "quotas.csv": f"{pair[2]}\n{pair[4]}\n",
        },
    )
    status, said = result(spm, capsys, folder / "export.csv", "--mapping", folder / "deals.toml")
    assert (status, said["warnings"][0]["reason"]) == (0, "stage-added")
    with Session(engine) as session:
        row = session.scalars(select(DealRow)).one()
        assert (row.name, str(row.opened_on), str(row.closed_on), row.amount_minor) == (
            "Pumpen",
            "2026-02-03",
            "2026-03-01",
            123_450,
        )
    status, said = result(spm, capsys, folder / "known.csv", "--mapping", folder / "first.toml")
    assert (status, said["kinds"]["deal"]["created"]) == (0, 1)
    files = (folder / "history.csv", folder / "quotas.csv")
    status, said = result(spm, capsys, *files, "--mapping", folder / "history.toml")
    assert (status, said["refused"], said["kinds"]["target"]["created"]) == (0, 0, 1)
    assert said["kinds"]["deal"]["updated"] == 1


@pytest.mark.slow
@pytest.mark.sqlite
def test_a_killed_import_leaves_nothing_and_runs_again(
    database_url: str, engine: Engine, tmp_path: Path
) -> None:
    rows = "".join(
        f"D{number},Agent {number % 9},MG One,Acme,Won,2017-01-10,2017-02-20,{number}\n"
        for number in range(3000)
    )
    folder = written(tmp_path / "set", {"deals.csv": HEAD + rows})
    command = [sys.executable, "-m", "spm", "import", str(folder)]
    environment = {
        **os.environ,
        "SPM_DATABASE_URL": database_url,
        "SPM_INSTANCE": str(tmp_path / "instance"),
    }
    for delay in (0.5, 0.9, 1.3, 1.7):
        child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert count(engine) in {0, 3000}
    assert (
        subprocess.run(command, env=environment, check=False, capture_output=True).returncode == 0
    )
    with Session(engine) as session:
        done = session.scalar(select(func.count()).where(ImportRow.state == "done"))
        assert done is not None
        assert done >= 1
        assert session.scalar(select(func.count(DealRow.id))) == 3000
        assert session.scalar(select(func.count(DealEventRow.id))) == 9000
        states = select(func.count(DealStateRow.id))
        before = session.scalar(states)
        held = business(session)
    assert (
        subprocess.run(command, env=environment, check=False, capture_output=True).returncode == 0
    )
    with Session(open_engine(database_url)) as session:
        assert session.scalar(states) == before
        assert business(session) == held


ODD = (
    "Lead;Kunde;Verantwortlich;Phase;Wert;Angelegt;Abschluss;Laune\n"
    "1;Müller GmbH;Anna Berg;Angebot;12.000,50;15.03.2026;30.04.2026;gut\n"
    "2;Schulz AG;Jan Ott;Gewonnen;5.000,00;15.02.2026;01.04.2026;\n"
)


def test_a_draft_of_a_mapping_reads_the_file_that_it_was_made_for(
    spm: Spm, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = written(tmp_path / "odd", {"odd.csv": ODD})
    assert spm("import", "--draft", folder / "odd.csv") == 0
    text = capsys.readouterr().out
    assert "#   not used: Laune" in text
    assert count(engine) == 0
    mapping = tmp_path / "odd.toml"
    mapping.write_text(text, "utf-8")
    status, said = result(spm, capsys, folder / "odd.csv", "--mapping", mapping)
    assert (status, said["kinds"]["deal"]["created"]) == (0, 2)
    with Session(engine) as session:
        amounts = set(session.scalars(select(DealRow.amount_minor)))
    assert amounts == {500_000, 1_200_050}


def test_a_draft_says_what_it_found_no_column_for(
    spm: Spm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        "known.csv": HEAD + GOOD,
        "bell.csv": "Deal name,Amount,Close date,B\x07ll\nA,1,2026-03-04,x\n",
    }
    folder = written(tmp_path / "set", files)
    assert spm("import", "--draft", folder) == 0
    text = capsys.readouterr().out
    assert "# bell.csv: taken for rows of the kind deal" in text
    assert "not used: B\ufffdll" in text
    assert "no column was found for: owner, stage" in text
    assert tomllib.loads(text) == {}
    assert spm("import", "--draft", folder / "known.csv") == 2
    assert "A layout is known for every table: known.csv." in capsys.readouterr().err
