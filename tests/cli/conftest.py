"""The program, as a shell runs it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from spm.__main__ import main

Spm = Callable[..., tuple[int, str, str]]
"""Runs a command; returns its exit status, what it printed, and what it said of errors."""


@pytest.fixture
def spm(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Spm:
    """The program on the test's database, with an instance folder of its own."""
    monkeypatch.setenv("SPM_DATABASE_URL", database_url)
    monkeypatch.setenv("SPM_INSTANCE", str(tmp_path))

    def run(*arguments: object) -> tuple[int, str, str]:
        try:
            status = main([str(each) for each in arguments])
        except SystemExit as left:
            status = int(left.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run
