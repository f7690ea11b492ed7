"""Made-up values for the gallery, in the scripts of the four languages."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from spm.domain.money import Money
from spm.web.blueprints.gallery.board import SampleBoard
from spm.web.blueprints.gallery.ladder import SampleLadder


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the sample timeline."""

    title: str
    when: str
    who: str | None = None
    detail: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A person's row of the sample table."""

    name: str
    actual: Money
    target: Money | None
    attained: Decimal | None
    gap: Decimal | None
    state: str
    trend: tuple[int | None, ...]
    is_self: bool = False


class Samples:
    """Everything that the gallery shows."""

    day: date = date(2026, 12, 18)
    instant: datetime = datetime(2026, 12, 18, 14, 30, tzinfo=UTC)
    actual: Money = Money("JPY", 41_000_000)
    target: Money = Money("JPY", 50_000_000)
    periods: tuple[str, ...] = ("2026-Q4", "2026-Q3", "2026-Q2", "2026-Q1", "2026", "2026-12")
    rows: tuple[Row, ...] = (
        Row("佐藤 美咲", Money("EUR", 41_000_000), Money("EUR", 50_000_000), Decimal("0.82"),
            Decimal("-0.04"), "watch", (21, 34, 22, 50, 41, 60, 52, 61), is_self=True),
        Row("Олена Коваленко", Money("EUR", 62_400_050), Money("EUR", 60_000_000), Decimal("1.04"),
            Decimal("0.16"), "met", (32, 31, 36, 40, 44, 47, 55, 62)),
        Row("김민준", Money("EUR", 21_730_000), Money("EUR", 42_500_000), Decimal("0.511"),
            Decimal("-0.353"), "missed", (40, 38, None, 35, 30, 31, 24, 22)),
        Row("Aleksandra Wojciechowska-Brzęczyszczykiewicz", Money("EUR", 9_120_000), None, None, None,
            "unknown", (None, None, None, None, None, None, 4, 9)),
    )  # fmt: skip
    total: Money = Money("EUR", 134_250_050)
    total_target: Money = Money("EUR", 152_500_000)
    total_attained: Decimal = Decimal("0.88")
    ladder: SampleLadder = SampleLadder()
    board: SampleBoard = SampleBoard()
    entries: tuple[Entry, ...] = (
        Entry("Proposal → Negotiation", "18 Dec 2026, 14:30", "佐藤 美咲"),
        Entry("Amount", "16 Dec 2026, 09:12", "Олена Коваленко", "€96,000 → €120,000",
              "The customer adds forty seats\nfor the support team in Львів."),
        Entry("Imported", "1 Dec 2026, 00:05", None, "crm-2026-12.csv, row 118"),
    )  # fmt: skip
    done: int = 6_120
    all_rows: int = 8_800


SAMPLES = Samples()
