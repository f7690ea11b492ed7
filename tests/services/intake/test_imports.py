"""Imports as acts: what they write, refuse, change, leave and undo."""

import csv
import io
import os
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.errors import Forbidden
from spm.domain.intake.formats import AS_FOUND
from spm.domain.intake.reasons import Note, Reason
from spm.domain.money import CurrencyUnknown
from spm.models.audit import AuditEntryRow
from spm.models.base import Base
from spm.models.intake import ExternalRefRow, ImportChangeRow, ImportIssueRow, ImportRow
from spm.models.organisation import (
    MembershipRow,
    OrganisationRow,
    PersonRow,
    PostingRow,
    ReportingLineRow,
    RoleGrantRow,
    TeamHeadRow,
    TeamRow,
    TerritoryAssignmentRow,
    TerritoryRow,
)
from spm.models.pipeline import (
    AccountRow,
    DealEventRow,
    DealLineRow,
    DealReachRow,
    DealRow,
    DealStateRow,
    ProductRow,
    StageRow,
)
from spm.models.targets import KpiRow, TargetRow
from spm.services.intake.imports import Options, load
from spm.services.intake.inspection import NothingRecognised, gather, inspect
from spm.services.work import Work
from tests.builders import a_person
from tests.conftest import NOW
from tests.imports import business, import_set, written

TEAMS = """sales_agent,manager,regional_office
Ann Ames,Mia Moor,North
Bob Bell,Mia Moor,North
Cyd Cole,Noa Nash,South
"""
PRODUCTS = "product,series,sales_price\nGTX Pro,GTX,100\nMG One,MG,50.50\n"
ACCOUNTS = """account,sector,year_established,revenue,employees,office_location,subsidiary_of
Acme,retail,1996,1.5,10,Kenya,
Bolt,retail,,,,,Acme
"""
HEAD = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
WON = "D1,Ann Ames,GTXPro,Acme,Won,2017-01-10,2017-02-20,90\n"
LOST = "D2,Ann Ames,MG One,Bolt,Lost,2017-01-11,2017-03-01,0\n"
OPEN = "D3,Bob Bell,GTX Pro,,Engaging,2017-02-01,,\n"
NEW = "D4,Cyd Cole,MG One,Acme,Prospecting,,,\n"
SMALL = {
    "teams.csv": TEAMS,
    "products.csv": PRODUCTS,
    "accounts.csv": ACCOUNTS,
    "deals.csv": HEAD + WON + LOST + OPEN + NEW,
}


def deal(session: Session, key: str) -> DealRow:
    session.expire_all()
    deal_id = session.scalars(
        select(ExternalRefRow.object_id).where(
            ExternalRefRow.kind == "deal:id", ExternalRefRow.external_id == key
        )
    ).one()
    return session.get_one(DealRow, deal_id)


def stage(session: Session, row: DealRow) -> str:
    return session.get_one(StageRow, row.stage_id).name


def test_people_come_with_managers_teams_and_offices(session: Session, tmp_path: Path) -> None:
    import_set(session, written(tmp_path, {"teams.csv": TEAMS}))
    names = {row.id: row.name for row in session.scalars(select(PersonRow))}
    assert sorted(names.values()) == ["Ann Ames", "Bob Bell", "Cyd Cole", "Mia Moor", "Noa Nash"]
    lines = session.scalars(select(ReportingLineRow))
    assert sorted((names[row.person_id], names[row.manager_id]) for row in lines) == [
        ("Ann Ames", "Mia Moor"),
        ("Bob Bell", "Mia Moor"),
        ("Cyd Cole", "Noa Nash"),
    ]
    teams = {row.id: row.name for row in session.scalars(select(TeamRow))}
    heads = session.scalars(select(TeamHeadRow))
    assert sorted((teams[row.team_id], names[row.person_id]) for row in heads) == [
        ("Mia Moor", "Mia Moor"),
        ("Noa Nash", "Noa Nash"),
    ]
    members = session.scalars(select(MembershipRow))
    assert sorted(names[row.person_id] for row in members) == ["Ann Ames", "Bob Bell", "Cyd Cole"]
    assert len(session.scalars(select(PostingRow)).all()) == 3
    roles = {(names[row.person_id], row.role) for row in session.scalars(select(RoleGrantRow))}
    assert ("Mia Moor", "manager") in roles
    assert ("Ann Ames", "rep") in roles
    assert ("Mia Moor", "rep") not in roles


def test_deals_come_with_the_moves_that_their_dates_give(session: Session, tmp_path: Path) -> None:
    import_set(session, written(tmp_path, SMALL))
    won, lost, open_, new = (deal(session, key) for key in ("D1", "D2", "D3", "D4"))
    assert [stage(session, row) for row in (won, lost, open_, new)] == [
        "Won",
        "Lost",
        "Engaging",
        "Prospecting",
    ]
    assert [row.amount_minor for row in (won, lost, open_, new)] == [9000, 5050, 10000, 5050]
    assert [str(row.closed_on) for row in (won, lost)] == ["2017-02-20", "2017-03-01"]
    assert (open_.closed_on, new.opened_on) == (None, None)
    kinds = session.scalars(
        select(DealEventRow.kind).where(DealEventRow.deal_id == won.id).order_by(DealEventRow.id)
    )
    assert list(kinds) == ["created", "stage", "amount", "stage"]
    assert {row.product_id for row in (won, open_)} == {
        session.scalars(select(ProductRow.id).where(ProductRow.name == "GTX Pro")).one()
    }
    assert won.name == "Acme · GTX Pro"
    assert open_.name == "D3 · GTX Pro"


def test_an_account_knows_its_parent_and_a_column_in_millions(
    session: Session, tmp_path: Path
) -> None:
    import_set(session, written(tmp_path, {"accounts.csv": ACCOUNTS}))
    acme, bolt = session.scalars(select(AccountRow).order_by(AccountRow.name))
    assert (acme.annual_revenue_minor, acme.currency, acme.employees) == (150_000_000, "USD", 10)
    assert bolt.parent_id == acme.id
    assert bolt.founded_year is None


def test_one_import_is_one_act_and_its_events_carry_it(session: Session, tmp_path: Path) -> None:
    outcome = import_set(session, written(tmp_path, SMALL))
    entry = session.scalars(select(AuditEntryRow)).one()
    row = session.get_one(ImportRow, outcome.import_id)
    assert (entry.act, entry.object) == ("imports.run", f"import:{row.id}")
    assert entry.after["counts"]["kinds"]["deal"]["created"] == 4
    assert entry.after["digest"] == row.digest
    assert set(session.scalars(select(DealEventRow.act_id))) == {entry.id} == {row.act_id}
    assert row.state == "done"


def test_importing_twice_changes_not_one_row(session: Session, tmp_path: Path) -> None:
    folder = written(tmp_path, SMALL)
    import_set(session, folder)
    before = business(session)
    outcome = import_set(session, folder)
    assert business(session) == before
    assert outcome.counts()["changes"] == 0
    assert not any(
        counts["created"] or counts["updated"] for counts in outcome.counts()["kinds"].values()
    )


def test_a_row_with_two_faults_is_one_refused_row(session: Session, tmp_path: Path) -> None:
    folder = written(tmp_path, {**SMALL, "deals.csv": SMALL["deals.csv"] + TWICE_BAD})
    outcome = import_set(session, folder)
    assert sorted(issue.column for issue in outcome.refusals) == ["close_date", "close_value"]
    assert outcome.refused == 1


def test_a_dry_run_says_the_result_and_leaves_nothing(session: Session, tmp_path: Path) -> None:
    folder = written(tmp_path, SMALL)
    dry = import_set(session, folder, options=Options(is_dry_run=True))
    assert not dry.is_loaded
    for table in Base.metadata.sorted_tables:
        assert session.scalar(select(func.count()).select_from(table)) == 0, table.name
    wet = import_set(session, folder)
    assert dry.counts() == wet.counts()


BAD = "D5,Ann Ames,MG One,Acme,Won,2017-01-10,2017-02-30,90\n"
TWICE_BAD = "D7,Ann Ames,MG One,Acme,Won,2017-01-10,2017-02-30,ninety\n"
UNKNOWN = "D6,Ann Ames,MG One,Acme,Gone,2017-01-10,2017-02-20,90\n"


def test_good_rows_load_and_bad_ones_are_reported(session: Session, tmp_path: Path) -> None:
    folder = written(tmp_path, SMALL | {"deals.csv": HEAD + WON + BAD + OPEN + UNKNOWN})
    outcome = import_set(session, folder)
    assert outcome.is_loaded
    assert session.scalar(select(func.count(DealRow.id))) == 2
    rows = session.scalars(
        select(ImportIssueRow).where(ImportIssueRow.is_refusal).order_by(ImportIssueRow.line)
    )
    assert [(r.file, r.line, r.column_name, r.value, r.reason) for r in rows] == [
        ("deals.csv", 3, "close_date", "2017-02-30", "not-a-date"),
        ("deals.csv", 5, "deal_stage", "Gone", "unknown-stage"),
    ]


def test_all_or_nothing_loads_nothing_but_keeps_the_reasons(
    session: Session, tmp_path: Path
) -> None:
    folder = written(tmp_path, SMALL | {"deals.csv": HEAD + WON + BAD})
    outcome = import_set(session, folder, options=Options(is_all_or_nothing=True))
    assert not outcome.is_loaded
    assert not any(business(session).values())
    assert session.get_one(ImportRow, outcome.import_id).state == "failed"
    assert session.scalar(select(func.count(ImportIssueRow.id)).where(ImportIssueRow.is_refusal))


def test_warnings_of_the_same_words_are_counted(session: Session, tmp_path: Path) -> None:
    outcome = import_set(session, written(tmp_path, SMALL))
    found = {issue.reason: issue.facts for issue in outcome.warnings}
    assert found[Reason.TAKEN_FOR] == {"meant": "GTX Pro", "rows": 1}
    assert found[Reason.BLANK_VALUE] == {"rows": 1}


def test_a_won_deal_without_an_amount_is_worth_a_look(session: Session, tmp_path: Path) -> None:
    blank = {"deals.csv": HEAD + WON.replace(",90\n", ",\n")}
    outcome = import_set(session, written(tmp_path, SMALL | blank))
    found = [issue for issue in outcome.warnings if issue.reason is Reason.MISSING_AMOUNT]
    assert [(issue.line, issue.column, issue.facts) for issue in found] == [
        (2, "close_value", {"rows": 1})
    ]
    assert deal(session, "D1").amount_minor is None


def test_a_deal_of_an_unknown_person_makes_the_person(session: Session, tmp_path: Path) -> None:
    import_set(session, written(tmp_path, {"deals.csv": HEAD + WON}))
    assert deal(session, "D1").owner_id == session.scalars(select(PersonRow.id)).one()


def test_a_person_who_is_there_is_found_by_the_name(session: Session, tmp_path: Path) -> None:
    ann = a_person(session, "Ann Ames")
    import_set(session, written(tmp_path, SMALL))
    assert deal(session, "D1").owner_id == ann.id


# --- changed files -------------------------------------------------------------------------------


def changed(session: Session, tmp_path: Path, old: str, new: str) -> dict[str, ImportChangeRow]:
    """Import the small set, change a line of its deals, import again; return what changed."""
    import_set(session, written(tmp_path / "first", SMALL))
    deals = SMALL["deals.csv"]
    assert old in deals
    outcome = import_set(
        session, written(tmp_path / "second", SMALL | {"deals.csv": deals.replace(old, new)})
    )
    rows = session.scalars(
        select(ImportChangeRow).where(ImportChangeRow.import_id == outcome.import_id)
    )
    return {row.field: row for row in rows}


def test_a_deal_that_moved_on_gets_its_moves(session: Session, tmp_path: Path) -> None:
    log = changed(session, tmp_path, OPEN, "D3,Bob Bell,GTX Pro,,Won,2017-02-01,2017-05-02,80\n")
    row = deal(session, "D3")
    assert (stage(session, row), str(row.closed_on), row.amount_minor) == (
        "Won",
        "2017-05-02",
        8000,
    )
    assert (log["stage_id"].before, log["stage_id"].after) == ("Engaging", "Won")
    assert (log["amount_minor"].before, log["amount_minor"].after) == ("100.00 USD", "80.00 USD")
    assert not any(one.is_local for one in log.values())
    assert not session.scalars(
        select(DealEventRow.id).where(DealEventRow.voided_act_id.is_not(None))
    ).all()


@pytest.mark.parametrize(
    ("old", "new", "column", "value"),
    [
        ("2017-02-20", "2017-02-27", "closed_on", "2017-02-27"),
        ("2017-02-20", "2017-02-13", "closed_on", "2017-02-13"),
        ("2017-01-10", "2017-01-03", "opened_on", "2017-01-03"),
        (",90\n", ",95\n", "amount_minor", "9500"),
        (WON, WON.replace("Won", "Lost").replace("90", "0"), "amount_minor", "10000"),
        (WON, WON.replace("Acme", "Bolt"), "account_id", "2"),
        (WON, "D1,Ann Ames,GTX Pro,Acme,Engaging,2017-01-10,,\n", "closed_on", "None"),
    ],
)
def test_a_corrected_fact_is_corrected(
    session: Session, tmp_path: Path, old: str, new: str, column: str, value: str
) -> None:
    changed(session, tmp_path, old, new)
    row = deal(session, "D1")
    found = getattr(row, column)
    if column == "account_id":
        found = 2 if session.get_one(AccountRow, found).name == "Bolt" else 1
    assert str(found) == value


def test_the_credit_of_a_closed_deal_goes_to_whom_the_source_names(
    session: Session, tmp_path: Path
) -> None:
    changed(session, tmp_path, "D1,Ann Ames", "D1,Cyd Cole")
    cyd = session.scalars(select(PersonRow.id).where(PersonRow.name == "Cyd Cole")).one()
    states = session.scalars(
        select(DealStateRow.credited_owner_id).where(
            DealStateRow.deal_id == deal(session, "D1").id, DealStateRow.closed_on.is_not(None)
        )
    )
    assert set(states) == {cyd}


def test_a_source_that_corrects_itself_is_as_if_it_had_never_erred(
    session: Session, tmp_path: Path
) -> None:
    changed(session, tmp_path, "2017-01-10,2017-02-20", "2017-01-12,2017-02-27")
    reached = session.execute(
        select(StageRow.name, DealReachRow.reached_on)
        .join(StageRow, StageRow.id == DealReachRow.stage_id)
        .where(DealReachRow.deal_id == deal(session, "D1").id)
    )
    assert {name: str(on) for name, on in reached} == {
        "Prospecting": "2017-01-12",
        "Engaging": "2017-01-12",
        "Won": "2017-02-27",
    }


def test_the_source_wins_over_a_local_value_and_the_log_keeps_it(
    session: Session, tmp_path: Path
) -> None:
    folder = written(tmp_path, SMALL)
    import_set(session, folder)
    session.scalars(select(AccountRow).where(AccountRow.name == "Acme")).one().industry = "toys"
    outcome = import_set(session, folder)
    row = session.scalars(select(ImportChangeRow)).one()
    assert (row.field, row.before, row.after, row.is_local) == ("industry", "toys", "retail", True)
    assert outcome.tallies["account"].updated == 1


def test_a_local_move_of_a_deal_is_overruled(session: Session, tmp_path: Path) -> None:
    folder = written(tmp_path, SMALL)
    import_set(session, folder)
    row = deal(session, "D3")
    won = session.scalars(select(StageRow.id).where(StageRow.name == "Won")).one()
    session.add(
        DealEventRow(
            deal_id=row.id,
            kind="stage",
            occurred_at=NOW,
            occurred_on=NOW.date(),
            recorded_at=NOW,
            stage_id=won,
            reason="",
        )
    )
    from spm.domain.ids import DealId
    from spm.services.pipeline.history import store

    store(session, [DealId(row.id)])
    import_set(session, folder)
    assert stage(session, deal(session, "D3")) == "Engaging"
    change = session.scalars(
        select(ImportChangeRow).where(ImportChangeRow.field == "stage_id")
    ).one()
    assert (change.before, change.after, change.is_local) == ("Won", "Engaging", True)


def test_a_take_over_ends_the_rule_of_the_source(session: Session, tmp_path: Path) -> None:
    first = written(tmp_path / "first", SMALL)
    outcome = import_set(session, first, options=Options(takes_over=True))
    assert outcome.notes[-1][0] is Note.TAKEN_OVER
    before = business(session)
    later = SMALL["deals.csv"].replace(",90\n", ",95\n") + "D7,Ann Ames,MG One,,Prospecting,,,\n"
    again = import_set(session, written(tmp_path / "later", SMALL | {"deals.csv": later}))
    assert deal(session, "D1").amount_minor == 9000
    assert again.tallies["deal"].kept == 4
    assert again.tallies["deal"].created == 1
    assert before["account"] == business(session)["account"]


def test_a_person_who_changes_managers_moves_today(session: Session, tmp_path: Path) -> None:
    import_set(session, written(tmp_path / "a", {"t.csv": TEAMS}))
    moved = TEAMS.replace("Bob Bell,Mia Moor", "Bob Bell,Noa Nash")
    import_set(session, written(tmp_path / "b", {"t.csv": moved}))
    bob = session.scalars(select(PersonRow.id).where(PersonRow.name == "Bob Bell")).one()
    rows = session.scalars(
        select(MembershipRow).where(MembershipRow.person_id == bob).order_by(MembershipRow.start_on)
    ).all()
    assert [(row.start_on.year, row.end_on.year) for row in rows] == [(1, 2026), (2026, 9999)]
    assert rows[0].end_on == rows[1].start_on == NOW.date()


def test_rows_that_are_no_longer_in_the_file_stay(session: Session, tmp_path: Path) -> None:
    import_set(session, written(tmp_path / "a", SMALL))
    before = business(session)
    import_set(session, written(tmp_path / "b", {"deals.csv": HEAD + WON}))
    assert business(session) == before


def test_a_workbook_is_as_good_as_its_sheets_as_files(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, content in SMALL.items():
            sheet = book.add_worksheet(name.removesuffix(".csv"))
            for line, cells in enumerate(csv.reader(io.StringIO(content))):
                for column, cell in enumerate(cells):
                    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", cell):
                        sheet.write_datetime(line, column, date.fromisoformat(cell), day)
                    elif re.fullmatch(r"[0-9.]+", cell):
                        sheet.write_number(line, column, float(cell))
                    else:
                        sheet.write_string(line, column, cell)
    outcome = import_set(session, path)
    assert outcome.refused == 0
    before = business(session)
    again = import_set(session, written(tmp_path / "files", SMALL))
    assert business(session) == before
    assert again.tallies["deal"].unchanged == 4


def test_nobody_is_put_under_somebody_below(session: Session, tmp_path: Path) -> None:
    circle = "sales_agent,manager,regional_office\nA,B,N\nB,C,N\nC,A,N\n"
    outcome = import_set(session, written(tmp_path, {"teams.csv": circle}))
    (issue,) = outcome.refusals
    assert (issue.reason, issue.line, issue.value) == (Reason.MANAGER_BELOW, 4, "A")


def test_a_file_name_that_is_no_text_is_only_a_name(session: Session, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"deals\xff.csv")).write_text(HEAD + WON, "utf-8")
    assert import_set(session, tmp_path).tallies["deal"].created == 1


# --- orders, territories, targets ----------------------------------------------------------------

ORDERS = {
    "sales.csv": (
        "SalesOrderNumber|OrderDate|ProductKey|ResellerKey|EmployeeKey|SalesTerritoryKey|Quantity"
        "|Unit Price|Sales|Cost\n"
        "S1|2017/08/25|1|9|7|4|2|28.84|57.68|63.45\n"
        "S2|2017/08/26|1|9|7|4|1|28.84|28.84|31.72\n"
        "S1|2017/08/25|2|9|7|4|2|2024.99|4049.98|3796.19\n"
    ),
    "products.csv": (
        "ProductKey|Product|Standard Cost|Subcategory|Category\n"
        "1|Helmet, Black|12.03|Helmets|Accessories\n2|Helmet, Black|13.88|Helmets|Accessories\n"
    ),
    "people.csv": (
        "EmployeeKey|EmployeeID|Title|UPN|Salesperson\n7|700|Sales Manager|j@example.com|José\n"
    ),
    "territories.csv": "SalesTerritoryKey|Region|Country|Group\n4|Southwest|United States|America\n",
    "members.csv": "EmployeeKey|SalesTerritoryKey\n7|4\n",
    "resellers.csv": "ResellerKey|Business Type|Reseller|City|Country-Region\n9|Shop|Good Toys|York|UK\n",
    "targets.csv": "EmployeeID|TargetAmount|TargetMonth\n700|500000|2017/12/01\n",
}


def test_order_lines_become_won_deals_worth_their_sum(session: Session, tmp_path: Path) -> None:
    outcome = import_set(session, written(tmp_path, ORDERS))
    assert outcome.refused == 0
    first = deal(session, "S1")
    assert (first.amount_minor, str(first.closed_on), first.name) == (410_766, "2017-08-25", "S1")
    assert stage(session, first) == "Ordered"
    lines = session.scalars(select(DealLineRow).where(DealLineRow.deal_id == first.id)).all()
    assert sum(line.amount_minor for line in lines) == first.amount_minor
    assert sorted(line.cost_minor or 0 for line in lines) == [6345, 379_619]
    assert len(session.scalars(select(ProductRow)).all()) == 2
    assert first.territory_id == session.scalars(select(TerritoryAssignmentRow.territory_id)).one()


def test_targets_name_people_by_their_other_id(session: Session, tmp_path: Path) -> None:
    import_set(session, written(tmp_path, ORDERS))
    target = session.scalars(select(TargetRow)).one()
    assert (str(target.period_start), str(target.period_end)) == ("2017-12-01", "2018-01-01")
    assert (target.value, target.currency) == (Decimal(500_000), "USD")
    assert session.get_one(KpiRow, target.kpi_id).key == "won_revenue"
    assert target.person_id == deal(session, "S1").owner_id


def test_titles_make_no_teams(session: Session, tmp_path: Path) -> None:
    import_set(session, written(tmp_path, ORDERS))
    assert not session.scalars(select(TeamRow)).all()
    assert session.scalars(select(PersonRow)).one().title == "Sales Manager"


def test_a_group_is_the_territory_above(session: Session, tmp_path: Path) -> None:
    import_set(session, written(tmp_path, ORDERS))
    by_name = {row.name: row for row in session.scalars(select(TerritoryRow))}
    assert by_name["Southwest"].parent_id == by_name["America"].id


def test_an_employee_key_is_no_employee_id(session: Session, tmp_path: Path) -> None:
    orders = ORDERS | {"targets.csv": "EmployeeID|TargetAmount|TargetMonth\n7|1|2017/12/01\n"}
    outcome = import_set(session, written(tmp_path, orders))
    (issue,) = outcome.refusals
    assert (issue.reason, issue.column, issue.value) == (
        Reason.UNKNOWN_REFERENCE,
        "EmployeeID",
        "7",
    )


def test_a_changed_line_changes_the_deal(session: Session, tmp_path: Path) -> None:
    import_set(session, written(tmp_path / "a", ORDERS))
    sales = ORDERS["sales.csv"].replace("|2|28.84|57.68|", "|3|28.84|86.52|")
    outcome = import_set(session, written(tmp_path / "b", ORDERS | {"sales.csv": sales}))
    assert deal(session, "S1").amount_minor == 413_650
    assert {change.field for change in outcome.changes} == {"amount_minor", "lines"}
    assert outcome.tallies["deal"].unchanged == 1


def test_orders_twice_change_nothing(session: Session, tmp_path: Path) -> None:
    folder = written(tmp_path, ORDERS)
    import_set(session, folder)
    before = business(session)
    import_set(session, folder)
    assert business(session) == before


# --- the organisation ----------------------------------------------------------------------------


def test_a_new_database_begins_with_defaults_and_says_so(session: Session, tmp_path: Path) -> None:
    outcome = import_set(session, written(tmp_path, SMALL))
    row = session.get_one(OrganisationRow, 1)
    assert (row.currency, row.time_zone, row.fiscal_start_month) == ("USD", "UTC", 1)
    assert [note for note, _ in outcome.notes] == [Note.ORGANISATION_BEGUN]
    assert import_set(session, tmp_path).notes == ()


def test_a_layout_sets_the_fiscal_year_only_where_none_is_chosen(
    session: Session, tmp_path: Path
) -> None:
    outcome = import_set(session, written(tmp_path, ORDERS))
    row = session.get_one(OrganisationRow, 1)
    assert (row.fiscal_start_month, row.is_fiscal_start_chosen) == (7, True)
    assert Note.FISCAL_YEAR_BEGUN in dict(outcome.notes)
    row.fiscal_start_month = 4
    import_set(session, tmp_path)
    assert session.get_one(OrganisationRow, 1).fiscal_start_month == 4


def test_the_currency_is_the_one_that_is_said(session: Session, tmp_path: Path) -> None:
    import_set(session, written(tmp_path, SMALL), options=Options(currency="JPY"))
    row = deal(session, "D1")
    assert (row.currency, row.amount_minor) == ("JPY", 90)
    with pytest.raises(CurrencyUnknown):
        import_set(session, tmp_path, options=Options(currency="XXX"))


def test_more_digits_than_the_currency_has_are_rounded_and_said(
    session: Session, tmp_path: Path
) -> None:
    deals = {"deals.csv": HEAD + WON.replace(",90\n", ",90.125\n")}
    outcome = import_set(session, written(tmp_path, SMALL | deals))
    assert deal(session, "D1").amount_minor == 9012
    assert Reason.ROUNDED in {issue.reason for issue in outcome.warnings}


def test_only_sales_operations_import(
    session: Session, work_as: Callable[[int], Work], tmp_path: Path
) -> None:
    given, left_out = gather([written(tmp_path, SMALL)], AS_FOUND)
    inspection = inspect(given, (), left_out)
    rep, operations = a_person(session), a_person(session, "Olga Ops", Role.OPERATIONS)
    with pytest.raises(Forbidden):
        load(work_as(rep.id), inspection)
    assert load(work_as(operations.id), inspection).is_loaded
    assert session.scalars(select(ImportRow.created_by)).one() == operations.id


def test_a_folder_without_a_known_file_is_an_error(session: Session, tmp_path: Path) -> None:
    with pytest.raises(NothingRecognised):
        import_set(session, written(tmp_path, {"dictionary.csv": "Table,Field\na,b\n"}))
    assert session.execute(text("SELECT count(*) FROM person")).scalar() == 0
