"""A review pack with everything in it, for tests and for looking at."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from spm.domain.ids import PackId, PersonId
from spm.domain.metrics.registry import METRICS, Direction, MetricId, Unit
from spm.domain.money import Money
from spm.domain.packs.choice import number_of
from spm.domain.packs.content import (
    Change,
    Deals,
    Decision,
    Definition,
    Figure,
    Hygiene,
    KpiSheet,
    Ladder,
    LineFigure,
    NextTarget,
    PackContent,
    PackDeal,
    Passage,
    PeriodPoint,
    ReviewPack,
    Rung,
    Side,
    SignOff,
    TargetNote,
)
from spm.domain.ratio import quotient

AT = datetime(2026, 12, 18, 14, 59, 59, tzinfo=UTC)
QUARTERS = ("2024-Q4", "2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")


def _first(name: str) -> date:
    return date(int(name[:4]), 3 * int(name[-1]) - 2, 1)


def definition(metric: MetricId) -> Definition:
    """The metric's definition as a pack keeps it."""
    found = METRICS[metric]
    return Definition(found.label, found.formula, found.rules, found.source)


def point(name: str, value: str | None, target: str | None = None, *, n: int = 12) -> PeriodPoint:
    """A quarter of a KPI."""
    start = _first(name)
    end = date(start.year + start.month // 10, (start.month + 2) % 12 + 1, 1)
    figure = (
        Figure(None, n=0, reason="no-deals-closed")
        if value is None
        else Figure(Decimal(value), n=n)
    )
    attained = None
    if value is not None and target is not None:
        attained = quotient(Decimal(value), Decimal(target))
    agreed = None if target is None else Decimal(target)
    return PeriodPoint(name, start, end, figure, agreed, attained, end <= AT.date())


def _deal(
    number: int, name: str, account: str, stage: str, minor: int | None, **more: object
) -> PackDeal:
    amount = None if minor is None else Money("JPY", minor)
    return PackDeal(number, name, account, stage, amount, **more)  # type: ignore[arg-type]


def revenue() -> KpiSheet:
    """Money, behind pace, with a log."""
    values = (
        "28400000",
        "31250000",
        "24800000",
        "36900000",
        "33500000",
        "42100000",
        "38700000",
        "44600000",
    )
    targets = (
        None,
        "30000000",
        "30000000",
        "36000000",
        "36000000",
        "40000000",
        "40000000",
        "45000000",
    )
    return KpiSheet(
        key="won_revenue",
        name="Won revenue",
        metric=MetricId.WON_REVENUE.value,
        definition=definition(MetricId.WON_REVENUE),
        unit=Unit.MONEY,
        currency="JPY",
        direction=Direction.UP,
        now=point("2026-Q4", "41000000", "50000000", n=17),
        expected=Decimal(43200000),
        pace=Decimal("0.949074"),
        gap=Decimal("-0.044"),
        status="close",
        answer="accepted",
        trend=tuple(point(q, v, t) for q, v, t in zip(QUARTERS, values, targets, strict=True)),
        prior_year=point("2025-Q4", "33500000", "36000000"),
        log=(
            TargetNote(
                AT - timedelta(days=92),
                "Марія Ґалаґан",
                "set",
                "2026-Q4",
                Decimal(52000000),
                "Market grew; two new accounts handed over in September.",
            ),
            TargetNote(
                AT - timedelta(days=90),
                "髙橋 美咲",
                "object",
                "2026-Q4",
                None,
                "大阪の案件は来期に延期される見込みです。",
            ),
            TargetNote(
                AT - timedelta(days=88),
                "Марія Ґалаґан",
                "set",
                "2026-Q4",
                Decimal(50000000),
                "Osaka moves to next quarter.",
            ),
            TargetNote(AT - timedelta(days=87), "髙橋 美咲", "accept", "2026-Q4"),
        ),
    )


def qualified() -> KpiSheet:
    """A count of deals that reach a stage."""
    values = ("21", "25", "24", "30", "33", "31", "36", "40")
    return KpiSheet(
        key="qualified",
        name="Qualified opportunities",
        metric=MetricId.DEALS_REACHING_STAGE.value,
        definition=definition(MetricId.DEALS_REACHING_STAGE),
        unit=Unit.COUNT,
        currency=None,
        direction=Direction.UP,
        now=point("2026-Q4", "38", "45", n=38),
        expected=Decimal(39),
        pace=Decimal("0.974"),
        gap=Decimal("-0.022"),
        status="close",
        answer="set",
        trend=tuple(point(q, v, "35") for q, v in zip(QUARTERS, values, strict=True)),
        prior_year=point("2025-Q4", "33", "35"),
    )


def rate() -> KpiSheet:
    """A win rate with its interval."""
    now = PeriodPoint(
        "2026-Q4",
        date(2026, 10, 1),
        date(2027, 1, 1),
        Figure(Decimal(9) / Decimal(29), n=29, low=Decimal("0.172"), high=Decimal("0.492")),
        Decimal("0.35"),
        Decimal("0.886700"),
        is_over=False,
    )
    values = ("0.28", "0.31", None, "0.35", "0.33", "0.29", "0.36", "0.41")
    return KpiSheet(
        key="win_rate",
        name="Win rate",
        metric=MetricId.WIN_RATE.value,
        definition=definition(MetricId.WIN_RATE),
        unit=Unit.RATIO,
        currency=None,
        direction=Direction.UP,
        now=now,
        status="behind",
        missing=("2026-12",),
        trend=tuple(point(q, v, "0.35", n=26) for q, v in zip(QUARTERS, values, strict=True)),
        prior_year=point("2025-Q4", "0.33", "0.35"),
    )


def unknown() -> KpiSheet:
    """A KPI with neither target nor history."""
    return KpiSheet(
        key="cycle",
        name="Average sales cycle",
        metric=MetricId.SALES_CYCLE_DAYS.value,
        definition=definition(MetricId.SALES_CYCLE_DAYS),
        unit=Unit.DAYS,
        currency=None,
        direction=Direction.DOWN,
        now=point("2026-Q4", None),
    )


def deals() -> tuple[Deals, Deals, Deals]:
    """Open, won, lost."""
    accounts = ("大阪ガス株式会社", "Київстар", "삼성물산", "Łódzkie Zakłady", "Acme & Sons <Ltd>")
    stages = ("Qualified", "Proposal", "Negotiation")
    some = tuple(
        _deal(
            100 + n,
            f"{('Renewal', 'Expansion of the southern warehouse', '新規導入', 'Розширення')[n % 4]} {n + 1}",
            accounts[n % 5],
            stages[n % 3],
            8_200_000 - 430_000 * n,
            opened_on=date(2026, 8, 3),
            expected_on=date(2026, 12, 1) + timedelta(days=4 * n),
            words=("Send the revised quote", "", "Legal review")[n % 3],
        )
        for n in range(15)
    )
    won = tuple(
        _deal(
            n,
            name,
            accounts[n],
            "Won",
            minor,
            opened_on=date(2026, 7, 1 + n),
            closed_on=date(2026, 11, 3 + n),
        )
        for n, (name, minor) in enumerate(
            (
                ("基幹システム更新", 12_400_000),
                ("Logistics suite", 7_900_000),
                ("Портал партнерів", 5_150_000),
            )
        )
    )
    lost = tuple(
        _deal(
            n + 10,
            name,
            accounts[4 - n],
            "Lost",
            minor,
            opened_on=date(2026, 6, 9),
            closed_on=date(2026, 12, 2),
            words=why,
        )
        for n, (name, minor, why) in enumerate(
            (
                ("Plant 4", 6_300_000, "Price"),
                ("창고 자동화", 4_000_000, "No decision"),
                ("𠮷野家 POS", None, ""),
            )
        )
    )
    return (
        Deals(some, 23, Money("JPY", 96_450_000)),
        Deals(won, 17, Money("JPY", 41_000_000)),
        Deals(lost, 20, None),
    )


def content(**changes: object) -> PackContent:
    """A pack's content with everything in it."""
    open_deals, won, lost = deals()
    values: dict[str, object] = {
        "organisation": "Example Trading",
        "person": "髙橋 美咲",
        "title": "Account executive",
        "team": "Tokyo North",
        "manager": "Марія Ґалаґан",
        "period": "2026-Q4",
        "start": date(2026, 10, 1),
        "end": date(2027, 1, 1),
        "next_period": "2027-Q1",
        "as_of": AT,
        "as_of_day": date(2026, 12, 18),
        "zone": "Asia/Tokyo",
        "recorded_until": AT - timedelta(hours=5),
        "elapsed": Decimal("0.864"),
        "kpis": (revenue(), qualified(), rate(), unknown()),
        "figures": (
            LineFigure(
                "average_deal_size",
                definition(MetricId.AVERAGE_DEAL_SIZE),
                Unit.MONEY,
                "JPY",
                Figure(Decimal("2411764.705882"), n=17),
                Figure(Decimal(2200000), n=20),
            ),
            LineFigure(
                "sales_cycle_days",
                definition(MetricId.SALES_CYCLE_DAYS),
                Unit.DAYS,
                None,
                Figure(Decimal("84.529412"), n=17, median=Decimal(80)),
                Figure(None, reason="no-deals-won"),
            ),
        ),
        "ladders": (
            Ladder(
                "New business",
                (
                    Rung(
                        "Qualified",
                        Unit.COUNT,
                        Decimal(38),
                        Decimal(45),
                        9,
                        Decimal(31_000_000),
                        "JPY",
                    ),
                    Rung(
                        "Proposal",
                        Unit.COUNT,
                        Decimal(13),
                        Decimal(22),
                        8,
                        Decimal(40_450_000),
                        "JPY",
                        is_limit=True,
                    ),
                    Rung(
                        "Negotiation",
                        Unit.COUNT,
                        Decimal(9),
                        Decimal(10),
                        6,
                        Decimal(25_000_000),
                        "JPY",
                    ),
                    Rung("Won", Unit.COUNT, Decimal(17)),
                ),
                (
                    Passage("Qualified", 38, 13, 9),
                    Passage("Proposal", 13, 9, 2),
                    Passage("Negotiation", 9, 6, 3),
                ),
            ),
        ),
        "open": open_deals,
        "won": won,
        "lost": lost,
        "hygiene": Hygiene(Deals(open_deals.named[:4], 4, Money("JPY", 30_220_000)), 2, 1, 8, 5, 7),
        "next_targets": (
            NextTarget("Won revenue", Unit.MONEY, "JPY", Decimal(54000000), "set"),
            NextTarget("Qualified opportunities", Unit.COUNT, None, None, None, ("2027-01",)),
        ),
        "decisions": (
            Decision(
                "Two joint calls a week on proposals over ¥5 M", "Марія Ґалаґан", date(2027, 1, 15)
            ),
            Decision("提案書のテンプレートを見直す", "髙橋 美咲"),
        ),
        "changes": (
            Change(
                "Won revenue", "actual", Unit.MONEY, "JPY", Decimal(39500000), Decimal(41000000)
            ),
        ),
    } | changes
    return PackContent(**values)  # type: ignore[arg-type]


def pack(of: PackContent | None = None, *sign_offs: SignOff) -> ReviewPack:
    """An issued pack, signed off by the rep where nobody is named."""
    of = of or content()
    given = sign_offs or (
        SignOff(
            Side.REP,
            of.person,
            AT + timedelta(days=1),
            "数字は確認しました。\nOsaka should count for Q1.",
        ),
    )
    return ReviewPack(
        id=PackId(12),
        number=number_of(12, 2),
        issue=2,
        person_id=PersonId(1),
        content=of,
        language="en",
        paper="a4",
        digest=of.digest,
        issued_at=AT + timedelta(hours=1),
        issued_by="Марія Ґалаґан",
        supersedes=number_of(12, 1),
        sign_offs=given,
    )
