import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.metrics.registry import Direction, Unit
from spm.domain.money import Money
from spm.domain.packs import choice as packs
from spm.domain.packs.content import (
    Deals,
    Decision,
    Definition,
    Figure,
    KpiSheet,
    Ladder,
    PackContent,
    PackDeal,
    PackUnreadable,
    Passage,
    PeriodPoint,
    Rung,
    TargetNote,
)

AT = datetime(2026, 12, 18, 9, 30, tzinfo=UTC)
DEFINITION = Definition("Won revenue", "Sum", ("Rule.",), "The field.")


def _point(value: str | None, target: str | None = None) -> PeriodPoint:
    return PeriodPoint(
        "2026-Q4",
        date(2026, 10, 1),
        date(2027, 1, 1),
        Figure(None if value is None else Decimal(value), n=3),
        None if target is None else Decimal(target),
    )


def _sheet(key: str = "won_revenue", value: str | None = "41.50", target: str = "50") -> KpiSheet:
    return KpiSheet(
        key=key,
        name="Won revenue",
        metric="won_revenue",
        definition=DEFINITION,
        unit=Unit.MONEY,
        currency="EUR",
        direction=Direction.UP,
        now=_point(value, target),
        trend=(_point("1.10"), _point(None)),
        log=(TargetNote(AT, "Ольга", "set", "2026-Q4", Decimal("50.000000"), "Ряд\nдругий"),),
    )


def _content(*sheets: KpiSheet) -> PackContent:
    return PackContent(
        organisation="Example",
        person="髙橋 𠮷",
        title="",
        team="North",
        manager="Ольга",
        period="2026-Q4",
        start=date(2026, 10, 1),
        end=date(2027, 1, 1),
        next_period="2027-Q1",
        as_of=AT,
        as_of_day=date(2026, 12, 18),
        zone="Asia/Tokyo",
        recorded_until=None,
        elapsed=Decimal("0.864"),
        kpis=sheets,
        ladders=(
            Ladder("Sales", (Rung("Proposal", Unit.COUNT, Decimal(3)),), (Passage("P", 5, 2, 1),)),
        ),
        open=Deals((PackDeal(1, "D", "A", "P", Money("JPY", 5), date(2026, 1, 1)),), 1, None),
        decisions=(Decision("Call", "Ольга", date(2027, 1, 5)), Decision("x")),
    )


def test_a_content_comes_back_from_json_exactly() -> None:
    content = _content(_sheet(), _sheet("win_rate", None))

    stored = json.loads(json.dumps(content.to_json()))

    assert PackContent.from_json(stored) == content
    assert str(PackContent.from_json(stored).kpis[0].now.figure.value) == "41.50"


@given(
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.datetimes(timezones=st.just(UTC)),
)
def test_any_value_name_and_instant_comes_back(value: Decimal, name: str, at: datetime) -> None:
    sheet = replace(_sheet(), now=replace(_point("1"), figure=Figure(value)), name=name)
    content = replace(_content(sheet), as_of=at)

    back = PackContent.from_json(json.loads(json.dumps(content.to_json())))

    assert back == content
    assert str(back.kpis[0].now.figure.value) == str(value)


def test_a_field_that_an_older_pack_does_not_have_takes_its_default() -> None:
    stored = _content().to_json()
    del stored["decisions"], stored["hygiene"]

    assert PackContent.from_json(stored).decisions == ()


@pytest.mark.parametrize(
    "change",
    [
        {"kpis": [{"key": 1}]},
        {"start": "never"},
        {"elapsed": "much"},
        {"person": 7},
        {"form": "1"},
        {"kpis": None},
        {"surprise": 1},
    ],
    ids=str,
)
def test_anything_else_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(PackUnreadable):
        PackContent.from_json(_content().to_json() | change)


def test_the_digest_is_that_of_the_content_and_not_of_what_it_replaces() -> None:
    content = _content(_sheet())
    changed = replace(content, changes=packs.changes_between(_content(), content))

    assert changed.changes
    assert changed.digest == content.digest
    assert replace(content, person="x").digest != content.digest
    assert len(content.digest) == 64


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ((_sheet(),), (_sheet(),), []),
        ((_sheet(value="40"),), (_sheet(),), [("actual", "40", "41.50")]),
        ((_sheet(target="60"),), (_sheet(),), [("target", "60", "50")]),
        ((_sheet(value=None),), (_sheet(),), [("actual", None, "41.50")]),
        ((), (_sheet(),), [("kpi", None, "41.50")]),
        ((_sheet(),), (), [("kpi", "41.50", None)]),
    ],
)
def test_a_new_issue_says_what_changed(
    before: tuple[KpiSheet, ...],
    after: tuple[KpiSheet, ...],
    changes: list[tuple[str, str | None, str | None]],
) -> None:
    found = packs.changes_between(_content(*before), _content(*after))

    said = [
        (
            c.part,
            None if c.before is None else str(c.before),
            None if c.after is None else str(c.after),
        )
        for c in found
    ]
    assert said == changes


@pytest.mark.parametrize(
    ("entered", "advanced", "still", "rate", "is_small"),
    [
        (52, 24, 9, "0.558140", False),
        (5, 2, 1, "0.5", True),
        (3, 0, 3, None, True),
        (0, 0, 0, None, True),
    ],
)
def test_a_conversion_is_of_the_decided_deals(
    entered: int, advanced: int, still: int, rate: str | None, is_small: bool
) -> None:
    passage = Passage("Proposal", entered, advanced, still)

    if rate is None:
        assert passage.rate is None
        assert passage.interval is None
    else:
        assert passage.rate is not None
        assert round(passage.rate, 6) == Decimal(rate)
    assert passage.is_small is is_small


def _deal(number: int, minor: int | None, currency: str = "USD") -> PackDeal:
    amount = None if minor is None else Money(currency, minor)
    return PackDeal(number, "D", "", "", amount, expected_on=date(2026, 1, number))


def test_the_largest_deals_come_first_and_all_are_counted() -> None:
    found = packs.largest([_deal(1, 5), _deal(2, None), _deal(3, 9), _deal(4, 5)], 3)

    assert [deal.id for deal in found.named] == [3, 1, 4]
    assert (found.count, found.total) == (4, Money("USD", 19))


def test_amounts_in_two_currencies_are_not_added() -> None:
    assert packs.largest([_deal(1, 5), _deal(2, 5, "EUR")], 3).total is None
    assert packs.largest([], 3) == Deals()


def test_the_deals_that_are_past_their_date_longest_come_first() -> None:
    assert [d.id for d in packs.longest_past([_deal(3, 1), _deal(1, 1), _deal(2, 1)], 2).named] == [
        1,
        2,
    ]


@pytest.mark.parametrize(
    ("person", "name"),
    [
        ("Jillian Carson", "review-jillian-carson-2026-Q4-P-000001-1.pdf"),
        ("髙橋 𠮷", "review-髙橋-𠮷-2026-Q4-P-000001-1.pdf"),
        ("Андрій Їжакевич", "review-андрій-їжакевич-2026-Q4-P-000001-1.pdf"),
        ("Łukasz Żółć", "review-lukasz-zolc-2026-Q4-P-000001-1.pdf"),
        ("\u202eevil\u2066/..", "review-evil-2026-Q4-P-000001-1.pdf"),
        ('../"; rm -rf\r\n', "review-rm-rf-2026-Q4-P-000001-1.pdf"),
        ("x" * 300, f"review-{'x' * 40}-2026-Q4-P-000001-1.pdf"),
    ],
)
def test_a_file_name_holds_letters_and_digits_only(person: str, name: str) -> None:
    assert packs.file_name(person, "2026-Q4", packs.number_of(1, 1)) == name


def test_a_file_name_of_a_period_of_dates_has_no_dots_but_the_last() -> None:
    assert packs.file_name("a", "2026-01-01..2026-02-01", "P-000001-1").count(".") == 1


def test_where_the_log_ended_is_kept_but_is_not_what_a_pack_shows() -> None:
    """Else every act would make the same pack another one."""
    plain = _content()
    issued = replace(plain, log_head=f"7:{'a' * 64}")
    assert issued.digest == plain.digest
    assert PackContent.from_json(issued.to_json()) == issued
    older = {name: value for name, value in plain.to_json().items() if name != "log_head"}
    assert PackContent.from_json(older) == plain
