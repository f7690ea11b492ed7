"""Exports that nobody has seen, under layouts of one's own: stages, ids, histories, targets."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spm.domain.intake.dates import DateOrder
from spm.domain.intake.formats import Reading
from spm.domain.intake.layouts import Layout, parse
from spm.domain.intake.reasons import Reason
from spm.models.intake import ExternalRefRow
from spm.models.organisation import PersonRow, RoleGrantRow
from spm.models.pipeline import (
    AccountRow,
    DealEventRow,
    DealReachRow,
    DealRow,
    DealStateRow,
    PipelineRow,
    StageRow,
)
from spm.models.targets import TargetRow
from spm.services.intake.imports import Outcome
from spm.services.pipeline import rollup
from spm.services.pipeline.history import rebuild
from tests.conftest import NOW
from tests.imports import business, import_set
from tests.rollups import what_counts

TOP = """
id = "own"
title = "Own"
[pipeline]
name = "Sales"
other_stages = true
won_words = ["won", "gewonnen"]
lost_words = ["lost", "verloren"]
entered = ['Date entered "{stage} ({pipeline})"', "Entered {stage}"]
[[pipeline.stages]]
name = "Won"
kind = "won"
[[pipeline.stages]]
name = "Lost"
kind = "lost"
"""
DEALS = """
[[tables]]
id = "deals"
title = "Deals"
kind = "deal"
[tables.columns]
key = { from = "Id", join = ["Deal", "Company"] }
name = "Deal"
owner = { from = "Owner", id = "Owner Id", create = true }
account = { from = "Company", create = true }
pipeline = "Pipeline"
stage = { from = "Stage", required = false }
status = "Status"
is_won = "IsWon"
is_closed = "IsClosed"
probability = "Probability"
amount = "Amount"
currency = "Currency"
created = "Created"
stage_since = "Since"
closed = "Closed"
"""
MOVES = """
[[tables]]
id = "moves"
title = "Moves"
kind = "move"
[tables.columns]
deal = { from = "Deal Id", space = "id" }
stage = "To"
at = "At"
owner = { from = "By", create = true }
amount = "Worth"
"""
PEOPLE = """
[[tables]]
id = "people"
title = "People"
kind = "person"
[tables.columns]
key = "Person Id"
name = { join = ["First", "Last"] }
email = { from = "Mail", required = false }
"""
OWN = parse(TOP + DEALS + MOVES + PEOPLE, "own.toml")


def load(session: Session, folder: Path, *files: str, layout: Layout = OWN, **days: int) -> Outcome:
    """Import small tables, one text each, under a layout of one's own."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for number, text in enumerate(files):
        (folder / f"{number}.csv").write_text(text, "utf-8")
    return import_set(session, folder, layouts=[layout], now=NOW + timedelta(**days))


def deal(session: Session, key: str) -> DealRow:
    session.expire_all()
    deal_id = session.scalars(
        select(ExternalRefRow.object_id).where(
            ExternalRefRow.kind.startswith("deal:"), ExternalRefRow.external_id == key
        )
    ).one()
    return session.get_one(DealRow, deal_id)


def way(session: Session, row: DealRow) -> list[tuple[str, date | None]]:
    """The stages that a deal is logged to have entered, in their order."""
    rows = session.execute(
        select(StageRow.name, DealEventRow.occurred_on)
        .join(StageRow, StageRow.id == DealEventRow.stage_id)
        .where(DealEventRow.deal_id == row.id, DealEventRow.voided_act_id.is_(None))
        .order_by(DealEventRow.occurred_at, DealEventRow.id)
    )
    return [(name, on) for name, on in rows]


def stages(session: Session, pipeline: str) -> list[tuple[str, str, int]]:
    rows = session.execute(
        select(StageRow.name, StageRow.kind, StageRow.probability_bp)
        .join(PipelineRow, PipelineRow.id == StageRow.pipeline_id)
        .where(PipelineRow.name == pipeline)
        .order_by(StageRow.position)
    )
    return [tuple(row) for row in rows]


def reasons(outcome: Outcome) -> list[Reason]:
    return [issue.reason for issue in (*outcome.refusals, *outcome.warnings)]


HEAD = "Id,Deal,Owner,Stage,Created,Closed,Amount"


def test_a_status_apart_from_the_stage_decides(session: Session, tmp_path: Path) -> None:
    outcome = load(
        session,
        tmp_path / "in",
        "Id,Owner,Stage,Status,Created,Since,Closed,Amount\n"
        "1,Ann,Demo,Won,2026-01-01,2026-01-10,2026-02-01,5\n"
        "2,Ann,Demo,lost,2026-01-01,,2026-02-02,6\n"
        "3,Ann,Demo,Open,2026-01-01,2026-01-20,,7\n"
        "4,Ann,,verloren,2026-01-01,,2026-02-03,8\n",
    )
    assert outcome.refused == 0
    assert way(session, deal(session, "1")) == [
        ("Demo", date(2026, 1, 1)),
        ("Won", date(2026, 2, 1)),
    ]
    assert deal(session, "2").closed_on == date(2026, 2, 2)
    assert way(session, deal(session, "3"))[-1][0] == "Demo"
    assert way(session, deal(session, "4"))[-1] == ("Lost", date(2026, 2, 3))


def test_the_stage_in_which_a_deal_was_decided_was_reached(
    session: Session, tmp_path: Path
) -> None:
    load(
        session,
        tmp_path / "in",
        "Id,Owner,Stage,Status,Created,Since,Closed\n"
        "1,Ann,1 - Call,Open,2026-01-01,,\n"
        "2,Ann,2 - Demo,Lost,2026-01-01,2026-01-10,2026-02-01\n"
        "3,Ann,2 - Demo,Open,2026-01-01,,\n",
    )
    assert way(session, deal(session, "2")) == [
        ("1 - Call", date(2026, 1, 1)),
        ("2 - Demo", date(2026, 1, 10)),
        ("Lost", date(2026, 2, 1)),
    ]


def test_flags_say_what_kind_of_stage_one_is(session: Session, tmp_path: Path) -> None:
    outcome = load(
        session,
        tmp_path / "in",
        "Id,Owner,Stage,IsClosed,IsWon,Probability,Closed\n"
        "1,Ann,Signed,1,1,100,2026-01-05\n"
        "2,Ann,Gone,TRUE,false,0,2026-01-05\n"
        "3,Ann,Talks,0,0,60,\n"
        "4,Ann,Hello,no,no,20,\n",
    )
    assert stages(session, "Sales") == [
        ("Hello", "open", 2000),
        ("Talks", "open", 6000),
        ("Won", "won", 10_000),
        ("Lost", "lost", 0),
        ("Signed", "won", 10_000),
        ("Gone", "lost", 0),
    ]
    assert reasons(outcome) == [Reason.STAGE_ADDED] * 4


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Closed - Won", "won"),
        ("Auftrag gewonnen", "won"),
        ("LOST (price)", "lost"),
        ("Wonderful", "open"),
        ("Negotiation", "open"),
    ],
)
def test_an_outcome_in_the_name_is_read(
    session: Session, tmp_path: Path, name: str, kind: str
) -> None:
    load(session, tmp_path / "in", f"{HEAD}\n1,D,Ann,{name},2026-01-01,2026-02-01,5\n")
    row = session.get_one(StageRow, deal(session, "1").stage_id)
    assert (row.name, row.kind) == (name, kind)


def test_a_status_that_contradicts_its_stage_is_refused(session: Session, tmp_path: Path) -> None:
    outcome = load(session, tmp_path / "in", "Id,Owner,Stage,Status\n1,Ann,Lost,Won\n")
    (issue,) = outcome.refusals
    assert (issue.reason, issue.line, issue.column) == (Reason.STATUS_CONTRADICTS, 2, "Stage")


def test_each_pipeline_of_a_file_is_made_with_its_stages(session: Session, tmp_path: Path) -> None:
    load(
        session,
        tmp_path / "in",
        'Id,Owner,Pipeline,Stage,Created,"Date entered “Demo (North)”",Closed\n'
        "1,Ann,North,Demo,2026-01-01,2026-01-09,\n"
        "2,Ann,South,Visit,2026-01-01,,\n"
        "3,Ann,North,Won,2026-01-01,2026-01-08,2026-02-01\n",
    )
    assert [name for name, _, _ in stages(session, "North")] == ["Demo", "Won", "Lost"]
    assert [name for name, _, _ in stages(session, "South")] == ["Visit", "Won", "Lost"]
    assert way(session, deal(session, "3")) == [
        ("Demo", date(2026, 1, 1)),
        ("Won", date(2026, 2, 1)),
    ]


def test_a_stage_that_turns_up_later_takes_its_place(session: Session, tmp_path: Path) -> None:
    row = "{n},Ann,{stage},2026-01-01\n"
    head = "Id,Owner,Stage,Created\n"
    first = [row.format(n=1, stage="10 Call"), row.format(n=3, stage="30 Offer")]
    load(session, tmp_path / "in", head + "".join(first))
    later = [*first, row.format(n=2, stage="20 Demo")]
    load(session, tmp_path / "in", head + "".join(later), days=1)
    assert [name for name, _, _ in stages(session, "Sales")] == [
        "10 Call",
        "20 Demo",
        "30 Offer",
        "Won",
        "Lost",
    ]


def test_a_deal_that_goes_to_another_pipeline_goes_its_way_anew(
    session: Session, tmp_path: Path
) -> None:
    head = "Id,Owner,Pipeline,Stage,Created\n"
    load(
        session,
        tmp_path / "in",
        f"{head}1,Ann,North,Demo,2026-01-01\n2,Ann,South,Visit,2026-01-01\n",
    )
    outcome = load(session, tmp_path / "in", f"{head}1,Ann,South,Visit,2026-01-01\n", days=1)
    assert outcome.tallies["deal"].updated == 1
    row = deal(session, "1")
    assert session.get_one(PipelineRow, row.pipeline_id).name == "South"
    assert way(session, row) == [("Visit", date(2026, 1, 1))]


HISTORY = (
    "Deal Id,To,At\n1,Demo,2026-01-05\n1,Call,2026-01-01\n1,Won,2026-02-01\n1,Talks,2026-01-20\n"
)
ONE = f"{HEAD}\n1,D,Ann,Won,2026-01-01,2026-02-03,5\n"
GONE = [
    ("Call", date(2026, 1, 1)),
    ("Demo", date(2026, 1, 5)),
    ("Talks", date(2026, 1, 20)),
    ("Won", date(2026, 2, 3)),
]
"""The order is that of the dates, and a deal is closed on its close date."""


def test_a_history_in_rows_is_the_way_of_a_deal(session: Session, tmp_path: Path) -> None:
    outcome = load(session, tmp_path / "in", ONE, HISTORY)
    assert outcome.refused == 0
    assert way(session, deal(session, "1")) == GONE
    before = business(session)
    again = load(session, tmp_path / "in", ONE, HISTORY, days=1)
    assert again.changes == ()
    assert again.tallies["deal"].unchanged == 1
    assert business(session) == before


def test_a_history_may_come_after_its_deal_and_stays(session: Session, tmp_path: Path) -> None:
    load(session, tmp_path / "in", ONE)
    outcome = load(session, tmp_path / "in", HISTORY, days=1)
    assert outcome.tallies["deal"].updated == 1
    told = [
        ("Call", date(2026, 1, 1)),
        ("Demo", date(2026, 1, 5)),
        ("Talks", date(2026, 1, 20)),
        ("Won", date(2026, 2, 1)),
    ]
    assert way(session, deal(session, "1")) == told
    again = load(session, tmp_path / "in", HISTORY, days=2)
    assert again.tallies["deal"].unchanged == 1
    load(session, tmp_path / "in", ONE, days=3)
    assert way(session, deal(session, "1")) == GONE


def test_a_deal_that_was_reopened_is_told_so(session: Session, tmp_path: Path) -> None:
    history = "Deal Id,To,At\n1,Call,2026-01-01\n1,Won,2026-01-10\n1,Call,2026-01-20\n"
    load(session, tmp_path / "in", f"{HEAD}\n1,D,Ann,Call,2026-01-01,,5\n", history)
    row = deal(session, "1")
    assert way(session, row) == [
        ("Call", date(2026, 1, 1)),
        ("Won", date(2026, 1, 10)),
        ("Call", date(2026, 1, 20)),
    ]
    assert row.closed_on is None
    won = select(DealStateRow).where(DealStateRow.stage_kind == "won")
    assert session.scalars(won).one().closed_on == date(2026, 1, 10)


def test_moves_of_a_deal_that_nobody_knows_are_refused_each(
    session: Session, tmp_path: Path
) -> None:
    outcome = load(
        session, tmp_path / "in", ONE, "Deal Id,To,At\n9,Demo,2026-01-05\n9,Won,2026-01-06\n"
    )
    assert [(i.line, i.column, i.value, i.reason) for i in outcome.refusals] == [
        (2, "Deal Id", "9", Reason.UNKNOWN_REFERENCE),
        (3, "Deal Id", "9", Reason.UNKNOWN_REFERENCE),
    ]


BY_NAME = parse(
    TOP + DEALS + MOVES.replace('deal = { from = "Deal Id", space = "id" }', 'deal = "Which"'),
    "n.toml",
)


def test_a_history_by_name_goes_to_the_only_deal_of_that_name(
    session: Session, tmp_path: Path
) -> None:
    history = "Which,To,At\nPumps,Call,2026-01-01\nPipes,Demo,2026-01-06\nPumps,Demo,2026-01-05\n"
    outcome = load(
        session,
        tmp_path / "in",
        f"{HEAD}\n1,Pumps,Ann,Won,2026-01-01,2026-02-03,5\n"
        "2,Pipes,Ann,Won,2026-01-01,2026-02-03,5\n3,Pipes,Bob,Won,2026-01-01,2026-02-03,5\n",
        history,
        layout=BY_NAME,
    )
    assert ("Demo", date(2026, 1, 5)) in way(session, deal(session, "1"))
    assert {(issue.line, issue.reason) for issue in outcome.refusals} == {
        (3, Reason.AMBIGUOUS_REFERENCE)
    }
    assert outcome.tallies["deal"].created == 3


def test_a_name_that_two_people_have_refuses_the_row_unless_an_id_decides(
    session: Session, tmp_path: Path
) -> None:
    people = "Person Id,First,Last,Mail\nu1,Ann,Ames,ann@x.example\nu2,Ann,Ames,ann2@x.example\n"
    outcome = load(session, tmp_path / "in", people, f"{HEAD}\n1,D,Ann Ames,Demo,2026-01-01,,5\n")
    (issue,) = outcome.refusals
    assert (issue.reason, issue.facts["count"]) == (Reason.AMBIGUOUS_REFERENCE, 2)
    assert session.scalar(select(func.count()).select_from(PersonRow)) == 2
    load(
        session,
        tmp_path / "in",
        "Id,Owner,Owner Id,Stage\n1,Ann Ames,u2,Demo\n2,ann@x.example,,Demo\n",
        days=1,
    )
    emails = dict(session.execute(select(PersonRow.id, PersonRow.email)).tuples().all())
    assert emails[deal(session, "1").owner_id] == "ann2@x.example"
    assert emails[deal(session, "2").owner_id] == "ann@x.example"


def test_an_id_keeps_people_of_one_name_apart(session: Session, tmp_path: Path) -> None:
    load(
        session,
        tmp_path / "in",
        "Id,Owner,Owner Id,Stage\n1,Ann Ames,a,Demo\n2,Ann Ames,A,Demo\n3,Ann Ames,a,Demo\n",
    )
    owners = [deal(session, key).owner_id for key in "123"]
    assert owners[0] == owners[2] != owners[1]


def test_whoever_owns_a_deal_sells(session: Session, tmp_path: Path) -> None:
    load(
        session,
        tmp_path / "in",
        f"{HEAD}\n1,D,Ann,Demo,2026-01-01,,5\n2,E,Bob,Demo,2026-01-01,,5\n",
    )
    assert session.scalars(select(RoleGrantRow.role)).all() == ["rep", "rep"]


def test_deals_without_an_id_are_told_apart_and_the_same_row_twice_is_refused(
    session: Session, tmp_path: Path
) -> None:
    head = "Deal,Company,Owner,Stage,Amount\n"
    rows = "Pumps,Acme,Ann,Demo,5\nPumps,Acme,Ann,Demo,6\nPumps,Bolt,Ann,Demo,7\nPumps,Acme,Ann,Demo,5\n"
    outcome = load(session, tmp_path / "in", head + rows)
    assert outcome.tallies["deal"].created == 3
    assert [(issue.line, issue.reason) for issue in outcome.refusals] == [(5, Reason.DUPLICATE_KEY)]
    assert Reason.TOLD_APART in reasons(outcome)
    again = load(session, tmp_path / "in", head + rows, days=1)
    assert again.tallies["deal"].unchanged == 3


def test_totals_and_footers_are_passed_over_and_said(session: Session, tmp_path: Path) -> None:
    outcome = load(
        session,
        tmp_path / "in",
        "Deals of the year\n"
        "as of,2026-01-01\n"
        f"{HEAD}\n1,D,Ann,Demo,2026-01-01,,5\n"
        "Total,,,,,,5\n\n"
        "Grand Totals (1 records)\n"
        "Copyright © 2000-2026 somebody\n",
    )
    assert (outcome.refused, outcome.tallies["deal"].created) == (0, 1)
    assert Reason.TOTALS in reasons(outcome)


def test_a_company_called_total_is_a_company(session: Session, tmp_path: Path) -> None:
    outcome = load(session, tmp_path / "in", f"{HEAD}\nTotal-1,D,Ann,Demo,2026-01-01,,5\n")
    assert outcome.tallies["deal"].created == 1


def test_each_deal_has_the_currency_that_its_row_says(session: Session, tmp_path: Path) -> None:
    outcome = load(
        session,
        tmp_path / "in",
        "Id,Owner,Stage,Amount,Currency\n"
        "1,Ann,Demo,10,EUR\n2,Ann,Demo,1000,JPY\n3,Ann,Demo,7,\n4,Ann,Demo,£8,\n5,Ann,Demo,9,XXQ\n",
    )
    rows = {key: deal(session, key) for key in "1234"}
    worth = {key: (row.amount_minor, row.currency) for key, row in rows.items()}
    assert worth == {"1": (1000, "EUR"), "2": (1000, "JPY"), "3": (700, "USD"), "4": (800, "GBP")}
    assert [issue.reason for issue in outcome.refusals] == [Reason.UNKNOWN_CURRENCY]


@pytest.mark.parametrize(
    ("encoding", "owner"),
    [
        ("cp1251", "Олена Їжак"),
        ("cp1252", "José Müller"),
        ("cp932", "山田太郎"),
        ("cp949", "김철수"),
        ("utf-16", "José Müller"),
        ("utf-8-sig", "Олена Їжак"),
    ],
)
def test_semicolons_commas_and_code_pages_are_read(
    session: Session, tmp_path: Path, encoding: str, owner: str
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    text = f"Id;Owner;Stage;Amount;Created\r\n1;{owner};Demo;1.234,50;03.02.2026\r\n"
    (folder / "deals.csv").write_bytes(text.encode(encoding))
    import_set(session, folder, layouts=[OWN])
    row = deal(session, "1")
    assert session.get_one(PersonRow, row.owner_id).name == owner
    assert (row.amount_minor, row.opened_on) == (123_450, date(2026, 2, 3))


def test_hidden_columns_count_and_hidden_sheets_do_not(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name in ("Deals", "Old"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["Id", "Owner", "Stage"])
            sheet.write_row(1, 0, [name, "Ann", "Demo"])
            sheet.set_column(0, 0, None, None, {"hidden": True})
            if name == "Old":
                sheet.hide()
    outcome = import_set(session, path, layouts=[OWN])
    assert outcome.tallies["deal"].created == 1
    assert deal(session, "Deals").owner_id
    assert [(left.file, left.reason) for left in outcome.left_out] == [
        ("book.xlsx: Old", Reason.HIDDEN_SHEET)
    ]


QUOTAS = parse(
    """
id = "quotas"
title = "Quotas"
[[tables]]
id = "quotas"
title = "Quotas"
kind = "target"
[tables.columns]
person = "Person"
period = "Period"
start = "From"
last_day = "To"
value = "Quota"
currency = "Currency"
""",
    "quotas.toml",
)


def test_quotas_hold_from_any_day_to_any_day(session: Session, tmp_path: Path) -> None:
    load(session, tmp_path / "in", f"{HEAD}\n1,D,Ann,Demo,2026-01-01,,5\n")
    outcome = load(
        session,
        tmp_path / "in",
        "Person,Period,From,To,Quota,Currency\n"
        "Ann,,2026-01-15,2026-03-10,900,\n"
        "Ann,,2026-04-01,2026-06-30,1000,EUR\n"
        "Ann,Q3 2026,,,1100,\n"
        "Ann,2027,,,5000,\n"
        "Ann,someday,,,1,\n"
        "Ann,,2026-09-01,2026-08-01,1,\n",
        layout=QUOTAS,
    )
    rows = session.scalars(select(TargetRow).order_by(TargetRow.period_start)).all()
    assert [(r.period_start, r.period_end, r.period_kind, r.value) for r in rows] == [
        (date(2026, 1, 15), date(2026, 3, 11), "custom", Decimal(900)),
        (date(2026, 4, 1), date(2026, 7, 1), "quarter", Decimal(1000)),
        (date(2026, 7, 1), date(2026, 10, 1), "quarter", Decimal(1100)),
        (date(2027, 1, 1), date(2028, 1, 1), "year", Decimal(5000)),
    ]
    assert [(issue.line, issue.reason) for issue in outcome.refusals] == [
        (6, Reason.NOT_A_PERIOD),
        (7, Reason.NOT_A_PERIOD),
    ]


def test_nothing_is_invented_for_a_deal_without_dates(session: Session, tmp_path: Path) -> None:
    load(session, tmp_path / "in", "Id,Owner,Stage,Amount\n1,Ann,Demo,5\n2,Ann,Won,6\n")
    for key in "12":
        row = deal(session, key)
        assert (row.opened_on, row.closed_on, row.stage_since_at) == (None, None, None)


def test_the_caches_are_what_a_rebuild_makes_of_the_log(session: Session, tmp_path: Path) -> None:
    rows = [
        f"{n},D{n},{'Ann' if n % 2 else 'Bob'},{('Demo', 'Won', 'Lost')[n % 3]},"
        f"2026-01-{n % 28 + 1:02},{f'2026-02-{n % 27 + 1:02}' if n % 3 else ''},{n}\n"
        for n in range(60)
    ]
    load(session, tmp_path / "in", HEAD + "\n" + "".join(rows), HISTORY)

    def caches() -> list[list[str]]:
        session.expire_all()
        found = []
        for model in (DealRow, DealStateRow, DealReachRow):
            table = model.__table__
            names = [c for c in table.c if c.name not in {"id", "version"} or model is DealRow]
            names = [c for c in names if c.name != "version"]
            found.append(sorted(repr(row) for row in session.execute(select(*names))))
        return found

    before, kept = caches(), what_counts(session)
    rebuild(session)
    assert caches() == before
    assert what_counts(session) == kept


def test_many_cells_of_the_rollup_wait_on_disk(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{n},D{n},P{n % 7},Demo,2026-0{n % 9 + 1}-0{n % 8 + 1},,{n}\n" for n in range(50)]
    text = HEAD + "\n" + "".join(rows)

    load(session, tmp_path / "in", text)
    monkeypatch.setattr(rollup, "_MOST_CELLS", 3)
    again = load(session, tmp_path / "in", text.replace(",Demo,", ",Talks,"), days=1)
    assert again.tallies["deal"].updated == 50
    back = load(session, tmp_path / "in", text, days=2)
    assert back.tallies["deal"].updated == 50
    kept = what_counts(session)
    rollup.rebuild(session)
    assert what_counts(session) == kept
    assert len(kept) > 3


def test_what_a_source_said_can_be_kept_as_json(session: Session, tmp_path: Path) -> None:
    load(session, tmp_path / "in", ONE, HISTORY)
    said = session.scalars(
        select(ExternalRefRow.mapped).where(ExternalRefRow.kind == "deal:id")
    ).one()
    assert json.loads(json.dumps(said)) == said
    assert [move[0] for move in said["moves"]] == ["Demo", "Call", "Won", "Talks"]


def test_an_account_of_which_only_the_id_is_known_gets_its_name_later(
    session: Session, tmp_path: Path
) -> None:
    layout = parse(
        TOP
        + DEALS.replace('account = { from = "Company", create = true }',
                        'account = { from = "Company Id", space = "id", create = true }')
        + """
[[tables]]
id = "companies"
title = "Companies"
kind = "account"
needs = ["Town"]
[tables.columns]
key = "Company Id"
name = "Company Name"
""",
        "own.toml",
    )  # fmt: skip
    outcome = load(
        session, tmp_path / "in", "Id,Owner,Company Id,Stage\n1,Ann,c9,Demo\n", layout=layout
    )
    assert Reason.ONLY_AN_ID in reasons(outcome)
    load(session, tmp_path / "in", "Company Id,Company Name,Town\nc9,Acme,Kyiv\n", layout=layout)
    assert session.scalars(select(AccountRow.name)).all() == ["Acme"]


def test_what_is_said_of_decimals_and_dates_is_believed(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "deals.csv").write_text("Id,Owner,Stage,Created\n1,Ann,Demo,03/02/2026\n", "utf-8")
    import_set(session, folder, layouts=[OWN], reading=Reading(date_order=DateOrder.DMY))
    assert deal(session, "1").opened_on == date(2026, 2, 3)
