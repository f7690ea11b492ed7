"""Rows to records, under small layouts and the shipped ones."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spm.domain.intake.building import records
from spm.domain.intake.cells import Cell, Issue, Row
from spm.domain.intake.dates import DateOrder, Moment
from spm.domain.intake.deals import path
from spm.domain.intake.finding import FormatFinder
from spm.domain.intake.formats import Formats, Reading
from spm.domain.intake.layouts import Layout, parse, shipped
from spm.domain.intake.mapping import (
    Binding,
    DuplicateHeader,
    RowMapper,
    recognise,
)
from spm.domain.intake.numbers import Amount, DecimalMark
from spm.domain.intake.plan import order
from spm.domain.intake.reasons import Reason
from spm.domain.intake.records import (
    Dates,
    DealRecord,
    ExternalKey,
    PersonRecord,
    ProductRecord,
    Record,
    Reference,
    StageEntry,
    TargetRecord,
)
from spm.domain.intake.schema import Kind

PIPELINE = (
    "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value"
)
ORDERS = "SalesOrderNumber,OrderDate,ProductKey,ResellerKey,EmployeeKey,SalesTerritoryKey,Quantity,Unit Price,Sales,Cost"


def bound(header: str, layouts: Sequence[Layout] | None = None) -> Binding:
    binding = recognise("file.csv", header.split(","), layouts or shipped())
    assert binding is not None
    return binding


def mapped(
    header: str, *rows: str, formats: Formats | None = None, layouts: Sequence[Layout] | None = None
) -> list[Record | Issue]:
    binding = bound(header, layouts)
    lines = [Row(number, tuple(row.split(","))) for number, row in enumerate(rows, 2)]
    return list(records(RowMapper(binding, formats or Formats()), lines))


@pytest.mark.parametrize(
    ("header", "table", "kind"),
    [
        (PIPELINE, "opportunities", Kind.DEAL),
        ("Sales Agent,MANAGER,Regional Office", "teams", Kind.PERSON),
        ("manager,extra,sales-agent", "teams", Kind.PERSON),
        ("account,sector", "accounts", Kind.ACCOUNT),
        ("product,series,sales_price", "products", Kind.PRODUCT),
        (ORDERS, "order-lines", Kind.DEAL),
        ("EmployeeKey,SalesTerritoryKey", "salespeople-territories", Kind.TERRITORY_MEMBER),
        ("EmployeeKey,EmployeeID,Title,UPN,Salesperson", "salespeople", Kind.PERSON),
        ("EmployeeID,TargetAmount,TargetMonth", "targets", Kind.TARGET),
        ("SalesTerritoryKey,Region,Country,Group", "territories", Kind.TERRITORY),
    ],
)
def test_a_file_is_recognised_by_its_header(header: str, table: str, kind: Kind) -> None:
    binding = bound(header)
    assert (binding.table.id, binding.kind) == (table, kind)


@pytest.mark.parametrize("header", ["Table,Field,Description", "a", "", "product", "{"])
def test_an_unknown_header_is_not_recognised(header: str) -> None:
    assert recognise("file.csv", header.split(","), shipped()) is None


def test_a_needed_column_that_occurs_twice_is_an_error() -> None:
    with pytest.raises(DuplicateHeader):
        bound("product,series,sales_price,Product")


def test_other_columns_may_occur_twice_or_have_no_name() -> None:
    assert bound("product,,sales_price,,note,note").unused == ("note", "note")


def test_a_row_becomes_a_deal_with_its_path() -> None:
    (deal,) = mapped(PIPELINE, "1C,Moses Frase,GTXPro,Cancity,Won,2016-10-20,2017-03-01,1054")
    assert deal == DealRecord(
        line=2,
        keys=(ExternalKey("id", "1C"),),
        name="1C",
        owner=Reference(Kind.PERSON, "name", "Moses Frase", "sales_agent", may_create=True),
        path=(
            StageEntry("Prospecting", None),
            StageEntry("Engaging", Moment(date(2016, 10, 20))),
            StageEntry("Won", Moment(date(2017, 3, 1))),
        ),
        account=Reference(Kind.ACCOUNT, "name", "Cancity", "account", may_create=True),
        product=Reference(Kind.PRODUCT, "name", "GTXPro", "product", may_create=True),
        amount=Amount(Decimal(1054), None),
    )


def test_an_undated_open_deal_has_an_undated_path_and_a_warning_for_its_blank_account() -> None:
    warning, deal = mapped(PIPELINE, "1C,Moses Frase,MG Special,,Prospecting,,,")
    assert isinstance(warning, Issue)
    assert (warning.reason, warning.is_refusal, warning.line) == ("blank-value", False, 2)
    assert isinstance(deal, DealRecord)
    assert deal.path == (StageEntry("Prospecting", None),)
    assert deal.amount is None


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("1C,Moses,P,A,Won,2016-13-20,2017-03-01,1", "engage_date", "2016-13-20", "not-a-date"),
        ("1C,Moses,P,A,Won,2016-10-20,2017-03-01,x", "close_value", "x", "not-a-number"),
        ("1C,Moses,P,A,Gone,2016-10-20,2017-03-01,1", "deal_stage", "Gone", "unknown-stage"),
        ("1C,,P,A,Won,2016-10-20,2017-03-01,1", "sales_agent", "", "missing-value"),
        (",Moses,P,A,Won,2016-10-20,2017-03-01,1", "opportunity_id", "", "missing-value"),
        ("1\x00,Moses,P,A,Won,2016-10-20,2017-03-01,1", "opportunity_id", "1�", "bad-character"),
        (f"{'x' * 201},M,P,A,Won,2016-10-20,2017-03-01,1", "opportunity_id", None, "too-long"),
    ],
)
def test_a_bad_cell_is_reported_with_its_place(
    row: str, column: str, value: str | None, reason: str
) -> None:
    (issue,) = mapped(PIPELINE, row)
    assert isinstance(issue, Issue)
    assert (issue.file, issue.line, issue.column, issue.reason) == ("file.csv", 2, column, reason)
    assert issue.is_refusal
    assert value is None or issue.value == value


def test_every_bad_cell_of_a_row_is_reported() -> None:
    found = mapped(PIPELINE, "1C,,P,A,Won,x,y,z")
    assert [issue.column for issue in found if isinstance(issue, Issue)] == [
        "sales_agent",
        "close_date",
        "close_value",
        "engage_date",
    ]


def test_the_second_row_of_a_key_is_refused() -> None:
    row = "1C,M,P,A,Won,2016-10-20,2017-03-01,1"
    deal, issue = mapped(PIPELINE, row, row)
    assert isinstance(deal, DealRecord)
    assert isinstance(issue, Issue)
    assert (issue.line, issue.reason, issue.facts) == (3, "duplicate-key", {"first": 2})


def test_a_person_has_the_ids_of_both_spaces() -> None:
    (person,) = mapped(
        "EmployeeKey,EmployeeID,Title,UPN,Salesperson", "288,399,Representative,j@x.com,José"
    )
    assert isinstance(person, PersonRecord)
    assert person.keys == (ExternalKey("EmployeeKey", "288"), ExternalKey("EmployeeID", "399"))


def test_a_target_is_of_a_month() -> None:
    (target,) = mapped("EmployeeID,TargetAmount,TargetMonth", "399,500000,2017/12/01")
    assert isinstance(target, TargetRecord)
    assert (target.month, target.value) == (date(2017, 12, 1), Amount(Decimal(500000), None))


def test_lines_of_a_deal_are_gathered_wherever_they_stand() -> None:
    first, second = mapped(
        ORDERS,
        "S1,2017/08/25,235,312,282,4,2,28.84,57.68,63.45",
        "S2,2017/08/26,235,312,282,4,1,28.84,28.84,31.72",
        "S1,2017/08/25,351,312,282,4,2,2024.99,4049.98,3796.19",
    )
    assert isinstance(first, DealRecord)
    assert isinstance(second, DealRecord)
    assert [line.amount.value for line in first.lines] == [Decimal("57.68"), Decimal("4049.98")]
    assert first.path == (StageEntry("Ordered", Moment(date(2017, 8, 25))),)
    assert len(second.lines) == 1


@pytest.mark.parametrize(
    "bad",
    [
        "S1,2017/08/25,351,312,282,4,2,2024.99,many,3796.19",
        "S1,2017/08/26,351,312,282,4,2,2024.99,4049.98,3796.19",
        "S1,2017/08/25,351,312,283,4,2,2024.99,4049.98,3796.19",
    ],
)
@pytest.mark.parametrize("bad_comes_first", [True, False])
def test_a_refused_line_refuses_the_whole_deal(bad: str, bad_comes_first: bool) -> None:
    good = "S1,2017/08/25,235,312,282,4,2,28.84,57.68,63.45"
    rows = (bad, good) if bad_comes_first else (good, bad)
    found = mapped(ORDERS, *rows, "S2,2017/08/26,235,312,282,4,1,28.84,28.84,31.72")
    assert [deal.name for deal in found if isinstance(deal, DealRecord)] == ["S2"]
    assert [i.reason for i in found if isinstance(i, Issue)][-1] == "deal-incomplete"


def test_a_line_of_the_wrong_length_refuses_its_deal() -> None:
    binding = bound(ORDERS)
    cells = ("S1", "2017/08/25", "235", "312", "282", "4", "2", "28.84", "57.68", "63.45")
    rows = [Row(2, cells), Row(3, (*cells[:5], "", "", "", "", ""), Reason.SHORT_ROW)]
    found = list(records(RowMapper(binding, Formats()), rows))
    assert [i.reason for i in found if isinstance(i, Issue)] == ["short-row", "deal-incomplete"]
    assert len(found) == 2


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_the_apostrophe_of_our_own_exports_is_taken_off(sign: str) -> None:
    (product,) = mapped("product,series,sales_price", f"'{sign}1+1,'{sign}x,5")
    assert isinstance(product, ProductRecord)
    assert (product.name, product.family) == (f"{sign}1+1", f"{sign}x")


def test_formats_are_found_over_the_file() -> None:
    finder = FormatFinder(bound(PIPELINE))
    rows = ["1,M,P,A,Won,03/04/2017,25/12/2017,1", "2,M,P,A,Won,03/04/2017,05/06/2017,2"]
    for number, row in enumerate(rows):
        finder.look(Row(number, tuple(row.split(","))))
    assert finder.formats(Reading(), ",") == Formats(DecimalMark.POINT, DateOrder.DMY)


@pytest.mark.parametrize(
    ("delimiter", "mark", "order_"),
    [
        (",", DecimalMark.POINT, DateOrder.MDY),
        (";", DecimalMark.COMMA, DateOrder.DMY),
    ],
)
def test_what_nothing_decides_is_a_guess_and_said_so(
    delimiter: str, mark: DecimalMark, order_: DateOrder
) -> None:
    finder = FormatFinder(bound(PIPELINE))
    finder.look(Row(2, ("1", "M", "P", "A", "Won", "03/04/2017", "05/06/2017", "1.234")))
    assert finder.formats(Reading(), delimiter) == Formats(
        mark, order_, is_decimal_ambiguous=True, is_date_ambiguous=True
    )
    said = finder.formats(Reading(decimal_mark=COMMA_MARK, date_order=DateOrder.DMY), delimiter)
    assert said == Formats(COMMA_MARK, DateOrder.DMY)


COMMA_MARK = DecimalMark.COMMA
D1, D2, D3 = (Moment(date(2017, month, 1)) for month in (1, 2, 3))
FIVE = parse(
    """
id = "five"
title = "Five stages"
[pipeline]
name = "Five"
[[pipeline.stages]]
name = "A"
kind = "open"
probability_bp = 1
[[pipeline.stages]]
name = "B"
kind = "open"
probability_bp = 2
entered = "b"
[[pipeline.stages]]
name = "C"
kind = "open"
probability_bp = 3
entered = "c"
[[pipeline.stages]]
name = "W"
kind = "won"
[[pipeline.stages]]
name = "L"
kind = "lost"
[[tables]]
id = "t"
title = "T"
kind = "deal"
[tables.columns]
key = "id"
owner = "owner"
stage = "stage"
created = "created"
closed = "closed"
""",
    "five.toml",
)


@pytest.mark.parametrize(
    ("stage", "created", "entered", "closed", "expected"),
    [
        ("A", D1, {}, None, [("A", D1)]),
        ("B", D1, {"B": D2}, None, [("A", D1), ("B", D2)]),
        ("C", D1, {"B": D2}, None, [("A", D1), ("B", D2), ("C", D2)]),
        ("C", D1, {"B": D3, "C": D2}, None, [("A", D1), ("C", D2)]),
        ("W", D1, {"B": D3}, D2, [("A", D1), ("W", D2)]),
        ("W", D3, {}, D1, [("A", D3), ("W", D1)]),
        ("W", D1, {"B": D2, "C": None}, D3, [("A", D1), ("B", D2), ("W", D3)]),
        ("W", None, {}, D3, [("W", D3)]),
        ("L", D1, {"C": D2}, None, [("A", None), ("C", None), ("L", None)]),
        ("B", D1, {"B": D2, "C": D3}, None, [("A", D1), ("B", D2)]),
        ("B", None, {"B": D2}, None, [("B", D2)]),
        ("B", None, {}, None, [("B", None)]),
    ],
)
def test_a_path_holds_what_the_dates_say(
    stage: str,
    created: Moment | None,
    entered: dict[str, Moment | None],
    closed: Moment | None,
    expected: list[tuple[str, Moment | None]],
) -> None:
    pipeline = FIVE.pipeline
    assert pipeline is not None
    now = next(known for known in pipeline.stages if known.name == stage)
    dated = tuple((name, moment) for name, moment in entered.items() if moment is not None)
    found = path(pipeline, now, Dates(created, closed, entered=dated))
    assert [(entry.stage, entry.at) for entry in found] == expected


def test_a_close_date_on_an_open_deal_is_the_expected_one() -> None:
    (deal,) = mapped(
        "id,owner,stage,created,closed,b,c",
        "1,M,B,2017-01-01,2017-09-01,2017-02-01,",
        layouts=[FIVE],
    )
    assert isinstance(deal, DealRecord)
    assert deal.expected_close_on == date(2017, 9, 1)
    assert deal.stage == "B"


def test_what_is_referred_to_is_loaded_first() -> None:
    headers = [PIPELINE, "product,series,sales_price", "account,sector", "sales_agent,manager"]
    found = order(bound(header) for header in headers)
    assert [b.kind for b in found] == [Kind.PERSON, Kind.ACCOUNT, Kind.PRODUCT, Kind.DEAL]


CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["Won", "2017-03-01", "1", "", "Engaging", "'=1", "S1"]),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.booleans(),
)


@given(st.lists(st.tuples(*[CELLS] * 10), max_size=6), st.sampled_from([PIPELINE, ORDERS]))
def test_any_rows_become_records_or_issues(rows: list[tuple[Cell, ...]], header: str) -> None:
    binding = bound(header)
    width = header.count(",") + 1
    lines = [Row(number, cells[:width]) for number, cells in enumerate(rows, 2)]
    finder = FormatFinder(binding)
    for line in lines:
        finder.look(line)
    found = list(records(RowMapper(binding, finder.formats(Reading(), ",")), lines))
    assert all(isinstance(one, DealRecord | Issue) for one in found)
    if header == PIPELINE:
        refused = {one.line for one in found if isinstance(one, Issue) and one.is_refusal}
        loaded = {one.line for one in found if isinstance(one, DealRecord)}
        summed_up = {
            one.line for one in found if isinstance(one, Issue) and one.reason is Reason.TOTALS
        }
        assert refused | loaded | summed_up == {line.line for line in lines}
        assert len(refused) + len(loaded) + len(summed_up) == len(lines)


def deals_of(header: str, row: str) -> DealRecord:
    (deal,) = mapped(header, row)
    assert isinstance(deal, DealRecord)
    return deal


def test_the_name_of_a_column_of_money_may_say_its_currency() -> None:
    deal = deals_of("ID,Owner,Stage,Betrag (EUR)", "1,Ann,Open,1200")
    assert deal.amount == Amount(Decimal(1200), "EUR")


def test_a_cell_and_a_column_of_currencies_say_more_than_a_name() -> None:
    deal = deals_of("ID,Owner,Stage,Amount (EUR)", "1,Ann,Open,1200 USD")
    assert deal.amount == Amount(Decimal(1200), "USD")
    deal = deals_of("ID,Owner,Stage,Amount (EUR),Currency", "1,Ann,Open,1200,USD")
    assert (deal.amount, deal.currency) == (Amount(Decimal(1200), None), "USD")


def test_a_column_that_has_the_plain_name_comes_before_one_that_adds_a_currency() -> None:
    deal = deals_of("ID,Owner,Stage,Amount (USD),Amount", "1,Ann,Open,7,8")
    assert deal.amount == Amount(Decimal(8), None)


def test_dates_of_winning_and_losing_may_have_columns_of_their_own() -> None:
    header = "ID,Owner,Stage,Status,Amount,Date Won,Date Lost"
    won = deals_of(header, "1,Ann,Open,Won,5,2026-02-10,")
    lost = deals_of(header, "1,Ann,Open,Lost,5,,2026-03-01")
    assert won.path[-1] == StageEntry("Won", Moment(date(2026, 2, 10)))
    assert lost.path[-1] == StageEntry("Lost", Moment(date(2026, 3, 1)))
