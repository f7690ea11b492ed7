"""What the demo company sells, to whom, and how its deals go: a simulation from a seed."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PRODUCTS = (
    # name, family, list price in euros, how often it is what somebody wants
    ("Lumen 20 photometer", "Lumen", 4_900, 9),
    ("Lumen 60 photometer", "Lumen", 11_800, 7),
    ("Spectra S2 spectrometer", "Spectra", 28_500, 6),
    ("Spectra S4 spectrometer", "Spectra", 46_000, 4),
    ("Axis goniometer", "Axis", 19_400, 4),
    ("Axis Pro goniometer", "Axis", 38_700, 2),
    ("Calibration service", "Services", 3_200, 6),
    ("Meridian Cloud, one year", "Services", 7_600, 5),
)

ACCOUNTS = {
    "Western Europe": (
        "Alpenglas GmbH",
        "Brouwer Optiek",
        "Cégep Instruments",
        "Dunkerque Céramique",
        "Eiffel Photonics",
        "Fraunberg Labor",
        "Gästrup Lys",
        "Hélios Énergie",
        "Isar Halbleiter",
        "Joule & Fils",
        "Kröller Medizintechnik",
        "Lagrange Mesure",
        "Móstoles Vidrio",
        "Nordlicht Werke",
        "Ostra Präzision",
        "Porto Cerâmica",
        "Quarzwerk Süd",
        "Rhône Optique",
        "Świt Laboratoria",
        "Tibidabo Óptica",
        "Übersee Analytik",
        "Vltava Sklo",
        "Wien Photonik",
    ),
    "Eastern Europe": (
        "Азов Прилад",
        "Бескид Лабораторія",
        "Вектор-Оптика",
        "Галицьке скло",
        "Дніпро Аналітика",
        "Електрон-Захід",
        "Є-Лаб",
        "Закарпаття Медтехніка",
        "Їстра Енергія",
        "Карпати Оптик",
        "Львівський метрологічний центр",
        "Мотор-Захід",
        "Ніка Діагностика",
        "Оболонь Пак",
        "Полтава Кераміка",
        "Рівне Фарм",
        "Січ Прилад",
        "Тернопіль Світло",
        "Фотон-Київ",
        "Хортиця Сталь",
    ),
    "Japan": (
        "青山光学",
        "伊豆ガラス工業",
        "宇治精密",
        "江戸川計測",
        "大阪フォトニクス",
        "神戸電子材料",
        "京都セラミック研究所",
        "札幌分析センター",
        "信州レンズ",
        "瀬戸内化学",
        "千葉ディスプレイ",
        "東海計器",
        "長崎マリンテック",
        "日光照明",
        "浜松センサー",
        "広島自動車部品",
        "福岡半導体",
        "横浜メディカル",
        "琉球バイオ",
        "若松製作所",
    ),
    "Korea": (
        "가람전자",
        "나래광학",
        "다온디스플레이",
        "라온바이오",
        "마루정밀",
        "미르반도체",
        "바른계측",
        "보람의료기기",
        "사하화학",
        "서울분석센터",
        "아라소재",
        "여울에너지",
        "은하조명",
        "자람제약",
        "차온세라믹",
        "초록환경",
        "큰빛유리",
        "태백금속",
        "포항소재연구소",
        "한빛센서",
    ),
}

SOURCES = (("Referral", 3), ("Advertising", 3), ("Cold call", 2), ("Trade fair", 2), ("Website", 4))

STAGES = ("Prospecting", "Qualification", "Proposal", "Decision")
"""Open stages in order; after the last comes won, and lost from anywhere."""
WON, LOST = "Won", "Lost"

_ADVANCES = (0.62, 0.66, 0.64, 0.70)
_MEDIAN_DAYS = (9.0, 13.0, 17.0, 11.0)
_LOSS_REASONS = ("Price", "No budget", "Competitor", "No decision", "Timing")

_LOSS_NOTES = {
    "Price": (
        "We quoted before we knew what the old instrument costs them a year; ask at once.",
        "Procurement compared list prices. The service contract would have made the difference.",
    ),
    "No budget": (
        "The laboratory wanted it, the budget was decided in spring. Come back in February.",
        "Nobody had asked who signs. The head of finance heard of us a week before the decision.",
    ),
    "Competitor": (
        "They could demonstrate on the customer's own samples two weeks earlier.",
        "The other side trained the operators for nothing. We offered that too late.",
    ),
    "No decision": (
        "Our contact changed jobs and we knew nobody else. Two contacts from the proposal on.",
        "No date had been agreed by which it was needed.",
    ),
    "Timing": (
        "The move to the new building comes first. Call again when it is done.",
        "We pressed for this quarter; they felt pressed.",
    ),
}
"""What people wrote down about a loss, by its reason; for two losses in three nobody did."""


def loss_notes(reason: str, number: int) -> str:
    """Return what was written down about the loss of the deal of that number, if anything."""
    said = _LOSS_NOTES.get(reason, ())
    return said[number // 3 % len(said)] if said and number % 3 == 0 else ""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a deal. Only what the change sets is not None."""

    at: datetime
    kind: str
    stage: str | None = None
    amount: int | None = None
    expected_close_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """A deal from its creation to wherever it has come: the first step creates it."""

    account: str
    product: str
    source: str
    next_step: str
    loss_reason: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Seller:
    """What the simulation knows of a rep: how well they advance deals and how many they find."""

    skill: float
    deals_a_week: float
    size: float


class Market:
    """Deals of one territory, one rep after the other, from one stream of chance."""

    def __init__(self, chance: random.Random, territory: str, zone: str) -> None:
        """Draw from ``chance`` only, so that the same seed tells the same stories."""
        self._chance = chance
        self._accounts = ACCOUNTS[territory]
        self._zone = ZoneInfo(zone)

    def stories(self, seller: Seller, start: date, until: datetime) -> Iterator[Story]:
        """Yield the deals that ``seller`` opened from ``start`` up to ``until``, oldest first."""
        day = float(start.toordinal())
        while True:
            day += self._chance.expovariate(seller.deals_a_week / 7)
            opened = self._moment(date.fromordinal(int(day)))
            if opened >= until:
                return
            yield self._story(seller, opened, until)

    def _story(self, seller: Seller, opened: datetime, until: datetime) -> Story:
        chance = self._chance
        name, _family, price, _weight = chance.choices(PRODUCTS, [p[3] for p in PRODUCTS])[0]
        amount = self._amount(price * seller.size)
        source = chance.choices([s[0] for s in SOURCES], [s[1] for s in SOURCES])[0]
        planned = (opened + timedelta(days=chance.randint(45, 95))).date()
        steps = [Step(opened, "created", STAGES[0], amount, planned)]
        loss_reason = ""
        at, stage = opened, 0
        while stage < len(STAGES):
            days = _MEDIAN_DAYS[stage] * math.exp(chance.gauss(0, 0.6)) / math.sqrt(seller.skill)
            at = self._moment((at + timedelta(days=max(1.0, days))).date(), after=at)
            if at >= until:
                break
            while planned <= at.date() + timedelta(days=7) and chance.random() < 0.75:
                planned = at.date() + timedelta(days=chance.randint(14, 45))
                steps.append(Step(at, "close_date", expected_close_on=planned))
            if chance.random() > min(0.93, _ADVANCES[stage] * seller.skill):
                loss_reason = chance.choice(_LOSS_REASONS)
                steps.append(Step(at, "stage", LOST, reason=loss_reason))
                break
            stage += 2 if stage == 0 and chance.random() < 0.06 else 1
            steps.append(Step(at, "stage", STAGES[stage] if stage < len(STAGES) else WON))
            if stage == 2 and chance.random() < 0.6:
                amount = self._amount(amount * 1.04)
                steps.append(Step(at, "amount", amount=amount))
            if stage == 3 and chance.random() < 0.05:
                at = self._moment((at + timedelta(days=6)).date(), after=at)
                if at < until:
                    stage = 2
                    steps.append(Step(at, "stage", STAGES[2], reason="New requirements"))
        return Story(
            account=chance.choice(self._accounts),
            product=name,
            source=source,
            next_step="" if chance.random() < 0.15 else chance.choice(_NEXT_STEPS),
            loss_reason=loss_reason,
            steps=tuple(steps),
        )

    def _amount(self, around: float) -> int:
        """Return whole euros near ``around``, rounded as people round."""
        exact = around * math.exp(self._chance.gauss(0, 0.35))
        return max(500, round(exact / 100) * 100)

    def _moment(self, day: date, after: datetime | None = None) -> datetime:
        """Return an instant within office hours of ``day`` or the next working day, past ``after``."""
        while day.weekday() >= 5:
            day += timedelta(days=1)
        clock = time(self._chance.randint(8, 17), self._chance.randint(0, 59))
        moment = datetime.combine(day, clock, self._zone).astimezone(UTC)
        if after is not None and moment <= after:
            moment = after + timedelta(minutes=self._chance.randint(5, 50))
        return moment


_NEXT_STEPS = (
    "Send the revised offer",
    "Demo at the customer's lab",
    "Call procurement",
    "Agree on acceptance tests",
    "Meet the head of quality",
    "Clarify the delivery date",
)
