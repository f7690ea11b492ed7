"""How a pack writes figures, dates and states: in one language, in the organisation's zone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from spm.domain.metrics.figure import Reason, reason_text
from spm.domain.metrics.registry import Unit
from spm.domain.money import Money, minor_digits
from spm.domain.packs.content import Figure, KpiSheet, PeriodPoint
from spm.i18n import formats
from spm.i18n.words import N_, Words

STATUSES: Final = {
    "met": ("●", N_("met")),
    "on-pace": ("●", N_("on pace")),
    "close": ("◐", N_("close")),
    "behind": ("○", N_("behind")),
    "missed": ("○", N_("missed")),
    "unknown": ("–", N_("no target")),
}
"""The scorecard's words for where a KPI stands, with the shape that says the same."""

ANSWERS: Final = {
    "set": N_("not answered"),
    "accepted": N_("accepted"),
    "objected": N_("objection"),
}

_NOT_SHORTENED: Final = {"ja": 10_000, "ko": 10_000}
"""Below which a language has no shorter form of an amount, by its tag; elsewhere it is a thousand."""

ACTS: Final = {
    "set": N_("set"),
    "accept": N_("accepted"),
    "object": N_("objected"),
    "comment": N_("commented"),
}


@dataclass(frozen=True, slots=True)
class Say:
    """Writes for one reader.

    Attributes:
        words: The reader's language.
        zone: Name of the zone in which instants are written.
        base_url: What links to the live pages start with; empty for none.
    """

    words: Words
    zone: str
    base_url: str = ""

    @property
    def locale(self) -> str:
        """The tag of the language."""
        return self.words.locale

    @property
    def gettext(self) -> Callable[..., str]:
        """The words of a message."""
        return self.words.gettext

    def target(self, sheet: KpiSheet, point: PeriodPoint) -> str:
        """The target of one of a KPI's periods, in the currency in which it was set."""
        return self.value(point.target, sheet.unit, point.target_currency or sheet.currency)

    def aim(self, sheet: KpiSheet, point: PeriodPoint) -> str:
        """What one of a KPI's periods aims at: its target, else the range, shortened."""
        if point.target is not None or sheet.bounds is None:
            return self.target(sheet, point)
        low, high = (
            self.value(one, sheet.unit, sheet.currency, compact=True) for one in sheet.bounds
        )
        return f"{low}\N{EN DASH}{high}"

    def value(
        self,
        value: Decimal | None,
        unit: Unit,
        currency: str | None,
        *,
        compact: bool = False,
        signed: bool = False,
    ) -> str:
        """A figure in full, or shortened where the full one stands elsewhere; unknown is a dash."""
        if value is None:
            return formats.UNKNOWN
        if unit is Unit.RATIO:
            return formats.percent(value, self.locale, digits=1, signed=signed)
        if unit is Unit.DAYS:
            return formats.days(value, self.locale)
        if unit in {Unit.MONEY, Unit.MONEY_PER_DAY} and currency is not None:
            said = self.money(_exact(value, currency), compact=compact, signed=signed)
            per_day = unit is Unit.MONEY_PER_DAY
            return self.gettext("%(amount)s a day", amount=said) if per_day else said
        compact = compact and value >= 10_000
        is_whole = compact or value == value.to_integral_value()
        return formats.number(
            value, self.locale, digits=None if is_whole else 1, compact=compact, signed=signed
        )

    def brief(self, value: Decimal | None, unit: Unit) -> str:
        """A figure as it stands on a bar: shortened, without its currency or its days, at most one digit."""
        if value is None or unit is Unit.RATIO:
            return self.value(value, unit, None)
        if value >= 10_000:
            return formats.number(value, self.locale, compact=True)
        is_whole = value == value.to_integral_value()
        return formats.number(value, self.locale, digits=0 if is_whole else 1)

    def about(self, value: Decimal | None, unit: Unit, currency: str | None) -> str:
        """A figure that is an expectation: whole money, other things to one digit."""
        if value is None:
            return formats.UNKNOWN
        places = Decimal(1) if unit is Unit.MONEY else Decimal("0.1")
        return self.value(value.quantize(places, ROUND_HALF_UP), unit, currency)

    def money(self, value: Money | None, *, compact: bool = False, signed: bool = False) -> str:
        """An amount in full; whole units where it has no others. Unknown is a dash."""
        if value is None:
            return formats.UNKNOWN
        if compact and abs(value.amount) < _NOT_SHORTENED.get(self.locale, 1_000):
            compact = False
        is_whole = value.minor % 10 ** minor_digits(value.currency) == 0
        return formats.money(value, self.locale, compact=compact, whole=is_whole, signed=signed)

    def percent(self, ratio: Decimal | None) -> str:
        """A ratio in whole percent; unknown is a dash."""
        return formats.UNKNOWN if ratio is None else formats.percent(ratio, self.locale)

    def attained(self, ratio: Decimal | None) -> str:
        """An attainment in whole percent, floored at 0 as metrics.md 3.1 has it; unknown is a dash."""
        return self.percent(None if ratio is None else max(ratio, Decimal(0)))

    def points(self, gap: Decimal | None) -> str:
        """A difference of two ratios in points; unknown is a dash."""
        return formats.UNKNOWN if gap is None else formats.points(gap, self.locale)

    def times(self, ratio: Decimal) -> str:
        """How many times, to one digit."""
        return formats.number(ratio.quantize(Decimal("0.1"), ROUND_HALF_UP), self.locale)

    def number(self, value: int | Decimal, *, signed: bool = False) -> str:
        """A number."""
        return formats.number(Decimal(value), self.locale, signed=signed)

    def day(self, day: date | None, form: str = "medium") -> str:
        """A date; unknown is a dash."""
        return formats.UNKNOWN if day is None else formats.date(day, self.locale, form)

    def instant(self, at: datetime | None) -> str:
        """An instant to the minute, in the organisation's zone; unknown is a dash."""
        if at is None:
            return formats.UNKNOWN
        return formats.datetime(at, ZoneInfo(self.zone), self.locale)

    def period(self, name: str) -> str:
        """A period's name in words."""
        return formats.period(name, self.locale)

    def status(self, sheet: KpiSheet) -> str:
        """Where a KPI stands, by shape and word."""
        if sheet.now.target_currency is not None and sheet.now.attained is None:
            return f"– {self.gettext('set in another currency')}"
        shape, word = STATUSES.get(sheet.status, STATUSES["unknown"])
        return f"{shape} {self.gettext(word)}"

    def reason(self, figure: Figure) -> str:
        """Why a figure is unknown; empty where it is known."""
        if figure.value is not None or figure.reason is None:
            return ""
        try:
            return reason_text(Reason(figure.reason, dict(figure.facts)), self.gettext)
        except KeyError:
            return figure.reason

    def interval(self, bounds: tuple[Decimal | float, Decimal | float] | None) -> str:
        """The interval of a rate; a dash without one."""
        if bounds is None:
            return formats.UNKNOWN
        return formats.interval(float(bounds[0]), float(bounds[1]), self.locale)

    def listed(self, names: Sequence[str]) -> str:
        """Names one after another."""
        return ", ".join(self.period(name) for name in names)

    def link(self, path: str) -> str:
        """The address of a live page; empty where there is none."""
        return f"{self.base_url.rstrip('/')}{path}" if self.base_url else ""


def _exact(value: Decimal, currency: str) -> Money:
    """The amount in the currency's digits, half up."""
    smallest = Decimal(1).scaleb(-minor_digits(currency))
    return Money.of(currency, value.quantize(smallest, ROUND_HALF_UP))
