"""One export per layout of crm_export_layouts, all of the same four deals, all telling the same truth.

The header rows are those of layouts.json, as they stand there; the rows are ours.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import xlsxwriter

from spm.__main__ import main
from tests.gold.conftest import Json, folder_of

pytestmark = pytest.mark.shared

Cells = Mapping[str, object]
Ask = Callable[..., Json]


class Fact(NamedTuple):
    """A deal; ``outcome`` is open, won or lost, ``moves`` are its open stages with their days."""

    key: str
    name: str
    owner: str
    account: str
    amount: int
    outcome: str
    created: date
    closed: date | None
    expected: date
    moves: tuple[tuple[int, date], ...]


FACTS = (
    Fact("1", "Pumps", "Ann Ames", "Acme", 1000, "won", date(2026, 1, 10), date(2026, 3, 1),
         date(2026, 3, 1), ((0, date(2026, 1, 10)), (1, date(2026, 2, 1)))),
    Fact("2", "Valves", "Bob Bell", "Bolt", 500, "lost", date(2026, 1, 12), date(2026, 2, 20),
         date(2026, 2, 20), ((0, date(2026, 1, 12)),)),
    Fact("3", "Pipes", "Ann Ames", "Bolt", 300, "open", date(2026, 2, 1), None,
         date(2026, 12, 31), ((0, date(2026, 2, 1)), (1, date(2026, 2, 10)))),
    Fact("4", "Taps", "Bob Bell", "Acme", 250, "won", date(2026, 2, 2), date(2026, 3, 15),
         date(2026, 3, 15), ((0, date(2026, 2, 2)),)),
)  # fmt: skip
PERIOD = ("--period", "2026-Q1")


def layouts() -> dict[str, list[str]]:
    text = (folder_of("crm_export_layouts") / "layouts.json").read_text("utf-8")
    return {one["id"]: one["columns"] for one in json.loads(text)["layouts"]}


def as_csv(
    columns: Sequence[str], rows: Sequence[Cells], *, delimiter: str = ",", foot: Sequence[str] = ()
) -> str:
    unknown = {name for row in rows for name in row} - set(columns)
    assert not unknown, unknown
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    writer.writerows([[row.get(name, "") for name in columns] for row in rows])
    return stream.getvalue() + "".join(f"\r\n{line}" for line in foot)


def stage(fact: Fact, opens: Sequence[str], won: str, lost: str) -> str:
    return {"won": won, "lost": lost}.get(fact.outcome) or opens[fact.moves[-1][0]]


def sf_deal(fact: Fact) -> str:
    """An id of 15 characters; those of two deals each differ by case alone."""
    return "0064600000J5S" + ("5a", "5A", "5b", "5B")[int(fact.key) - 1]


OPENS = ("Prospecting", "Qualification")


def data_export(folder: Path, known: Mapping[str, list[str]]) -> None:
    rows = [
        {
            "Id": sf_deal(f), "IsDeleted": "0", "AccountId": f"0014600001Tvgf{f.account[0]}",
            "Name": f.name, "StageName": stage(f, OPENS, "Closed Won", "Closed Lost"),
            "Amount": f.amount, "CloseDate": f"{f.closed or f.expected} 00:00:00",
            "IsClosed": "0" if f.outcome == "open" else "1",
            "IsWon": "1" if f.outcome == "won" else "0",
            "OwnerId": f"00546000001l1c{f.owner[0]}", "CreatedDate": f"{f.created} 09:00:00",
        }
        for f in FACTS
    ]  # fmt: skip
    users = [("00546000001l1cA", "Ann", "Ames"), ("00546000001l1cB", "Bob", "Bell")]
    folder.joinpath("Opportunity.csv").write_text(
        as_csv(known["sf_data_export_opportunity"], rows), "utf-8"
    )
    folder.joinpath("User.csv").write_text(
        "Id,Username,LastName,FirstName\n"
        + "".join(f"{key},{first.lower()},{last},{first}\n" for key, first, last in users),
        "utf-8",
    )


def data_export_with_history(folder: Path, known: Mapping[str, list[str]]) -> None:
    data_export(folder, known)
    rows: list[dict[str, object]] = []
    for f in FACTS:
        way = [(OPENS[place], day) for place, day in f.moves]
        if f.closed:
            way.append((stage(f, OPENS, "Closed Won", "Closed Lost"), f.closed))
        rows += [
            {"Id": f"{f.key}-{n}", "OpportunityId": sf_deal(f), "StageName": name,
             "CreatedDate": f"{day} 09:00:00", "Amount": f.amount, "IsDeleted": "0",
             "CloseDate": f"{f.closed or f.expected} 00:00:00", "CreatedById": "005x"}
            for n, (name, day) in enumerate(way)
        ]  # fmt: skip
    rows.reverse()
    columns = known["sf_data_export_opportunity_history"]
    folder.joinpath("OpportunityHistory.csv").write_text(as_csv(columns, rows), "utf-8")


def connector_history(folder: Path, known: Mapping[str, list[str]]) -> None:
    rows: list[dict[str, object]] = []
    for f in FACTS:
        way = [(OPENS[place], day) for place, day in f.moves]
        if f.closed:
            way.append((stage(f, OPENS, "Closed Won", "Closed Lost"), f.closed))
        rows += [
            {"Id": f"{f.key}-{n}", "OpportunityId": sf_deal(f), "StageName": name,
             "CreatedDate": f"{day:%m/%d/%y} 08:55 AM", "Amount": f.amount, "IsDeleted": "FALSE",
             "CloseDate": f"{f.closed or f.expected:%m/%d/%y}", "CreatedById": f.owner}
            for n, (name, day) in enumerate(way)
        ]  # fmt: skip
    columns = known["sf_api_opportunity_history"]
    folder.joinpath("history.csv").write_text(as_csv(columns, rows[::-1]), "utf-8")


FOOT = (
    "",
    '"Grand Totals (4 records)"',
    '"Confidential Information - Do Not Distribute"',
    '"Copyright \u00a9 2000-2026 salesforce.com, inc. All rights reserved."',
)


def report_rows() -> list[dict[str, object]]:
    return [
        {"Opportunity Owner": f.owner, "Account Name": f.account, "Opportunity Name": f.name,
         "Stage": stage(f, OPENS, "Closed Won", "Closed Lost"), "Amount": f"{f.amount},00",
         "Close Date": f"{f.closed or f.expected:%d.%m.%Y}", "Created Date": f"{f.created:%d.%m.%Y}"}
        for f in FACTS
    ]  # fmt: skip


def report(folder: Path, known: Mapping[str, list[str]]) -> None:
    text = as_csv(known["sf_report_opportunities"], report_rows(), delimiter=";", foot=FOOT)
    folder.joinpath("report.csv").write_bytes(
        ("Bericht für Müller\r\n\r\n" + text).encode("cp1252")
    )


def report_with_field_history(folder: Path, known: Mapping[str, list[str]]) -> None:
    report(folder, known)
    rows: list[dict[str, object]] = [
        {"Edited By": "Ann Ames", "Field / Event": "Amount", "Old Value": "1", "New Value": "2",
         "Edit Date": "01/02/2026 9:00", "Opportunity Name": "Pumps"}
    ]  # fmt: skip
    for f in FACTS:
        way = [(OPENS[place], day) for place, day in f.moves]
        if f.closed:
            way.append((stage(f, OPENS, "Closed Won", "Closed Lost"), f.closed))
        rows += [
            {"Opportunity Owner": f.owner, "Edited By": f.owner, "Field / Event": "Stage",
             "Old Value": before, "New Value": after, "Opportunity Name": f.name,
             "Edit Date": f"{day:%d/%m/%Y} 9:00"}
            for (before, _), (after, day) in pairwise(way)
        ]  # fmt: skip
    columns = known["sf_report_field_history"]
    folder.joinpath("field history.csv").write_text(as_csv(columns, rows), "utf-8")


def renamed_report(folder: Path, known: Mapping[str, list[str]]) -> None:
    rows = [
        {"Opportunity Owner": f.owner, "Account Name": f.account, "Opportunity Name": f.name,
         "Stage": stage(f, ("1 - Explore", "2 - Prove"), "Closed Won", "Closed Lost"),
         "Total Amount Currency": "USD", "Total Amount": f.amount,
         "Close Date": str(f.closed or f.expected)}
        for f in FACTS
    ]  # fmt: skip
    columns = known["uipath_style_sf_custom"]
    folder.joinpath("renamed.csv").write_text(as_csv(columns, rows), "utf-8-sig")


def hubspot(folder: Path, known: Mapping[str, list[str]]) -> None:
    named = {0: "Discovery", 1: "Demo"}
    columns = [name for name in known["hubspot_deals_all"] if "<Stage>" not in name]
    columns += [f"Date entered \u201c{name} (Enterprise)\u201d" for name in named.values()]
    rows = [
        {"Record ID": f.key, "Deal Name": f.name, "Pipeline": "Enterprise",
         "Deal Stage": stage(f, tuple(named.values()), "Closed Won", "Closed Lost"),
         "Amount": f.amount, "Currency": "USD", "Deal owner": f.owner,
         "Close Date": f"{f.closed or f.expected} 10:00", "Create Date": f"{f.created} 08:00",
         "Associated Company": f.account, "Associated Company ID": f"c-{f.account}",
         **{f"Date entered \u201c{named[place]} (Enterprise)\u201d": f"{day} 08:00"
            for place, day in f.moves}}
        for f in FACTS
    ]  # fmt: skip
    text = as_csv(columns[::-1], rows, delimiter="\t")
    folder.joinpath("hubspot.csv").write_bytes(text.encode("utf-16"))


def pipedrive(folder: Path, known: Mapping[str, list[str]]) -> None:
    rows = [
        {"Deal - ID": f.key, "Deal - Title": f.name, "Deal - Owner": f.owner,
         "Deal - Pipeline": "Pipeline", "Deal - Stage": ("Qualified", "Demo Scheduled")[f.moves[-1][0]],
         "Deal - Status": f.outcome.title(), "Deal - Value": f.amount,
         "Deal - Currency of Value": "USD", "Deal - Organization": f.account,
         "Deal - Deal created": f"{f.created} 08:00:00",
         "Deal - Won time": f"{f.closed} 10:00:00" if f.outcome == "won" else "",
         "Deal - Lost time": f"{f.closed} 10:00:00" if f.outcome == "lost" else "",
         "Deal - Expected close date": f.expected}
        for f in FACTS
    ]  # fmt: skip
    folder.joinpath("pipedrive.csv").write_text(as_csv(known["pipedrive_deals"], rows), "utf-8")
    sample = [{"Organization - Name*": name} for name in ("Acme", "Bolt")]
    columns = known["pipedrive_sample_import"]
    folder.joinpath("sample.csv").write_text(as_csv(columns, sample), "utf-8")


def zoho(folder: Path, known: Mapping[str, list[str]]) -> None:
    rows = [
        {"Record Id": f"zcrm_{f.key}", "Deal Owner.id": f"u{f.owner[0]}", "Deal Owner": f.owner,
         "Deal Name": f.name, "Account Name.id": f"a{f.account[0]}", "Account Name": f.account,
         "Stage": stage(f, ("Qualification", "Needs Analysis"), "Closed Won", "Closed Lost"),
         "Amount": f.amount, "Currency": "USD", "Closing Date": f.closed or f.expected,
         "Created Time": f"{f.created} 08:00:00"}
        for f in FACTS
    ]  # fmt: skip
    folder.joinpath("Deals_001.csv").write_text(as_csv(known["zoho_crm_deals"], rows), "utf-8")


def potentials(folder: Path, known: Mapping[str, list[str]]) -> None:
    rows = [
        {"Potential Name": f.name, "Potential Owner": f.owner, "LEADID": f.key,
         "Created Time": f"{f.created:%d %b, %Y} 00:02:00", "Amount": f"${f.amount:,}.00",
         "Closing Date": f"{f.closed or f.expected:%d %b, %Y} 00:03:00",
         "Stage": stage(f, ("Qualification", "Needs Analysis"), "Closed Won", "Closed Lost")}
        for f in FACTS
    ]  # fmt: skip
    columns = known["zoho_analytics_potentials"]
    folder.joinpath("Potentials.csv").write_text(as_csv(columns, rows), "utf-8")


def dynamics(folder: Path, known: Mapping[str, list[str]]) -> None:
    columns = known["dynamics365_opportunities"]
    with xlsxwriter.Workbook(str(folder / "opportunities.xlsx")) as book:
        sheet = book.add_worksheet("Opportunities")
        day = book.add_format({"num_format": "m/d/yyyy"})
        sheet.set_column(0, 2, None, None, {"hidden": True})
        sheet.write_row(0, 0, columns)
        for line, f in enumerate(FACTS, 1):
            said: dict[str, Any] = {
                "(Do Not Modify) Opportunity": f"8d1c-{f.key}", "Topic": f.name,
                "Potential Customer": f.account, "Account": f.account,
                "Est. Close Date": f.expected, "Est. Revenue": 1 if f.outcome == "won" else f.amount,
                "Actual Close Date": f.closed,
                "Actual Revenue": f.amount if f.outcome == "won" else None,
                "Pipeline Phase": ("1-Qualify", "2-Develop")[f.moves[-1][0]],
                "Status": f.outcome.title(), "Owner": f.owner, "Created On": f.created,
            }  # fmt: skip
            for name, value in said.items():
                if isinstance(value, date):
                    sheet.write_datetime(line, columns.index(name), value, day)
                elif value is not None:
                    sheet.write(line, columns.index(name), value)
        hidden = book.add_worksheet("hiddenSheet")
        hidden.write_row(0, 0, columns)
        hidden.hide()


EXPORTS = (
    data_export,
    data_export_with_history,
    connector_history,
    report,
    report_with_field_history,
    renamed_report,
    hubspot,
    pipedrive,
    zoho,
    potentials,
    dynamics,
)
WITHOUT_CREATION = (renamed_report,)


@pytest.fixture
def ask(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Ask:
    monkeypatch.setenv("SPM_DATABASE_URL", database_url)
    monkeypatch.setenv("SPM_INSTANCE", str(tmp_path / "instance"))

    def ask(*arguments: str) -> Json:
        capsys.readouterr()
        assert main([*arguments, "--json"]) == 0, capsys.readouterr().err
        answer: Json = json.loads(capsys.readouterr().out)
        return answer

    return ask


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.__name__)
def test_every_layout_tells_the_same_truth(
    export: Callable[[Path, Mapping[str, list[str]]], None], ask: Ask, tmp_path: Path
) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    export(folder, layouts())
    loaded = ask("import", str(folder))
    assert (loaded["refused"], loaded["kinds"]["deal"]["created"]) == (0, len(FACTS)), loaded
    assert all(one["verified"] for one in loaded["files"])

    won = [fact for fact in FACTS if fact.outcome == "won"]
    worth = sum(fact.amount for fact in won)
    assert ask("metric", "won_deals", *PERIOD)["value"] == str(len(won))
    assert Decimal(ask("metric", "won_revenue", *PERIOD)["value"]) == worth
    assert ask("metric", "lost_deals", *PERIOD)["value"] == "1"
    rate = ask("metric", "win_rate", *PERIOD)
    assert (rate["numerator"], rate["denominator"]) == ("2", "3")
    assert ask("metric", "open_deals")["value"] == "1"
    assert Decimal(ask("metric", "open_pipeline")["value"]) == 300
    mine = ask("metric", "won_revenue", *PERIOD, "--rep", "Ann Ames")
    assert Decimal(mine["value"]) == 1000
    if export not in WITHOUT_CREATION:
        days = [(fact.closed - fact.created).days for fact in won if fact.closed]
        cycle = ask("metric", "sales_cycle_days", *PERIOD)
        assert Decimal(cycle["value"]) == Decimal(sum(days)) / len(days)

    again = ask("import", str(folder))
    assert again["changes"] == []
    assert {what for kind in again["kinds"].values() for what, n in kind.items() if n} == {
        "unchanged"
    }


@pytest.mark.parametrize(
    ("layout_id", "rows"),
    [
        (
            "zendesk_sell_deals",
            [{"Name": "Pumps", "ID": "1", "Owner": "Ann Ames", "Value": "1000", "Currency": "USD",
              "Stage": "Won", "Added On": "2026-01-10"}],
        ),
        (
            "monday_crm_deals",
            [{"Name": "Pumps", "Stage": "Won", "Owner": "Ann Ames", "Deal Value": "1000",
              "Item ID (auto generated)": "77"}],
        ),
    ],
)  # fmt: skip
def test_what_was_not_verified_is_loaded_and_said_to_be_unverified(
    layout_id: str, rows: list[dict[str, object]], ask: Ask, tmp_path: Path
) -> None:
    path = tmp_path / "deals.csv"
    path.write_text(as_csv(layouts()[layout_id], rows), "utf-8")
    loaded = ask("import", str(path))
    assert [one["verified"] for one in loaded["files"]] == [False]
    assert loaded["kinds"]["deal"]["created"] == 1
