"""What an address asks for: query parameters, read strictly, so that none is an oracle.

A parameter that a page does not know is refused, and so is a value that is none of its choices:
an answer that silently ignored it would look like an answer to the question.
"""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from flask import request

from spm.domain.errors import Invalid, SpmError
from spm.domain.text import clean_line

_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,4})?", re.ASCII)
_PAGE = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)

Choice = TypeVar("Choice", bound=StrEnum)


class QuestionUnknown(Invalid):
    """The page takes no such parameter, takes it once, or not with that value; ``name`` says which."""

    code = "asked.unknown"


class Asked:
    """The query of the present request; an empty value is as good as none."""

    def __init__(self, names: Iterable[str], many: str = "") -> None:
        """Read the query; the parameter ``many`` may come more than once.

        Raises:
            QuestionUnknown: It has a parameter that is none of ``names``, or one twice.
        """
        self._values: dict[str, str] = {}
        self.many = tuple(request.args.getlist(many)) if many else ()
        known = frozenset(names)
        for name, values in request.args.lists():
            if many and name == many:
                continue
            if name not in known or len(values) != 1:
                raise QuestionUnknown(name=name[:40])
            if values[0] != "":
                self._values[name] = values[0]

    @property
    def is_bare(self) -> bool:
        """Whether the address narrows nothing, not even by an empty value: order and page do not."""
        return not set(request.args) - {"sort", "page"}

    @property
    def tail(self) -> str:
        """The query as it goes behind another address; the page number is left behind."""
        asked = {name: value for name, value in request.args.items() if name != "page"}
        return f"?{urlencode(asked)}" if asked else ""

    def has_any(self, names: Iterable[str]) -> bool:
        """Return whether any of some parameters has a value."""
        return any(name in self._values for name in names)

    def id(self, name: str) -> int | None:
        """Return a number of a thing; None where none is asked for.

        Raises:
            QuestionUnknown: It is not one.
        """
        raw = self._values.get(name)
        if raw is not None and _ID.fullmatch(raw) is None:
            raise QuestionUnknown(name=name)
        return None if raw is None else int(raw)

    def choice(self, name: str, choices: type[Choice]) -> Choice | None:
        """Return one of ``choices``; None where none is asked for.

        Raises:
            QuestionUnknown: It is none of them.
        """
        raw = self._values.get(name)
        try:
            return None if raw is None else choices(raw)
        except ValueError:
            raise QuestionUnknown(name=name) from None

    def order(self, default: Choice, name: str = "sort") -> tuple[Choice, bool]:
        """Return what to sort by and whether the largest comes first (``-amount``).

        Raises:
            QuestionUnknown: Nothing sorts by that.
        """
        raw = self._values.get(name)
        if raw is None:
            return default, False
        try:
            return type(default)(raw.removeprefix("-")), raw.startswith("-")
        except ValueError:
            raise QuestionUnknown(name=name) from None

    def day(self, name: str) -> date | None:
        """Return a date written ``2026-12-18``; None where none is asked for.

        Raises:
            QuestionUnknown: It is not one.
        """
        raw = self._values.get(name)
        if raw is None:
            return None
        try:
            day = date.fromisoformat(raw) if _DATE.fullmatch(raw) else None
        except ValueError:
            day = None
        if day is None:
            raise QuestionUnknown(name=name)
        return day

    def amount(self, name: str) -> Decimal | None:
        """Return an amount in plain digits, ``1200`` or ``1200.50``; None where none is asked for.

        Raises:
            QuestionUnknown: It is not one.
        """
        raw = self._values.get(name)
        if raw is not None and _AMOUNT.fullmatch(raw) is None:
            raise QuestionUnknown(name=name)
        return None if raw is None else Decimal(raw)

    def line(self, name: str, max_length: int = 100) -> str:
        """Return clean text; "" where none is asked for.

        Raises:
            Invalid: It is too long or holds what no text needs.
        """
        try:
            return clean_line(self._values.get(name, ""), max_length, name)
        except SpmError as error:
            raise QuestionUnknown(name=name) from error

    def is_set(self, name: str) -> bool:
        """Return whether a switch is on (``1``).

        Raises:
            QuestionUnknown: It is neither on nor absent.
        """
        raw = self._values.get(name)
        if raw not in {None, "1"}:
            raise QuestionUnknown(name=name)
        return raw == "1"

    def page(self, name: str = "page") -> int:
        """Return the number of a page, from 1.

        Raises:
            QuestionUnknown: It is not one.
        """
        raw = self._values.get(name, "1")
        if _PAGE.fullmatch(raw) is None:
            raise QuestionUnknown(name=name)
        return int(raw)
