"""Mappings that are made column by column, and what is suggested to begin with."""

import pytest

from spm.domain.intake.drafts import (
    Draft,
    FieldsMissing,
    FieldTwice,
    draft_of,
    lacks,
    own_id,
    print_of,
    with_table,
)
from spm.domain.intake.layouts import Layout, parse, shipped
from spm.domain.intake.mapping import recognise
from spm.domain.intake.schema import Kind
from spm.domain.intake.suggesting import Basis, Sample, suggest
from spm.domain.intake.toml import text_of

CASES = [
    (
        Kind.DEAL,
        {
            "Vorgangsnr.": ("key", "V-1", "V-2"),
            "Bezeichnung": ("name", "Pumpe", "Ventil"),
            "Kundenname": ("account", "Müller", "Kohl"),
            "Verkäufer (Name)": ("owner", "Ann Ames", "Bo Berg"),
            "Verkaufsphase": ("stage", "Angebot"),
            "Ergebnis": ("status", "gewonnen", "offen"),
            "Auftragswert netto": ("amount", "1.234,50", "99,00"),
            "Währung": ("currency", "EUR"),
            "Erfasst am": ("created", "03.02.2026"),
            "Entscheidungsdatum": ("closed", "01.03.2026"),
            "Bemerkung": (None, "bla"),
        },
    ),
    (
        Kind.DEAL,
        {
            "Deal": ("name", "A", "B"),
            "Rep": ("owner", "x@example.com", "z@example.com"),
            "Stage": ("stage", "Demo", "Won"),
            "Date entered Demo": ("entered", "2026-01-02"),
            "Date entered Proposal": ("entered", "2026-02-02"),
            "Won on": ("won", "2026-03-01"),
            "Size (EUR)": ("amount", "1200", "4,500"),
        },
    ),
    (
        Kind.DEAL,
        {
            "案件名": ("name", "甲"),
            "顧客名": ("account", "乙"),
            "営業担当": ("owner", "山田"),
            "フェーズ": ("stage", "提案"),
            "金額": ("amount", "1,000"),
            "作成日": ("created", "2026年1月2日"),
            "成約日": ("closed", "2026年2月2日"),
        },
    ),
    (
        Kind.DEAL,
        {
            "Угода": ("name", "A"),
            "Клієнт": ("account", "B"),
            "Відповідальний менеджер": ("owner", "Оля"),
            "Етап": ("stage", "КП"),
            "Сума, грн": ("amount", "1 000,00"),
            "Дата створення": ("created", "12.01.2026"),
            "Дата закриття": ("closed", "13.02.2026"),
        },
    ),
    (
        Kind.MOVE,
        {
            "Opp Ref": ("deal.id", "7"),
            "Old stage": ("from_stage", "Demo"),
            "New stage": ("stage", "Offer"),
            "Changed on": ("at", "2026-02-10 09:00"),
            "Changed by": ("owner", "Ann"),
        },
    ),
    (
        Kind.TARGET,
        {
            "Mitarbeiter": ("person", "Ann"),
            "Quartal": ("period", "2026-Q1"),
            "Ziel EUR": ("value", "9.000,00"),
        },
    ),
    (
        Kind.PERSON,
        {
            "Vorname": ("name", "Ann"),
            "Nachname": ("name", "Ames"),
            "E-Mail": ("email", "ann@example.com"),
            "Vorgesetzter": ("manager", "Mia Moor"),
            "Standort": ("office", "Oslo"),
        },
    ),
]
"""Kind, and heading → the field that it is, and values."""


@pytest.mark.parametrize(("kind", "columns"), CASES, ids=lambda case: str(case)[:24])
def test_headings_and_contents_suggest_what_a_file_is(
    kind: Kind, columns: dict[str, tuple[str | None, ...]]
) -> None:
    samples = [
        Sample(header, tuple(filter(None, values)), len(values) > 1)
        for header, (_, *values) in columns.items()
    ]
    found = suggest(samples)
    header = tuple(columns)
    assert found.kind is kind
    assert {header[at]: field for at, (field, _) in found.fields.items()} == {
        name: field for name, (field, *_) in columns.items() if field
    }
    assert lacks(kind, [field for field, _ in found.fields.values()]) == ()

    draft = Draft(kind, header, {at: field for at, (field, _) in found.fields.items()})
    layout = with_table(None, draft, kind.value, "T")
    assert parse(text_of(layout), "own.toml") == layout
    binding = recognise("f", header, [layout])
    assert binding is not None
    assert draft_of(binding, header) == draft


def test_contents_alone_suggest_something() -> None:
    samples = [
        Sample("a", ("1", "2"), is_unique=True),
        Sample("b", ("ann@example.com", "bo@example.com")),
        Sample("c", ("won", "open", "lost")),
        Sample("d", ("10.50", "12.00")),
        Sample("e", ("2026-02-01", "2026-03-01")),
        Sample("f", ("2026-01-01", "2026-01-03")),
    ]
    assert suggest(samples).fields == {
        0: ("key", Basis.CONTENT),
        1: ("owner", Basis.CONTENT),
        2: ("status", Basis.CONTENT),
        3: ("amount", Basis.CONTENT),
        4: ("closed", Basis.CONTENT),
        5: ("created", Basis.CONTENT),
    }


def test_a_date_is_never_suggested_for_an_amount() -> None:
    found = suggest(
        [Sample("Amount", ("2026-01-01",)), Sample("Close Date", ("12.50",))], Kind.DEAL
    )
    assert found.fields.get(0, ("",))[0] != "amount"
    assert found.fields.get(1, ("",))[0] != "closed"


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({0: "key", 1: "stage"}, ["owner"]),
        ({0: "owner", 1: "status"}, ["key"]),
        ({0: "owner", 1: "name"}, ["stage"]),
        ({0: "owner", 1: "name", 2: "stage", 3: "line.product"}, ["line.quantity", "line.amount"]),
    ],
)
def test_what_is_missing_is_said(fields: dict[int, str], missing: list[str]) -> None:
    with pytest.raises(FieldsMissing) as refused:
        with_table(None, Draft(Kind.DEAL, ("a", "b", "c", "d"), fields), "deals", "Deals")
    assert refused.value.facts["missing"] == missing


def test_what_cannot_be_put_together_is_refused() -> None:
    draft = Draft(
        Kind.DEAL, ("a", "b", "c", "d"), {0: "owner", 1: "stage", 2: "amount", 3: "amount"}
    )
    with pytest.raises((FieldTwice, FieldsMissing)):
        with_table(None, draft, "deals", "Deals")
    whole = Draft(Kind.DEAL, ("a", "b", "c", "d", "e"), {**draft.fields, 4: "key"})
    with pytest.raises(FieldTwice):
        with_table(None, whole, "deals", "Deals")


def shipped_layout(name: str) -> Layout:
    return next(layout for layout in shipped() if layout.id == name)


@pytest.mark.parametrize("name", ["salesforce", "pipedrive", "hubspot", "zoho-crm"])
def test_a_shipped_layout_that_is_opened_and_not_changed_reads_the_same(name: str) -> None:
    base = shipped_layout(name)
    table = next(one for one in base.tables if one.kind is Kind.DEAL)
    header = tuple(
        dict.fromkeys(
            header for column in table.columns for header in (column.headers[:1] or column.join)
        )
    ) + tuple(table.needs)
    before = recognise("f", header, [base])
    assert before is not None
    wanted = next(one for one in base.tables if one.id == before.table.id)
    draft = draft_of(before, header)
    after = recognise("f", header, [with_table(base, draft, wanted.id, wanted.title)])
    assert after is not None
    assert {name: column.index for name, column in after.columns.items() if name != "key"} == {
        name: column.index for name, column in before.columns.items() if name != "key"
    }


def test_the_same_columns_in_another_order_have_the_same_print() -> None:
    assert print_of(("A b", "C")) == print_of(("c", "a_B"))
    assert print_of(("A", "B")) != print_of(("A", "B", "C"))
    assert own_id(("A", "B")) == own_id(("b", "a"))
