"""Every enumeration that a person can meet and every error code has words."""

import importlib
import pkgutil
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest

import spm
from spm.domain.access import Permission, Relation, Role
from spm.domain.errors import Conflict, Invalid, NotFound, SpmError
from spm.domain.intake.schema import Type
from spm.domain.jobs import JobState
from spm.domain.money import Money
from spm.i18n import labels
from spm.i18n.words import words_for

UNSEEN: tuple[type[Enum], ...] = (Relation, Type, JobState)
"""Enumerations of the machinery, which no page shows as they are."""


def below(kind: type[Any]) -> Iterator[type[Any]]:
    """Yield every class derived from ``kind`` in the product."""
    for each in kind.__subclasses__():
        if each.__module__.startswith("spm."):
            yield each
        yield from below(each)


@pytest.fixture(scope="module", autouse=True)
def everything() -> None:
    """Import the whole product, so that its classes are known."""
    for module in pkgutil.walk_packages(spm.__path__, "spm."):
        if module.name != "spm.__main__":
            importlib.import_module(module.name)


def test_every_error_code_has_its_sentence() -> None:
    codes = {each.code for each in below(SpmError)}
    assert sorted(code for code in codes if labels.message_of(code) is None) == []


def test_every_member_of_an_enumeration_of_the_domain_has_words() -> None:
    silent = {
        f"{kind.__module__}.{kind.__name__}.{member.name}"
        for kind in below(Enum)
        if kind.__module__.startswith("spm.domain.") and kind not in UNSEEN
        for member in kind
        if not any(member in table.ENUMS.get(kind, {}) for table in labels.TABLES)
    }
    assert sorted(silent) == []


@pytest.mark.parametrize("value", [*Role, *Permission])
def test_a_role_and_a_permission_are_said_in_words(value: Role | Permission) -> None:
    assert labels.label(value) not in {value.value, ""}


class Odd(Conflict):
    """An error without words of its own."""

    code = "tests.odd"


def test_an_error_without_words_speaks_with_those_of_its_base() -> None:
    assert labels.problem(Odd()) == labels.problem(Conflict())


def test_an_error_says_a_dash_for_a_fact_it_lacks() -> None:
    said = labels.problem(type("Lost", (NotFound,), {"code": "people.unknown"})())
    assert "–" in said


def test_the_facts_of_an_error_are_written_as_the_locale_writes_them() -> None:
    error = type("Long", (Invalid,), {"code": "identity.password-long"})(most=1234567)
    assert "1,234,567" in labels.problem(error, words_for("en"))
    assert "1\u00a0234\u00a0567" in labels.problem(error, words_for("uk"))


def test_money_in_an_error_has_its_currency() -> None:
    error = type("Long", (Invalid,), {"code": "identity.password-long"})(most=Money("JPY", 5))
    assert "¥5" in labels.problem(error, words_for("en"))
