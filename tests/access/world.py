"""A small company in which every relation to a rep's things occurs, and who stands how to whom.

The relations below are written down by hand from the story, never asked of the code: Hanna heads Team A
(Rita, Carl), Otto heads Team B (Sven), Dora leads both. Moni reported to Hanna until yesterday, Mike
will from tomorrow; both are Otto's today. Uri belongs to nobody.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.adapters.database import open_engine, unit
from spm.domain.access import Actor, Role
from spm.domain.ids import AccountId, PersonId, PipelineId, StageId, TeamId
from spm.domain.intake.layouts import by_id, shipped
from spm.domain.intake.toml import text_of
from spm.domain.money import Money
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, Period, of_dates
from spm.domain.pipeline.deals import Facts
from spm.domain.targets.target import Owner
from spm.models.identity import CredentialRow
from spm.models.intake import ImportFileRow, ImportMappingRow, ImportRow, ImportTableRow
from spm.models.moves import MoveProposalRow
from spm.models.organisation import (
    HolidayRow,
    MembershipRow,
    OfficeRow,
    PersonRow,
    RegionRow,
    ReportingLineRow,
    TeamRow,
    TerritoryRow,
)
from spm.models.pipeline import AccountRow, DealRow, PipelineRow, ProductRow, StageRow
from spm.models.targets import GoalRow, KpiRow, TargetRow
from spm.queries.organisation.actor import get_actor
from spm.services import pack_runs
from spm.services.packs import How, issue_pack
from spm.services.pipeline import deals
from spm.services.targets.kpis import ensure_won_revenue_kpi
from spm.services.targets.load import Loader
from spm.services.work import Work
from tests.builders import (
    a_person,
    a_pipeline,
    a_product,
    a_team,
    an_account,
    an_organisation,
)
from tests.conftest import NOW

TODAY = NOW.date()
QUARTER = Period(date(2026, 10, 1), date(2027, 1, 1))

ROLES: dict[str, tuple[Role, ...]] = {
    "rita": (Role.REP,),
    "carl": (Role.REP,),
    "sven": (Role.REP,),
    "moni": (Role.REP,),
    "mike": (Role.REP,),
    "uri": (Role.REP,),
    "hanna": (Role.MANAGER,),
    "otto": (Role.MANAGER,),
    "dora": (Role.MANAGER,),
    "lena": (Role.MANAGER,),
    "olga": (Role.OPERATIONS,),
    "emil": (Role.EXECUTIVE,),
    "enid": (Role.ENABLEMENT,),
    "abel": (Role.AUDITOR,),
    "ada": (Role.ADMINISTRATOR,),
    "mona": (Role.MANAGER, Role.OPERATIONS),
    "rolf": (Role.REP, Role.AUDITOR),
    "erik": (Role.EXECUTIVE, Role.REP),
    "adam": (Role.ADMINISTRATOR, Role.OPERATIONS),
    "nora": (),
}
"""Who is there, with which roles: twenty people who can sign in."""

GONE = {"lea": (Role.OPERATIONS,), "dirk": (Role.OPERATIONS,)}
"""Lea left yesterday and Dirk is barred; both kept their old cookie."""

LEADS: dict[str, frozenset[str]] = {
    "hanna": frozenset({"rita", "carl"}),
    "otto": frozenset({"sven", "moni", "mike"}),
    "dora": frozenset({"hanna", "otto", "rita", "carl", "sven", "moni", "mike"}),
}
"""Who stands below whom today."""

HEADS: dict[str, frozenset[str]] = {
    "hanna": frozenset({"team a"}),
    "otto": frozenset({"team b"}),
    "dora": frozenset({"group", "team a", "team b"}),
}
HEADS_BELOW: dict[str, frozenset[str]] = {"dora": frozenset({"team a", "team b"})}
"""Which teams somebody leads, and which of them stand below their own."""

TOP = frozenset({"group"})
SUBJECTS = ("rita", "sven", "moni", "mike", "uri", "hanna")
"""Whose things are tried: own, led, sibling, moved away, moving in tomorrow, unrelated; and a manager's."""


@dataclass(frozen=True, slots=True)
class World:
    """The ids of everything, by the names of the story."""

    people: dict[str, int]
    teams: dict[str, int]
    deals: dict[str, int]
    targets: dict[str, int]
    team_targets: dict[str, int]
    packs: dict[str, int]
    runs: dict[str, int]
    accounts: dict[str, int]
    moves: dict[str, int]
    single: dict[str, int]
    stages: dict[str, int]


def build(url: str) -> None:
    """Fill the database at ``url``."""
    engine = open_engine(url)
    with unit(engine, writes=True) as session:
        _people(session)
        _things(session)
    engine.dispose()


def _people(session: Session) -> None:
    an_organisation(session)
    rows: dict[str, PersonRow] = {}
    for name, roles in (ROLES | GONE).items():
        rows[name] = a_person(session, name, *roles)
        if not roles:
            for grant in _grants(session, rows[name]):
                session.delete(grant)
    rows["lea"].left_on = TODAY
    session.get_one(CredentialRow, rows["dirk"].id).is_disabled = True
    group = a_team(session, "group", head=rows["dora"])
    team_a = a_team(session, "team a", rows["rita"], rows["carl"], head=rows["hanna"], parent=group)
    team_b = a_team(session, "team b", rows["sven"], head=rows["otto"], parent=group)
    for report, manager in (
        ("hanna", "dora"),
        ("otto", "dora"),
        ("rita", "hanna"),
        ("carl", "hanna"),
        ("sven", "otto"),
    ):
        _line(session, rows[report], rows[manager])
    _move(session, rows["moni"], (team_a, rows["hanna"]), TODAY, (team_b, rows["otto"]))
    tomorrow = TODAY + timedelta(days=1)
    _move(session, rows["mike"], (team_b, rows["otto"]), tomorrow, (team_a, rows["hanna"]))


def _grants(session: Session, person: PersonRow) -> list[object]:
    from spm.models.organisation import RoleGrantRow

    return list(session.scalars(select(RoleGrantRow).where(RoleGrantRow.person_id == person.id)))


def _line(
    session: Session,
    report: PersonRow,
    manager: PersonRow,
    start: date = date.min,
    end: date = date.max,
) -> None:
    session.add(
        ReportingLineRow(
            person_id=report.id,
            manager_id=manager.id,
            start_on=start,
            end_on=end,
            recorded_at=NOW,
        )
    )


def _move(
    session: Session,
    who: PersonRow,
    before: tuple[TeamRow, PersonRow],
    day: date,
    after: tuple[TeamRow, PersonRow],
) -> None:
    for (team, manager), start, end in ((before, date.min, day), (after, day, date.max)):
        _line(session, who, manager, start, end)
        session.add(
            MembershipRow(
                person_id=who.id, team_id=team.id, start_on=start, end_on=end, recorded_at=NOW
            )
        )


def _things(session: Session) -> None:
    work = Work(session, Actor.console(), NOW, Organisation(name="Example", is_set_up=True))
    pipeline, stages = a_pipeline(session, "main")
    a_product(session, "widget", 10_000)
    region = RegionRow(name="north", name_key="north")
    session.add_all((region, TerritoryRow(name="west", name_key="west")))
    session.flush()
    session.add(OfficeRow(name="oslo", name_key="oslo", region_id=region.id))
    session.add(HolidayRow(on=date(2026, 12, 24), name="Eve"))
    session.add(GoalRow(name="grow", name_key="grow"))
    session.add(KpiRow(key="draft", name="Draft", state="draft"))
    _import(session)
    kpi_id = ensure_won_revenue_kpi(session, NOW)
    session.flush()
    loader = Loader(work, kpi_id)
    named = of_dates(QUARTER)
    how = How(named, AsOf.of_date(TODAY, work.organisation.zone), "en", "a4")
    for team in session.scalars(select(TeamRow)).all():
        loader.set_imported(Owner(team_id=team.id), named, Decimal(9000), "USD")  # type: ignore[arg-type]
    for name in SUBJECTS:
        person_id = _person_id(session, name)
        loader.set_imported(Owner(person_id=person_id), named, Decimal(1000), "USD")
        account = an_account(session, f"account of {name}")
        facts = Facts(
            name=f"deal of {name}",
            currency="USD",
            account_id=AccountId(account.id),
            amount=Money("USD", 5000),
            expected_close_on=TODAY + timedelta(days=20),
        )
        deals.create(
            work,
            deals.NewDeal(
                facts,
                person_id,
                PipelineId(pipeline.id),
                StageId(stages["Prospecting"].id),
                TODAY - timedelta(days=10),
            ),
        )
        issue_pack(work, Owner(person_id=person_id), how)
        session.add(_proposal(session, name, person_id))
    for team in session.scalars(select(TeamRow)).all():
        issue_pack(work, Owner(team_id=TeamId(team.id)), how)
    for name in ("hanna", "olga"):
        actor = get_actor(session, _person_id(session, name), TODAY)
        asking = Work(session, actor, NOW, work.organisation)
        pack_runs.ask(asking, None, how, "http://localhost")


def _import(session: Session) -> None:
    """An import that waits for its columns, and a mapping that is kept."""
    options = {"check": 0, "readings": {}}
    row = ImportRow(state="mapping", options=options, counts={}, digest="0" * 64, created_at=NOW)
    session.add(row)
    session.flush()
    file = ImportFileRow(
        import_id=row.id, name="a.csv", stored_as=None, digest="0" * 64, size=1, recognised={}
    )
    session.add(file)
    session.flush()
    layout = by_id(shipped(), "any-table")
    assert layout is not None
    session.add_all(
        ImportTableRow(
            import_id=row.id,
            file_id=file.id,
            name=name,
            header=["Deal Name", "Rep", "Stage"],
            facts={"rows": 1, "header_line": 1},
            layout=source,
            table_id=table,
            samples=[[["A"], True], [["Ann"], True], [["Won"], True]],
            values_met={"stage": [["Won", 1]], "person": [["Ann", 1]]} if source else {},
        )
        for name, source, table in (("a.csv", "", ""), ("b.csv", "any-table", "deals"))
    )
    session.flush()
    session.add_all(
        (
            ImportMappingRow(
                name="kept",
                name_key="kept",
                source="any-table",
                text=text_of(layout),
                prints=[],
                changed_at=NOW,
            ),
        )
    )


def _proposal(session: Session, name: str, person_id: PersonId) -> MoveProposalRow:
    """A proposal by Dora that somebody belongs elsewhere: whose manager she is does not matter here."""
    return MoveProposalRow(
        person_id=person_id,
        team_id=session.scalars(select(TeamRow.id).where(TeamRow.name == "group")).one(),
        from_on=TODAY,
        reason=f"reason for {name}",
        state="open",
        proposed_by=_person_id(session, "dora"),
        proposed_at=NOW,
    )


def _person_id(session: Session, name: str) -> PersonId:
    return PersonId(session.scalars(select(PersonRow.id).where(PersonRow.name == name)).one())


def read(session: Session) -> World:
    """Return the ids of a database that ``build`` has filled."""
    from spm.models.packs import PackRunRow, ReviewPackRow

    people = {row.name: row.id for row in session.scalars(select(PersonRow))}
    names = {number: name for name, number in people.items()}
    teams = {row.name: row.id for row in session.scalars(select(TeamRow))}
    team_names = {number: name for name, number in teams.items()}
    targets = list(session.scalars(select(TargetRow)))
    return World(
        people=people,
        teams=teams,
        deals={names[row.owner_id]: row.id for row in session.scalars(select(DealRow))},
        targets={names[row.person_id]: row.id for row in targets if row.person_id},
        team_targets={team_names[row.team_id]: row.id for row in targets if row.team_id},
        packs={
            names[row.person_id] if row.person_id else team_names[row.team_id or 0]: row.id
            for row in session.scalars(select(ReviewPackRow))
        },
        runs={names[row.asked_by or 0]: row.id for row in session.scalars(select(PackRunRow))},
        moves={names[row.person_id]: row.id for row in session.scalars(select(MoveProposalRow))},
        accounts={
            row.name.removeprefix("account of "): row.id
            for row in session.scalars(select(AccountRow))
        },
        single={
            kind.__tablename__: session.scalars(select(kind.id).order_by(kind.id)).first() or 0
            for kind in (
                ProductRow,
                PipelineRow,
                GoalRow,
                KpiRow,
                ImportRow,
                ImportTableRow,
                ImportMappingRow,
                OfficeRow,
                RegionRow,
                TerritoryRow,
            )
        },
        stages={row.name: row.id for row in session.scalars(select(StageRow))},
    )
