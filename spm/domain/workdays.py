"""Working days: weekdays less the organisation's holidays."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from spm.domain.period import Period
from spm.domain.ratio import quotient

SATURDAY, SUNDAY = 5, 6
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked.

    Attributes:
        holidays: Dates off, on whatever weekday.
        weekend: Weekdays off, Monday 0 to Sunday 6.
    """

    holidays: frozenset[date] = frozenset()
    weekend: frozenset[int] = frozenset({SATURDAY, SUNDAY})

    def count(self, start: date, end: date) -> int:
        """Return the working days in ``[start, end)``; 0 where that is empty."""
        if end <= start:
            return 0
        weeks, rest = divmod((end - start).days, _WEEK)
        worked = weeks * sum(weekday not in self.weekend for weekday in range(_WEEK))
        worked += sum((start.weekday() + i) % _WEEK not in self.weekend for i in range(rest))
        return worked - sum(
            start <= holiday < end and holiday.weekday() not in self.weekend
            for holiday in self.holidays
        )

    def elapsed_share(self, period: Period, as_of_day: date) -> Decimal:
        """Return the share of ``period``'s working days that are over, ``as_of_day`` among them.

        0 before the period and 1 from its last day on; by calendar days where it has no working
        day at all.
        """
        if as_of_day < period.start:
            return Decimal(0)
        if as_of_day >= period.last_day:
            return Decimal(1)
        after = as_of_day + timedelta(days=1)
        share = quotient(self.count(period.start, after), self.count(period.start, period.end))
        if share is None:
            share = quotient((after - period.start).days, period.days)
        return share or Decimal(0)
