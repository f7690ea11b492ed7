"""A stale edit as its reader sees it: in the words of the form that was sent, not in those of a record."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import g
from wtforms import Field

from spm.domain.money import Money
from spm.i18n import formats
from spm.i18n.words import N_, current, gettext
from spm.web.fields import BoolField, DateField, DecimalField, Form, MoneyField, RatioField

FIELDS: Mapping[str, str] = {
    "baseline": "start",
    "currency": "currency_code",
    "fiscal_start": "fiscal_month",
    "range": "range_low",
}
"""What a service calls a thing → the field of the form, where the two differ."""

WORDS: Mapping[str, str] = {
    "owner": N_("Owner"),
    "range": N_("On target between"),
    "stage": N_("Stage"),
    "stages": N_("Stages"),
}
"""Words for what no form has a field of."""

_NUMBER = re.compile(r" \(#\d+\)$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """One field: what stands there now beside what was typed."""

    label: str
    theirs: str
    yours: str

    @property
    def is_different(self) -> bool:
        """Whether the two need a decision."""
        return self.theirs != self.yours


def lines(theirs: Mapping[str, object], yours: Mapping[str, object]) -> tuple[Line, ...]:
    """Return the fields of both texts, in the order of what was typed."""
    form = g.get("sent_form")
    return tuple(_lines(form if isinstance(form, Form) else None, theirs, yours))


def _lines(
    form: Form | None, theirs: Mapping[str, object], yours: Mapping[str, object]
) -> Iterator[Line]:
    for name in yours:
        field = _field(form, name)
        if field is None and name not in WORDS:
            continue  # the form does not ask for it, so nobody typed it
        yield Line(_label(field, name), _said(field, theirs.get(name)), _said(field, yours[name]))


def _field(form: Form | None, name: str) -> Field | None:
    fields: Mapping[str, Field] = {} if form is None else {each.name: each for each in form}
    return next((fields[one] for one in (name, FIELDS.get(name, "")) if one in fields), None)


def _label(field: Field | None, name: str) -> str:
    return gettext(WORDS.get(name) or str(field.label.text if field else name))


def _said(field: Field | None, value: object) -> str:
    """Return a value of a record as the form would show it."""
    if value is None or value in ("", ".."):
        return formats.UNKNOWN
    if isinstance(value, list | tuple):
        return "\n".join(_said(None, one) for one in value) or formats.UNKNOWN
    if isinstance(value, Mapping):
        return _stage(value)
    if isinstance(field, BoolField) or isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return _text(field, str(value))


def _text(field: Any, text: str) -> str:
    locale = current().locale
    if isinstance(field, MoneyField):
        number, _, currency = text.partition(" ")
        return formats.money(Money.of(currency or field.currency, Decimal(number)), locale)
    if isinstance(field, RatioField):
        return formats.percent(Decimal(text), locale, digits=2)
    if isinstance(field, DecimalField):
        return " – ".join(
            formats.number(Decimal(part), locale) for part in text.split("..") if part
        )
    if isinstance(field, DateField):
        return formats.date(date.fromisoformat(text), locale)
    if hasattr(field, "options"):
        number = text.rpartition(":")[2]
        words = (said for value, said in field.options() if str(value) in (text, number))
        return next(words, _NUMBER.sub("", text))
    return _NUMBER.sub("", text)


def _stage(stage: Mapping[str, Any]) -> str:
    """Return one stage of a pipeline in a line."""
    locale = current().locale
    chance, days = stage["probability_bp"], stage["expected_days"]
    parts = [
        str(stage["name"]),
        "" if chance is None else formats.percent(Decimal(chance) / 10_000, locale),
        "" if days is None else formats.days(days, locale),
        *stage["entry_criteria"],
        *stage["exit_criteria"],
        gettext("to be ticked") if stage["is_gated"] else "",
    ]
    return " · ".join(part for part in parts if part)
