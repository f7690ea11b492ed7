"""The first command on a machine makes the database."""

from pathlib import Path

import pytest

from spm.__main__ import main
from spm.adapters.database import open_engine, unit
from spm.domain.targets.kpi import KpiState
from spm.queries.targets.kpis import find_kpi


def test_a_new_database_has_the_kpi_that_ships_active(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    instance = tmp_path / "instance"
    url = f"sqlite:///{instance / 'new.db'}"
    monkeypatch.setenv("SPM_DATABASE_URL", url)
    monkeypatch.setenv("SPM_INSTANCE", str(instance))
    assert main(["metric", "target", "--period", "2017"]) == 0, capsys.readouterr().err
    engine = open_engine(url)
    with unit(engine, writes=False) as session:
        kpi = find_kpi(session, "won_revenue")
    engine.dispose()
    assert kpi is not None
    assert kpi.state is KpiState.ACTIVE
    assert instance.stat().st_mode & 0o077 == 0  # what is in it is for its owner only


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "SPM_DATABASE_URL is no address of a database"),
        ("mysql://user:secret@host/x", "SPM_DATABASE_URL is no address of a database"),
        ("postgresql+nodriver://user:secret@host/x", "SPM_DATABASE_URL is no address"),
        ("postgresql+psycopg2://user:secret@host/x", "The driver psycopg2 is not installed"),
        ("postgresql+psycopg://user:secret@127.0.0.1:1/x", "The database cannot be opened"),
        ("sqlite:////dev/null/x.db", "The database cannot be opened"),
        ("sqlite:///{folder}", "The database cannot be opened: unable to open database file"),
        ("sqlite:///{text}", "The database cannot be opened: file is not a database"),
    ],
)
def test_a_database_that_cannot_be_opened_is_said_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    address: str,
    said: str,
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no database at all, but long enough to be taken for one\n" * 99)
    address = address.format(folder=tmp_path, text=text)
    monkeypatch.setenv("SPM_DATABASE_URL", address)
    monkeypatch.setenv("SPM_INSTANCE", str(tmp_path))
    assert main(["metric", "target", "--period", "2017"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"spm metric: {said}")
    assert told.count("\n") == 1
    assert "secret" not in told
