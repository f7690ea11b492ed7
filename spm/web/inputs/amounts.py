"""Fields of exact numbers: plain, whole, per cent and money, typed in the locale's way."""

import re
from decimal import Decimal
from typing import Any

from wtforms.validators import ValidationError

from spm.domain.money import Money, minor_digits
from spm.i18n import formats
from spm.i18n.words import current, gettext
from spm.web.inputs.texts import Typed

_DIGITS_BEFORE_MARK = 15

_SPACES = " \u00a0\u2009\u202f"


class DecimalField(Typed):
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
