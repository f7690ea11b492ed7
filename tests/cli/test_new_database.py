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
