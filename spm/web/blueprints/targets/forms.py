"""Forms of targets. The value's field follows the unit of its KPI."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from wtforms import HiddenField, SubmitField
from wtforms.validators import ValidationError

from spm.domain.metrics.registry import Unit
from spm.domain.money import Money, minor_digits
from spm.domain.period import NamedPeriod, Period, of_dates
from spm.domain.targets.target import LARGEST
from spm.i18n.words import N_, gettext
from spm.services.targets.targets import COMMENT_LENGTH, RATIONALE_LENGTH
from spm.web.fields import (
    BlockField,
    ChoiceField,
    DateField,
    DecimalField,
    Form,
    MoneyField,
    PeriodField,
    RatioField,
    WholeField,
)


def value_field(unit: Unit, label: str = "", *, required: bool = True) -> Any:
    """Return an unbound field for a target in ``unit``."""
    words = label or N_("Target")
    match unit:
        case Unit.MONEY | Unit.MONEY_PER_DAY:
            return MoneyField(words, required=required)
        case Unit.COUNT:
            return WholeField(words, required=required, minimum=-LARGEST, maximum=LARGEST)
        case Unit.RATIO:
            return RatioField(
                words, required=required, places=2, maximum=10, hint=N_("In percent.")
            )
        case Unit.DAYS:
            return DecimalField(
                words,
                required=required,
                places=2,
                minimum=-LARGEST,
                maximum=LARGEST,
                hint=N_("In days."),
            )


def typed(field: Any) -> Decimal | None:
    """Return what was typed into a field of ``value_field``, as a target's value."""
    data = field.data
    if data is None:
        return None
    return data.amount if isinstance(data, Money) else Decimal(data)


def offered_value(value: Decimal, unit: Unit, currency: str) -> object:
    """Return a target's value as its field holds it.

    Money that is finer than its currency, which a proration can bring, is rounded half-even.
    """
    match unit:
        case Unit.MONEY | Unit.MONEY_PER_DAY:
            return Money.of(currency, round(value, minor_digits(currency)))
        case Unit.COUNT:
            return int(value)
        case _:
            return value


class _SetBase(Form):
    """Whose target, of which period, and why."""

    owner = ChoiceField(N_("For"))
    period = PeriodField(
        N_("Period"),
        required=False,
        hint=N_("By its name: 2026-Q4, 2026-11, 2026-H2, 2026, FY2027-Q1."),
    )
    start_on = DateField(N_("Or from"), required=False)
    last_on = DateField(N_("up to and including"), required=False)
    rationale = BlockField(
        N_("Rationale"),
        max_length=RATIONALE_LENGTH,
        hint=N_("Why this value. Its owner reads it before answering."),
    )

    def validate_period(self, field: Any) -> None:
        """Ask for a name or for dates, one of the two."""
        has_dates = self.start_on.data is not None or self.last_on.data is not None
        if (field.data is None) == (not has_dates):
            raise ValidationError(gettext("Give the name of a period, or its first and last day."))

    def validate_last_on(self, field: Any) -> None:
        """Ask for both dates in their order."""
        start = self.start_on.data
        if (start is None) != (field.data is None):
            raise ValidationError(gettext("Give the first and the last day."))
        if start is not None and field.data < start:
            raise ValidationError(gettext("The last day is before the first."))

    def named(self) -> NamedPeriod:
        """Return the period asked for; the form was accepted."""
        chosen: NamedPeriod | None = self.period.data
        if chosen is not None:
            return chosen
        end = self.last_on.data + timedelta(days=1)
        return of_dates(Period(self.start_on.data, end), self.fiscal_start)


class _ReviseBase(Form):
    """Another value for a target; ``version`` holds the revision that was seen."""

    rationale = BlockField(
        N_("Rationale"),
        max_length=RATIONALE_LENGTH,
        hint=N_("Why this value. Its owner reads it and is asked again."),
    )
    reason = BlockField(
        N_("What changed"), max_length=RATIONALE_LENGTH, hint=N_("Why it is revised now.")
    )


def set_form(unit: Unit) -> type[_SetBase]:
    """Return the form of a new target in ``unit``."""
    return type("SetForm", (_SetBase,), {"value": value_field(unit)})


def revise_form(unit: Unit) -> type[_ReviseBase]:
    """Return the form of a revision in ``unit``."""
    return type("ReviseForm", (_ReviseBase,), {"value": value_field(unit)})


class AnswerForm(Form):
    """What an owner says; ``version`` holds the revision that was read."""

    words = BlockField(N_("Your words"), max_length=COMMENT_LENGTH, required=False)


EVENLY, BY_ACTUAL, BY_TARGET = "evenly", "by-actual", "by-target"


class PlanBase(Form):
    """One value per person, perhaps shared out of a total."""

    total = DecimalField(N_("Total to share out"), required=False)
    spread_by = ChoiceField(N_("Share it out"), required=False)
    rationale = BlockField(
        N_("Rationale"),
        max_length=RATIONALE_LENGTH,
        required=False,
        hint=N_("Why these values. Each owner reads it before answering."),
    )
    spread = SubmitField(N_("Share out"))
    save = SubmitField(N_("Set targets"))

    def rows(self) -> dict[str, tuple[Any, Any]]:
        """Return the value's and the revision's field of each row, by the row's key."""
        return {
            name.removeprefix("value_"): (field, self._fields[f"seen_{name[6:]}"])
            for name, field in self._fields.items()
            if name.startswith("value_")
        }


def plan_form(unit: Unit, keys: Iterable[str]) -> type[PlanBase]:
    """Return the form of a plan with a value in ``unit`` per key, none of them needed."""
    fields: dict[str, Any] = {"total": value_field(unit, N_("Total to share out"), required=False)}
    for key in keys:
        fields[f"value_{key}"] = value_field(unit, required=False)
        fields[f"seen_{key}"] = HiddenField()
    return type("PlanForm", (PlanBase,), fields)
