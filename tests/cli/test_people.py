"""The command line's people: the first administrator, lost passwords, roles."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from spm.__main__ import main
from spm.adapters.database import unit
from spm.adapters.passwords import passwords
from spm.domain.access import Actor
from spm.domain.organisation import Organisation
from spm.services.identity.credentials import accept
from spm.services.identity.sign_in import check_sign_in
from spm.services.work import Work
from tests.conftest import NOW

Run = Callable[..., tuple[int, str, str]]
PASSWORD = "three herons by the weir"


@pytest.fixture
def run(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    monkeypatch.setenv("SPM_DATABASE_URL", database_url)
    monkeypatch.setenv("SPM_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("SPM_PASSWORD_COST", "test")

    def call(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        status = main(["people", *arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def as_console(session: Session) -> Work:
    return Work(session, Actor.console(), NOW, Organisation())


def test_the_first_administrator_is_added_and_chooses_a_password(run: Run, engine: Engine) -> None:
    status, said, _err = run(
        "add", "Ada Lovelace", "--email", "ada@example.com", "--role", "administrator"
    )
    assert status == 0
    link = re.search(r"http://127.0.0.1:8000/welcome/(\S+)", said)
    assert link is not None
    with unit(engine, writes=True) as session:
        accept(as_console(session), passwords("test"), token=link[1], password=PASSWORD)
    assert "administrator\tsigns in" in run("list")[1]


def test_a_lost_password_is_replaced(run: Run, engine: Engine) -> None:
    run("add", "Ada", "--email", "ada@example.com")
    status, said, _err = run("reset-password", "ada@example.com", typed=f"{PASSWORD}\n")
    assert (status, said) == (0, "Ada: the password is changed, all sessions are ended\n")
    with unit(engine, writes=False) as session:
        assert check_sign_in(
            as_console(session), passwords("test"), email="ada@example.com", password=PASSWORD
        )


def test_a_person_is_barred_and_let_in_again(run: Run) -> None:
    run("add", "Ada", "--email", "ada@example.com")
    run("reset-password", "ada", typed=f"{PASSWORD}\n")
    assert run("disable", "ada")[0] == 0
    assert "cannot sign in" in run("list")[1]
    assert run("enable", "ada")[0] == 0
    assert "signs in" in run("list")[1]
    assert "/welcome/" in run("invite", "ada")[1]


def test_roles_are_granted_and_revoked(run: Run) -> None:
    run("add", "Ada")
    run("grant", "Ada", "auditor")
    assert "\tauditor\t" in run("list", "--all")[1]
    run("revoke", "Ada", "auditor")
    assert "\tauditor\t" not in run("list")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("grant", "nobody", "rep"), "Nobody is found by “nobody”."),
        (("grant", "Kim", "rep"), "means several"),
        (("revoke", "Ada", "rep"), "The role is not held"),
        (("invite", "Ada"), "Without an e-mail address"),
        (("add", "Bob", "--email", "nonsense"), "not an e-mail address"),
        (("disable", "Ada"), "no such thing"),
    ],
)
def test_what_cannot_be_done_says_so_with_status_2(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    for name in ("Ada", "Kim", "Kim"):
        run("add", name)
    status, said, err = run(*arguments)
    assert (status, said) == (2, "")
    assert words in err


def test_a_weak_password_is_refused(run: Run) -> None:
    run("add", "Ada", "--email", "ada@example.com")
    status, _said, err = run("reset-password", "Ada", typed="password1234\n")
    assert status == 2
    assert "Too easy to guess" in err
