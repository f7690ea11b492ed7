"""``spm backup`` and ``spm restore``: what they say, through files and through pipes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from spm.__main__ import main
from tests.conftest import HOUSE


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with two people."""
    instance = tmp_path / "instance"
    monkeypatch.setenv("SPM_DATABASE_URL", f"sqlite:///{instance / 'spm.db'}")
    monkeypatch.setenv("SPM_INSTANCE", str(instance))
    assert main(["people", "add", "Ada"]) == 0
    assert main(["people", "add", "Bob"]) == 0
    return instance


def move_to(monkeypatch: pytest.MonkeyPatch, folder: Path, keys: Path | None = None) -> None:
    """Go to another machine, with or without the key that was kept apart."""
    folder.mkdir()
    if keys is not None:
        (folder / "audit-keys").write_text(keys.read_text())
    monkeypatch.setenv("SPM_DATABASE_URL", f"sqlite:///{folder / 'spm.db'}")
    monkeypatch.setenv("SPM_INSTANCE", str(folder))


def test_an_archive_is_made_checked_and_restored_elsewhere(
    here: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["backup"]) == 0
    said = capsys.readouterr().out
    (archive,) = (here / "backups").glob("spm-*.zip")
    assert "was written and read back" in said
    assert "to be kept apart: audit-keys, secret-key" in said
    assert main(["restore", "--check", str(archive)]) == 0
    assert "nothing was changed" in capsys.readouterr().out
    move_to(monkeypatch, tmp_path / "there", here / "audit-keys")
    assert main(["restore", str(archive), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["was_restored"], said["is_log_sound"]) == (True, True)
    assert main(["audit", "verify"]) == 0
    assert main(["people", "add", "Cyd"]) == 0


def test_each_refusal_says_why_and_what_to_do(
    here: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    archive = tmp_path / "a.zip"
    assert main(["backup", str(archive)]) == 0
    assert main(["backup", str(archive)]) == 2
    assert "name another file" in capsys.readouterr().err
    assert main(["restore", str(archive)]) == 2
    assert "--replace" in capsys.readouterr().err
    assert main(["restore", str(tmp_path / "none.zip")]) == 2
    assert "there is no" in capsys.readouterr().err
    archive.write_bytes(archive.read_bytes()[:-200])
    assert main(["restore", "--check", str(archive)]) == 2
    assert "its end is missing" in capsys.readouterr().err
    archive.unlink()
    assert main(["backup", str(archive)]) == 0
    move_to(monkeypatch, tmp_path / "there")
    assert main(["restore", str(archive)]) == 2
    assert "audit-keys" in capsys.readouterr().err
    assert main(["restore", str(archive), "--accept-unverified"]) == 1
    assert "NOT VERIFIED" in capsys.readouterr().out


def test_without_a_database_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    move_to(monkeypatch, tmp_path / "empty")
    assert main(["backup"]) == 2
    assert "There is no database" in capsys.readouterr().err
    assert not (tmp_path / "empty" / "spm.db").exists()


def test_it_goes_through_pipes(here: Path, tmp_path: Path) -> None:
    """As it would through a program that encrypts."""
    there = tmp_path / "there"
    there.mkdir()
    (there / "audit-keys").write_text((here / "audit-keys").read_text())
    spm = [sys.executable, "-m", "spm"]
    made = subprocess.run([*spm, "backup", "-"], cwd=HOUSE, capture_output=True, check=True)
    assert made.stdout[:2] == b"PK"
    assert b"SHA-256" in made.stderr
    new = os.environ | {
        "SPM_INSTANCE": str(there),
        "SPM_DATABASE_URL": f"sqlite:///{there / 'spm.db'}",
    }
    restored = subprocess.run(
        [*spm, "restore", "-", "--json"],
        cwd=HOUSE,
        env=new,
        input=made.stdout,
        capture_output=True,
        check=True,
    )
    assert json.loads(restored.stdout)["is_log_sound"]
    assert sorted(at.name for at in there.iterdir()) == ["audit-keys", "secret-key", "spm.db"]


def test_what_is_missing_is_said_and_the_status_is_not_nought(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from spm.adapters.database import open_engine, unit
    from spm.models.intake import ImportFileRow, ImportRow
    from tests.conftest import NOW

    engine = open_engine(f"sqlite:///{here / 'spm.db'}")
    with unit(engine, writes=True) as session:
        row = ImportRow(state="done", options={}, counts={}, digest="0" * 64, created_at=NOW)
        session.add(row)
        session.flush()
        file = {"name": "a.csv", "digest": "0" * 64, "size": 1, "recognised": {}}
        session.add(ImportFileRow(import_id=row.id, stored_as="a" * 48, **file))
    engine.dispose()
    assert main(["backup"]) == 1
    assert "MISSING OR CHANGED: uploads/aaaa" in capsys.readouterr().out
