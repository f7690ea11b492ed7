"""What the demo company's people were asked to reach, and who came, moved and left when."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from spm.domain.period import NEVER, NamedPeriod, Period, PeriodKind, containing, previous
from spm.services.demo.market import Seller
from spm.services.demo.people import CREWS, Crew, Somebody

QUARTERS_BACK = 8
SEED = 20_260_101
CYCLE_DAYS = Decimal(55)
"""How long a deal should take at most, in every quarter."""
SIZES = (Decimal(12_000), Decimal(30_000))
"""Between which amounts the average deal should stay."""


@dataclass(frozen=True, slots=True)
class Career:
    """A rep's time with the company: team and dates, half-open; two spells where they moved."""

    somebody: Somebody
    spells: tuple[tuple[Crew, Period], ...]
    seller: Seller

    @property
    def start(self) -> date:
        """The first day."""
        return self.spells[0][1].start

    @property
    def end(self) -> date:
        """The day after the last one; ``NEVER`` for who still works here."""
        return self.spells[-1][1].end


def quarters(today: date) -> tuple[NamedPeriod, ...]:
    """Return the quarters with targets: eight past ones, the present and the next, in order."""
    present = containing(today, PeriodKind.QUARTER)
    past = [previous(present, n) for n in range(QUARTERS_BACK, 0, -1)]
    return (*past, present, previous(present, -1))


def careers(today: date, chance: random.Random) -> tuple[Career, ...]:
    """Return every rep's career up to ``today``.

    One rep has moved between two teams, one has left, and three came later than the others, so that
    memberships with dates can be seen at work.
    """
    start = quarters(today)[0].period.start
    result = []
    for number, crew in enumerate(CREWS):
        for place, somebody in enumerate(crew.reps):
            seller = Seller(
                skill=min(1.35, max(0.7, chance.gauss(1.0, 0.14))),
                deals_a_week=max(0.9, chance.gauss(1.55, 0.3)),
                size=crew.size * chance.uniform(0.85, 1.2),
            )
            spells: tuple[tuple[Crew, Period], ...] = ((crew, Period(start, NEVER)),)
            if place == 9:  # the youngest of each team but the first came later
                came = start if number == 0 else today - timedelta(days=150 + 110 * number)
                spells = ((crew, Period(came, NEVER)),)
            if number == 0 and place == 7:
                moved = quarters(today)[-3].period.start + timedelta(days=31)
                spells = (
                    (CREWS[1], Period(start, moved)),
                    (crew, Period(moved, NEVER)),
                )
            if number == 2 and place == 8:
                spells = ((crew, Period(start, quarters(today)[-3].period.end)),)
            result.append(Career(somebody, spells, seller))
    return tuple(result)


def quota(career: Career, nth: int, chance: random.Random) -> Decimal:
    """Return the revenue target of the ``nth`` quarter: what such a seller closes, growing 2 % a quarter."""
    closes = career.seller.deals_a_week * 13 * 0.185
    euros = closes * 17_500 * career.seller.size * 1.02**nth * chance.uniform(0.9, 1.12)
    return Decimal(max(20_000, round(euros / 5_000) * 5_000))


def stage_quota(career: Career, share: float) -> Decimal:
    """Return how many deals a quarter should reach a stage that ``share`` of all reach."""
    return Decimal(max(2, round(career.seller.deals_a_week * 13 * share)))
