"""Forms and their fields: everything typed is cleaned, measured and refused at this border.

A field that refuses says why in its ``errors`` and keeps what was typed; what it accepts is a
domain value (``Money``, ``Decimal``, ``date``, ``NamedPeriod``, clean text), never raw input.
Labels and hints are English words marked with ``N_``; the components speak them.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask import g
from flask_wtf import FlaskForm
from flask_wtf.file import FileField as UploadField
from wtforms import BooleanField, Field, HiddenField, StringField
from wtforms.fields.choices import Choice, SelectFieldBase  # type: ignore[attr-defined]
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, PasswordInput, Select, TextArea, TextInput

from spm.domain import period as periods
from spm.domain.errors import Invalid
from spm.domain.money import Money, minor_digits
from spm.domain.text import clean_block, clean_line
from spm.i18n import formats, labels
from spm.i18n.words import current, gettext

__all__ = [
    "BlockField",
    "BoolField",
    "ChoiceField",
    "ChoicesField",
    "DateField",
    "DecimalField",
    "FileField",
    "Form",
    "IdField",
    "LineField",
    "MoneyField",
    "PeriodField",
    "RatioField",
    "SecretField",
    "WholeField",
    "once_token",
]

BLOCK_LENGTH = 20_000
LINE_LENGTH = 200
SECRET_LENGTH = 256
RAW_LENGTH = 200_000
"""Beyond this nothing is even looked at."""

_DIGITS_BEFORE_MARK = 15
_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_WHOLE = re.compile(r"[-\u2212]?[0-9]{1,15}", re.ASCII)
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_YEARS = range(1900, 2201)
_SPACES = " \u00a0\u2009\u202f"


def once_token() -> str:
    """Return a new token for one sending of one form."""
    return secrets.token_urlsafe(18)


def shown(raw: object) -> str:
    """Return what was typed as it can be shown again: nothing that breaks an answer."""
    text = str(raw)[:RAW_LENGTH].encode("utf-8", "replace").decode("utf-8")
    return "".join(each for each in text if each >= " " or each in "\t\n\r")


class _OnceField(HiddenField):
    """A fresh token each time that the form is drawn, so that a corrected form is a new act."""

    def _value(self) -> str:
        return once_token()


class _VersionField(HiddenField):
    """The version of the thing that the person saw; None where the form makes a new one."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        raw = str(valuelist[0]) if valuelist else ""
        self.data = int(raw) if _ID.fullmatch(raw) else None


class Form(FlaskForm):
    """A form of the house: protected against forgery, sent once, aware of the version it edits.

    A subclass lists its fields; a route reads ``form.field.data`` by name. ``currency`` and
    ``fiscal_start`` tell money and period fields how to read.
    """

    once = _OnceField()
    version = _VersionField()

    def __init__(
        self, *args: Any, currency: str = "USD", fiscal_start: int = 1, **kwargs: Any
    ) -> None:
        self.currency = currency
        self.fiscal_start = fiscal_start
        super().__init__(*args, **kwargs)
        if self.is_submitted():
            g.sent_form = self  # an edit that turns out to be stale is shown in its words

    def is_accepted(self) -> bool:
        """Return whether the form was sent and every field of it holds."""
        return bool(self.validate_on_submit())

    def refuse(self, error: Invalid) -> None:
        """Put what the domain refused beside the field that it names, else above the form."""
        said = labels.problem(error)
        field = self._fields.get(error.field or "")
        if field is None or isinstance(field, HiddenField):
            self.form_errors.append(said)
        else:
            field.errors = [*field.errors, said]

    def visible(self) -> Iterable[Field]:
        """Yield the fields that a person fills in, in order."""
        return (each for each in self._fields.values() if not isinstance(each, HiddenField))

    @property
    def status(self) -> int:
        """The status of an answer that shows this form: 422 once it was refused, else 200."""
        return 422 if self.is_submitted() and (self.errors or self.form_errors) else 200


class _Typed(StringField):
    """A field of one text box that reads its input itself.

    ``required`` refuses nothing at all; otherwise nothing is ``empty``.
    """

    data: Any
    widget: Any = TextInput()
    empty: object = None
    is_numeric = False

    def __init__(
        self,
        label: str = "",
        *,
        required: bool = True,
        hint: str = "",
        autocomplete: str = "off",
        **kwargs: Any,
    ) -> None:
        self.form: Any = kwargs.get("_form")
        kwargs.setdefault("description", hint)
        kwargs["render_kw"] = {
            "autocomplete": autocomplete,
            **({"inputmode": "decimal"} if self.is_numeric else {}),
            **(kwargs.get("render_kw") or {}),
        }
        super().__init__(label, **kwargs)
        self.required = required
        self.flags.required = required

    def process_formdata(self, valuelist: list[Any]) -> None:
        if not valuelist:
            if self.data is None:
                self.data = self.empty
            return
        raw = str(valuelist[0])
        self.data = self.empty
        if len(raw) > RAW_LENGTH:
            raise ValidationError(gettext("This is too long."))
        try:
            value = self.read(raw)
        except Invalid as error:
            raise ValidationError(labels.problem(error)) from error
        self.data = self.empty if value is None else value

    def pre_validate(self, _form: object) -> None:
        if self.required and not self.process_errors and self.data in (None, ""):
            raise ValidationError(gettext("This is needed."))

    def read(self, raw: str) -> object:
        """Return the value typed, here as it is; None where there is none.

        Raises:
            ValidationError, Invalid: It is not acceptable.
        """
        return raw

    def write(self, value: Any) -> str:
        """Return a value as a person would type it."""
        return str(value)

    def _value(self) -> str:
        if self.raw_data:
            return shown(self.raw_data[0])
        return "" if self.data is None else self.write(self.data)


class LineField(_Typed):
    """One line of clean text; empty is ``""``."""

    empty = ""

    def __init__(self, label: str = "", *, max_length: int = LINE_LENGTH, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.max_length = max_length
        self.flags.maxlength = max_length

    def read(self, raw: str) -> object:
        """Return the cleaned line."""
        return clean_line(raw, self.max_length, self.name)


class BlockField(LineField):
    """Clean text of several lines; empty is ``""``."""

    widget = TextArea()

    def __init__(self, label: str = "", *, max_length: int = BLOCK_LENGTH, **kwargs: Any) -> None:
        super().__init__(label, max_length=max_length, **kwargs)

    def read(self, raw: str) -> object:
        """Return the cleaned text."""
        return clean_block(raw, self.max_length, self.name)


class SecretField(_Typed):
    """A password: taken as it is, never shown again, at most 256 characters."""

    widget = PasswordInput(hide_value=True)
    empty = ""

    def read(self, raw: str) -> object:
        """Return the password unchanged."""
        if len(raw) > SECRET_LENGTH:
            raise ValidationError(gettext("At most %(most)s characters.", most=SECRET_LENGTH))
        if shown(raw) != raw:
            raise ValidationError(gettext("This holds characters that cannot be typed."))
        return raw


class DecimalField(_Typed):
    """An exact number in plain digits, with the locale's groups and decimal mark.

    No exponent, no other script's digits, nothing that is not finite.
    """

    is_numeric = True

    def __init__(
        self,
        label: str = "",
        *,
        places: int = 6,
        minimum: Decimal | int | None = None,
        maximum: Decimal | int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.places = places
        self.minimum = minimum
        self.maximum = maximum

    def read(self, raw: str) -> object:
        """Return the number."""
        value = read_decimal(raw, current().locale, self.places)
        if value is not None:
            self.measure(value)
        return value

    def measure(self, value: Decimal) -> None:
        """Refuse what is out of range.

        Raises:
            ValidationError: It is below the minimum or above the maximum.
        """
        locale = current().locale
        if self.minimum is not None and value < self.minimum:
            least = formats.number(self.minimum, locale)
            raise ValidationError(gettext("At least %(least)s.", least=least))
        if self.maximum is not None and value > self.maximum:
            most = formats.number(self.maximum, locale)
            raise ValidationError(gettext("At most %(most)s.", most=most))

    def write(self, value: Any) -> str:
        """Return the number with the locale's decimal mark and no groups."""
        return formats.plain(Decimal(value), current().locale)


class WholeField(DecimalField):
    """A whole number, as an ``int`` of at most fifteen digits."""

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        super().__init__(label, places=0, **kwargs)

    def read(self, raw: str) -> object:
        """Return the number."""
        value = super().read(raw)
        return None if value is None else int(str(value))


class RatioField(DecimalField):
    """A ratio typed as percent: ``82.5`` or ``82.5 %`` is ``Decimal("0.825")``.

    The bounds are ratios as well.
    """

    def __init__(
        self,
        label: str = "",
        *,
        places: int = 4,
        minimum: Decimal | int | None = 0,
        maximum: Decimal | int | None = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            label,
            places=places,
            minimum=None if minimum is None else minimum * 100,
            maximum=None if maximum is None else maximum * 100,
            **kwargs,
        )

    def read(self, raw: str) -> object:
        """Return the ratio."""
        value = super().read(raw.strip().removesuffix("%"))
        return None if value is None else Decimal(str(value)) / 100

    def write(self, value: Any) -> str:
        """Return the ratio as percent without the sign."""
        percent = Decimal(value) * 100
        plain = percent.to_integral() if percent == percent.to_integral() else percent.normalize()
        return formats.plain(plain, current().locale)


class MoneyField(DecimalField):
    """An amount in the form's currency, with no more digits than the currency has."""

    def __init__(self, label: str = "", *, currency: str | None = None, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self._currency = currency

    @property
    def currency(self) -> str:
        """The ISO 4217 code of the amount: the field's own, else the form's."""
        return self._currency or str(getattr(self.form, "currency", "USD"))

    def read(self, raw: str) -> object:
        """Return the amount."""
        self.places = minor_digits(self.currency)
        value = super().read(raw)
        return None if value is None else Money.of(self.currency, Decimal(str(value)))

    def write(self, value: Any) -> str:
        """Return the amount without its currency."""
        return formats.plain(value.amount, current().locale)


class DateField(_Typed):
    """A business date, typed as the browser sends it: ``2026-12-18``."""

    widget = TextInput("date")

    def __init__(
        self,
        label: str = "",
        *,
        minimum: date | None = None,
        maximum: date | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.minimum = minimum
        self.maximum = maximum

    def read(self, raw: str) -> object:
        """Return the date."""
        text = raw.strip()
        if not text:
            return None
        try:
            value = date.fromisoformat(text) if _ISO_DATE.fullmatch(text) else None
        except ValueError:
            value = None
        if value is None or value.year not in _YEARS:
            raise ValidationError(gettext("Not a date. Write it as year-month-day: 2026-12-18."))
        locale = current().locale
        if self.minimum is not None and value < self.minimum:
            first = formats.date(self.minimum, locale)
            raise ValidationError(gettext("Not before %(first)s.", first=first))
        if self.maximum is not None and value > self.maximum:
            last = formats.date(self.maximum, locale)
            raise ValidationError(gettext("Not after %(last)s.", last=last))
        return value

    def write(self, value: Any) -> str:
        """Return the date as the browser wants it."""
        return str(value.isoformat())


class PeriodField(_Typed):
    """A period by its name: ``2026-Q4``, ``2026-11``, ``FY2027-Q1``."""

    def read(self, raw: str) -> object:
        """Return the named period."""
        text = raw.strip()
        if not text:
            return None
        return periods.parse(text[:40], int(getattr(self.form, "fiscal_start", 1)))

    def write(self, value: Any) -> str:
        """Return the period's canonical name."""
        return str(getattr(value, "name", value))


Choices = Sequence[tuple[Any, str]]


class _Offering(SelectFieldBase):
    """A field that takes only what it offers.

    ``choices`` are (value, words) pairs, given by the route or the form for this actor only.
    ``coerce`` turns the text sent into the value.
    """

    def __init__(
        self,
        label: str = "",
        *,
        choices: Choices | None = None,
        coerce: Callable[[str], Any] = str,
        required: bool = True,
        hint: str = "",
        **kwargs: Any,
    ) -> None:
        self.required = required
        self.choices: Choices = list(choices or ())
        self.coerce = coerce
        kwargs.setdefault("description", hint)
        super().__init__(label, **kwargs)
        self.flags.required = required

    def options(self) -> list[tuple[Any, str]]:
        """Return the (value, words) pairs on offer."""
        return list(self.choices or ())


class ChoiceField(_Offering):
    """One of the choices offered to this person; anything else is refused.

    An optional one starts with an empty choice, called ``nothing``; its value is None.
    """

    widget = Select()

    def __init__(self, label: str = "", *, nothing: str = "", **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.nothing = nothing

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was chosen."""
        if not valuelist:
            return
        raw = str(valuelist[0])[:LINE_LENGTH]
        try:
            self.data = self.coerce(raw) if raw else None
        except (ValueError, TypeError, Invalid) as error:
            self.data = None
            raise ValidationError(gettext("Choose one of the list.")) from error

    def pre_validate(self, _form: object) -> None:
        """Refuse what was not offered."""
        if self.data is None:
            if self.required and not self.process_errors:
                raise ValidationError(gettext("Choose one."))
        elif all(self.data != value for value, _words in self.options()):
            self.data = None
            raise ValidationError(gettext("Choose one of the list."))

    def iter_choices(self) -> Any:
        """Yield what the widget draws: an empty choice first where none is needed or made."""
        if not self.required or self.data is None:
            words = gettext(self.nothing) if self.nothing else ""
            yield Choice("", words, self.data is None, {})
        for value, words in self.options():
            yield Choice(value, words, value == self.data, {})


def _as_id(raw: str) -> int:
    if _ID.fullmatch(raw) is None:
        raise ValueError(raw)
    return int(raw)


class IdField(ChoiceField):
    """One thing of those offered to this person, by its id."""

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        super().__init__(label, coerce=_as_id, **kwargs)


class ChoicesField(_Offering):
    """Any number of the choices offered to this person, as a list of values."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str = "", *, required: bool = False, **kwargs: Any) -> None:
        super().__init__(label, required=required, **kwargs)
        self.flags.required = False  # each box alone is not needed

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was chosen."""
        try:
            self.data = [self.coerce(str(raw)[:LINE_LENGTH]) for raw in valuelist[:1000]]
        except (ValueError, TypeError, Invalid) as error:
            self.data = []
            raise ValidationError(gettext("Choose from the list.")) from error

    def pre_validate(self, _form: object) -> None:
        """Refuse what was not offered."""
        if self.required and not self.data:
            raise ValidationError(gettext("Choose at least one."))
        offered = [value for value, _words in self.options()]
        if any(each not in offered for each in self.data or ()):
            self.data = []
            raise ValidationError(gettext("Choose from the list."))

    def iter_choices(self) -> Any:
        """Yield what the widget draws."""
        for value, words in self.options():
            yield Choice(value, words, value in (self.data or ()), {})


class BoolField(BooleanField):
    """A box to tick."""

    def __init__(self, label: str = "", *, hint: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("description", hint)
        super().__init__(label, **kwargs)


class FileField(UploadField):
    """A file to send; ``accept`` names its endings, e.g. ``.csv,.xlsx``."""

    def __init__(
        self,
        label: str = "",
        *,
        accept: str = "",
        required: bool = True,
        hint: str = "",
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("description", hint)
        super().__init__(label, **kwargs)
        self.accept = accept
        self.required = required
        self.flags.required = required

    def pre_validate(self, _form: object) -> None:
        if self.required and not self.data:
            raise ValidationError(gettext("Choose a file."))


def read_decimal(raw: str, locale: str, places: int) -> Decimal | None:
    """Return the exact number typed in ``locale``'s way; None for nothing.

    Groups must be whole groups of three; where the locale groups by spaces, a point is a
    decimal mark as well.

    Raises:
        ValidationError: Not plain ASCII digits, more than fifteen before the mark, or more
            than ``places`` after it.
    """
    text = raw.strip(_SPACES + "\t\r\n")
    if not text:
        return None
    mark, group = formats.decimal_marks(locale)
    groups = f"[{re.escape(group)}{_SPACES if group.isspace() else ''}]"
    marks = f"[{re.escape(mark)}{'.' if group.isspace() else ''}]"
    shape = (
        rf"(?P<sign>[-\u2212]?)(?P<whole>[0-9]{{1,40}}|[0-9]{{1,3}}(?:{groups}[0-9]{{3}}){{1,12}})"
        rf"(?:{marks}(?P<part>[0-9]{{1,40}}))?"
    )
    found = re.fullmatch(shape, text[:100], re.ASCII)
    if found is None or len(text) > 100:
        example = formats.number(Decimal("1234.5") if places else Decimal(1234), locale)
        raise ValidationError(gettext("Not a number. Write it like %(example)s.", example=example))
    whole = re.sub(r"[^0-9]", "", found["whole"]).lstrip("0") or "0"
    part = (found["part"] or "").rstrip("0") if places else (found["part"] or "").strip("0")
    if len(whole) > _DIGITS_BEFORE_MARK:
        raise ValidationError(gettext("This number is too large."))
    if len(part) > places:
        if places == 0:
            raise ValidationError(gettext("Write a whole number."))
        said = current().ngettext(
            "At most %(num)s digit after the decimal mark.",
            "At most %(num)s digits after the decimal mark.",
            places,
        )
        raise ValidationError(said)
    sign = "-" if found["sign"] and (whole != "0" or part) else ""
    return Decimal(f"{sign}{whole}.{part}" if part else f"{sign}{whole}")
