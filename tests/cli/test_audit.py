"""``spm audit``: the head is published, and the log checked against it."""

import json
from pathlib import Path

import pytest

from spm.__main__ import main
from spm.adapters.database import open_engine


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database that is not there yet."""
    address = f"sqlite:///{tmp_path / 'new.db'}"
    monkeypatch.setenv("SPM_DATABASE_URL", address)
    monkeypatch.setenv("SPM_INSTANCE", str(tmp_path / "instance"))
    return address


def test_the_log_is_checked_against_published_heads(
    new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = tmp_path / "heads"
    assert main(["people", "add", "Ada"]) == 0
    assert main(["people", "add", "Bob"]) == 0
    capsys.readouterr()
    assert main(["audit", "head"]) == 0
    published.write_text(capsys.readouterr().out)
    assert main(["audit", "verify", "--heads", str(published)]) == 0
    assert "as they were written" in capsys.readouterr().out
    engine = open_engine(new)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_link_no_delete")
        connection.exec_driver_sql(
            "DELETE FROM audit_link WHERE id = (SELECT max(id) FROM audit_link)"
        )
    engine.dispose()
    assert main(["audit", "verify", "--json", "--heads", str(published)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["fault"], found["bad_number"]) == ("cut", found["number"] + 1)


def test_the_key_lies_outside_the_database_for_its_owner_only(new: str, tmp_path: Path) -> None:
    assert main(["people", "add", "Ada"]) == 0
    key = tmp_path / "instance" / "audit-keys"
    assert key.stat().st_mode & 0o077 == 0
    assert key.read_bytes().split(b":")[1] not in Path(new.removeprefix("sqlite:///")).read_bytes()


def test_another_key_names_the_first_row(
    new: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["people", "add", "Ada"]) == 0
    monkeypatch.setenv("SPM_AUDIT_KEYS", "1:" + "x" * 40)
    assert main(["audit", "verify"]) == 1
    assert "at number 1" in capsys.readouterr().out


@pytest.mark.parametrize("words", ["", "1:short", "x:" + "k" * 40, "1" + "k" * 40])
def test_a_key_that_cannot_be_read_stops_the_product(
    new: str, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setenv("SPM_AUDIT_KEYS", words or ",")
    assert main(["audit", "head"]) == 2


@pytest.mark.parametrize("words", ["1", "0:" + "a" * 64, "1:xyz", "-1:" + "a" * 64])
def test_a_head_that_cannot_be_read_is_refused(new: str, words: str) -> None:
    assert main(["audit", "verify", f"--head={words}"]) == 2
