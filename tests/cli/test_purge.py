"""``spm purge`` and the setting that it goes by."""

import json
from pathlib import Path

import pytest

from config import Settings
from spm.__main__ import main


def test_it_says_what_it_would_delete_and_what_it_deleted(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SPM_DATABASE_URL", database_url)
    monkeypatch.setenv("SPM_INSTANCE", str(tmp_path))
    monkeypatch.setenv("SPM_RAW_FILE_DAYS", "7")
    assert main(["purge", "--dry-run", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["dry_run"], said["files"], said["rows"], said["imports"]) == (True, 0, 0, [])
    assert main(["purge"]) == 0
    assert capsys.readouterr().out == "0 files and 0 rows deleted; kept: 7 days\n"


@pytest.mark.parametrize("said", ["0", "-1", "ten", "9" * 5000, "3651", "1.5", "٣"])
def test_a_number_of_days_that_is_none_stops_everything(tmp_path: Path, said: str) -> None:
    with pytest.raises(SystemExit, match="SPM_RAW_FILE_DAYS"):
        Settings.from_env({"SPM_INSTANCE": str(tmp_path), "SPM_RAW_FILE_DAYS": said})
