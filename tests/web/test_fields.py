"""What the border of forms lets through, and what it says about the rest."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from spm.domain.errors import Invalid
from spm.domain.money import Money
from spm.i18n import words
from spm.web.fields import (
    BlockField,
    ChoiceField,
    ChoicesField,
    DateField,
    DecimalField,
    Form,
    IdField,
    LineField,
    MoneyField,
    PeriodField,
    RatioField,
    SecretField,
    WholeField,
)

STAGES = [("open", "Open"), ("won", "Won")]


class Everything(Form):
    """One field of each kind, none of them needed."""

    line = LineField(max_length=80, required=False)
    block = BlockField(required=False)
    money = MoneyField(required=False)
    number = DecimalField(places=6, minimum=-1_000_000, required=False)
    whole = WholeField(minimum=0, maximum=1000, required=False)
    ratio = RatioField(required=False)
    on = DateField(required=False)
    period = PeriodField(required=False)
    stage = ChoiceField(choices=STAGES, required=False)
    owner = IdField(choices=[(7, "Ada"), (8, "Олена")], required=False)
    stages = ChoicesField(choices=STAGES)
    secret = SecretField(required=False)


@pytest.fixture
def app() -> Iterator[Flask]:
    """An application without pages."""
    app = Flask("fields")
    app.config.update(SECRET_KEY="fields", WTF_CSRF_ENABLED=False)
    with app.test_request_context(method="POST"):
        yield app


def sent(currency: str = "EUR", **typed: str | list[str]) -> Everything:
    """Return the form as it is after somebody sent it."""
    form = Everything(MultiDict(typed), currency=currency)
    form.validate()
    return form


HOSTILE_NUMBERS = [
    "NaN", "sNaN", "-NaN", "nan", "Infinity", "-Infinity", "inf", "1e5", "1E+2", "1e400", "1E+999999999",
    "１２", "٣", "१२", "Ⅷ", "²", "1_000", "0x10", "0b1", "1,5", "1,23,456", "12,34", ",5", "1,", "1,0000",
    "1.2.3", "--1", "+1", "1-", "- 1", "1 000", "(5)", "$5", "5 EUR", "9" * 16, "9" * 5000, "1.", ".5", ".",
    "1;DROP TABLE deal", "=1+1", "\x00", "1\x002", "1\u200b2", "\u202e12", "\ud8001", "<b>1</b>", "½", "1.0.",
]  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE_NUMBERS)
@pytest.mark.parametrize("name", ["money", "number", "whole", "ratio"])
def test_a_number_that_is_none_is_refused_and_kept(app: Flask, name: str, typed: str) -> None:
    form = sent(**{name: typed})
    assert form[name].errors
    assert form[name].data is None
    assert "\x00" not in str(form[name]())
    str(form[name]()).encode()


@pytest.mark.parametrize(
    ("locale", "typed", "expected"),
    [
        ("en", "1234.5", "1234.5"),
        ("en", "1,234,567.25", "1234567.25"),
        ("en", "-12", "-12"),
        ("en", "\u221212", "-12"),
        ("en", "-0", "0"),
        ("en", "007", "7"),
        ("en", "  12 ", "12"),
        ("en", "1.500000", "1.5"),
        ("en", "999999999999999", "999999999999999"),
        ("ja", "1,234.5", "1234.5"),
        ("ko", "1,234.5", "1234.5"),
        ("uk", "1234,5", "1234.5"),
        ("uk", "1 234,5", "1234.5"),
        ("uk", "1\u00a0234,5", "1234.5"),
        ("uk", "1\u202f234.5", "1234.5"),
        ("en", "", None),
        ("en", " \u00a0 ", None),
    ],
)
def test_a_number_is_read_as_the_locale_writes_it(
    app: Flask, locale: str, typed: str, expected: str | None
) -> None:
    with words.speaking(locale):
        form = sent(number=typed)
    assert not form.number.errors
    assert form.number.data == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("currency", "typed", "expected"),
    [
        ("EUR", "12.34", Money("EUR", 1234)),
        ("EUR", "12", Money("EUR", 1200)),
        ("EUR", "12.50", Money("EUR", 1250)),
        ("JPY", "1,200", Money("JPY", 1200)),
        ("JPY", "1200.00", Money("JPY", 1200)),
        ("JPY", "12.5", None),
        ("EUR", "12.345", None),
        ("KWD", "1.234", Money("KWD", 1234)),
    ],
)
def test_money_has_the_digits_of_its_currency(
    app: Flask, currency: str, typed: str, expected: Money | None
) -> None:
    form = sent(currency=currency, money=typed)
    assert form.money.data == expected
    assert bool(form.money.errors) == (expected is None)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("82.5", "0.825"),
        ("82.5 %", "0.825"),
        ("100", "1"),
        ("0", "0"),
        ("100.1", None),
        ("-1", None),
    ],
)
def test_a_ratio_is_typed_as_percent(app: Flask, typed: str, expected: str | None) -> None:
    form = sent(ratio=typed)
    assert form.ratio.data == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    "typed",
    [
        "a\x00b",
        "a\x1bb",
        "\u202egnp.exe",
        "a\u2066b",
        "\u200b",
        "e" + "\u0301" * 6,
        "a" * 81,
        "\ue000",
        "\ud800",
    ],
)
def test_a_line_that_cannot_be_shown_safely_is_refused(app: Flask, typed: str) -> None:
    form = sent(line=typed)
    assert form.line.errors
    str(form.line()).encode()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("  Ada  Lovelace ", "Ada  Lovelace"),
        ("\u3164", ""),
        ("é", "é"),
        ("佐藤 美咲", "佐藤 美咲"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("=SUM(A1)", "=SUM(A1)"),
    ],
)
def test_a_line_is_cleaned(app: Flask, typed: str, expected: str) -> None:
    form = sent(line=typed)
    assert not form.line.errors
    assert form.line.data.split() == expected.split()


def test_what_is_needed_is_needed_after_cleaning(app: Flask) -> None:
    class Needed(Form):
        line = LineField()

    form = Needed(MultiDict({"line": " \u3164 "}))
    assert not form.validate()
    assert form.line.errors


def test_text_is_escaped_where_it_is_shown_again(app: Flask) -> None:
    form = sent(line='"><script>', block="</textarea><script>")
    assert "<script>" not in str(form.line())
    assert "<script>" not in str(form.block())


@pytest.mark.parametrize(
    "typed",
    ["2026-02-30", "0000-01-01", "1899-12-31", "2201-01-01", "2026-1-1", "20260101", "2026-W01-1",
     "２０２６-01-01", "18/12/2026", "today", "2026-01-01T00:00", "9" * 400],
)  # fmt: skip
def test_a_date_that_is_none_is_refused(app: Flask, typed: str) -> None:
    form = sent(on=typed)
    assert form.on.errors
    assert form.on.data is None


def test_a_date_is_a_date(app: Flask) -> None:
    assert sent(on="2026-12-18").on.data == date(2026, 12, 18)


@pytest.mark.parametrize(("typed", "expected"), [("2026-Q4", "2026-Q4"), ("FY2027", "FY2027")])
def test_a_period_is_named(app: Flask, typed: str, expected: str) -> None:
    assert sent(period=typed).period.data.name == expected


@pytest.mark.parametrize("typed", ["2026-Q5", "2026-Q4'; --", "Q4", "x" * 5000, "２０２６"])
def test_a_period_that_is_none_is_refused(app: Flask, typed: str) -> None:
    assert sent(period=typed).period.errors


@pytest.mark.parametrize("typed", ["9", "7.0", "07", "-7", "٧", "7 ", "7" * 40, "Ada", "7\x00"])
def test_an_id_that_was_not_offered_is_refused(app: Flask, typed: str) -> None:
    form = sent(owner=typed)
    assert form.owner.errors
    assert form.owner.data is None


def test_an_id_that_was_offered_is_taken(app: Flask) -> None:
    assert sent(owner="8").owner.data == 8


def test_choices_that_were_not_offered_are_refused(app: Flask) -> None:
    form = sent(stage="lost", stages=["open", "lost"])
    assert form.stage.errors
    assert form.stages.errors
    assert form.stages.data == []


def test_a_secret_is_taken_as_it_is_and_never_shown(app: Flask) -> None:
    form = sent(secret="  pass word  ")
    assert form.secret.data == "  pass word  "
    assert "pass word" not in str(form.secret())
    assert sent(secret="x" * 257).secret.errors


def test_what_the_domain_refuses_stands_beside_its_field_or_above(app: Flask) -> None:
    form = sent(line="Ada")
    form.refuse(Invalid(field="line"))
    form.refuse(Invalid(field="somewhere"))
    assert len(form.line.errors) == 1
    assert len(form.form_errors) == 1
    assert form.status == 422


def test_each_drawing_of_a_form_has_a_token_of_its_own(app: Flask) -> None:
    form = sent(line="Ada")
    assert str(form.once()) != str(form.once())


@pytest.mark.parametrize(
    ("typed", "expected"), [("3", 3), ("0", None), ("x", None), ("3" * 30, None)]
)
def test_a_version_is_a_number_or_nothing(app: Flask, typed: str, expected: int | None) -> None:
    assert sent(version=typed).version.data == expected
