"""Rows for tests, with everything that a test does not care about filled in."""

import secrets
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from spm.adapters.database import unit
from spm.domain.access import Role
from spm.models.identity import CredentialRow, SignInRow
from spm.models.organisation import (
    MembershipRow,
    OrganisationRow,
    PersonRow,
    ReportingLineRow,
    RoleGrantRow,
    TeamHeadRow,
    TeamRow,
)
from spm.models.pipeline import (
    AccountRow,
    DealReachRow,
    DealRow,
    DealStateRow,
    PipelineRow,
    ProductRow,
    StageRow,
)
from spm.services.identity.sign_in import digest_of
from tests.conftest import NOW

_numbers = count(1)


def an_organisation(session: Session, **changes: object) -> OrganisationRow:
    """The organisation, set up: dollars, UTC, January."""
    values: dict[str, object] = {
        "id": 1,
        "name": "Example",
        "time_zone": "UTC",
        "currency": "USD",
        "fiscal_start_month": 1,
        "locale": "en",
        "is_fiscal_start_chosen": True,
        "is_set_up": True,
        "requires_target_approval": False,
    } | changes
    row = OrganisationRow(**values)
    session.add(row)
    session.flush()
    return row


def a_person(
    session: Session, name: str = "", *roles: Role, manager: PersonRow | None = None
) -> PersonRow:
    """A person who may sign in, with roles (a rep where none is named) and perhaps a manager."""
    name = name or f"Person {next(_numbers)}"
    email = f"{name.casefold().replace(' ', '.')}@example.com"
    person = PersonRow(
        name=name, name_key=name.casefold(), email=email, email_key=email, created_at=NOW
    )
    session.add(person)
    session.flush()
    session.add(CredentialRow(person_id=person.id, password_hash="-", changed_at=NOW))
    for role in roles or (Role.REP,):
        session.add(RoleGrantRow(person_id=person.id, role=role.value, granted_at=NOW))
    if manager is not None:
        session.add(ReportingLineRow(person_id=person.id, manager_id=manager.id, recorded_at=NOW))
    session.flush()
    return person


def a_team(
    session: Session,
    name: str = "",
    *members: PersonRow,
    head: PersonRow | None = None,
    parent: TeamRow | None = None,
) -> TeamRow:
    """A team with members (since ever) and perhaps a head and a parent."""
    name = name or f"Team {next(_numbers)}"
    team = TeamRow(name=name, name_key=name.casefold(), parent_id=parent.id if parent else None)
    session.add(team)
    session.flush()
    for member in members:
        session.add(MembershipRow(person_id=member.id, team_id=team.id, recorded_at=NOW))
    if head is not None:
        session.add(TeamHeadRow(person_id=head.id, team_id=team.id, recorded_at=NOW))
    session.flush()
    return team


STAGES = (
    ("Prospecting", "open", 1000),
    ("Qualification", "open", 2500),
    ("Proposal", "open", 5000),
    ("Negotiation", "open", 7500),
    ("Won", "won", 10000),
    ("Lost", "lost", 0),
)


def a_pipeline(
    session: Session, name: str = "", stages: tuple[tuple[str, str, int], ...] = STAGES
) -> tuple[PipelineRow, dict[str, StageRow]]:
    """A pipeline and its stages by name."""
    name = name or f"Pipeline {next(_numbers)}"
    pipeline = PipelineRow(name=name, name_key=name.casefold())
    session.add(pipeline)
    session.flush()
    rows = {
        stage: StageRow(
            pipeline_id=pipeline.id,
            position=position,
            name=stage,
            name_key=stage.casefold(),
            kind=kind,
            probability_bp=probability,
        )
        for position, (stage, kind, probability) in enumerate(stages, start=1)
    }
    session.add_all(rows.values())
    session.flush()
    return pipeline, rows


def an_account(session: Session, name: str = "") -> AccountRow:
    """An account."""
    name = name or f"Account {next(_numbers)}"
    row = AccountRow(name=name, name_key=name.casefold())
    session.add(row)
    session.flush()
    return row


def a_product(session: Session, name: str = "", price_minor: int | None = None) -> ProductRow:
    """A product."""
    name = name or f"Product {next(_numbers)}"
    row = ProductRow(
        name=name, name_key=name.casefold(), list_price_minor=price_minor, currency="USD"
    )
    session.add(row)
    session.flush()
    return row


def a_deal(
    session: Session,
    owner: PersonRow,
    stage: StageRow,
    *,
    amount_minor: int | None = 100_000,
    expected_close_on: date | None = None,
    name: str = "",
) -> DealRow:
    """A deal's current columns only; its history is made by the pipeline's own services."""
    name = name or f"Deal {next(_numbers)}"
    row = DealRow(
        name=name,
        name_key=name.casefold(),
        pipeline_id=stage.pipeline_id,
        stage_id=stage.id,
        owner_id=owner.id,
        amount_minor=amount_minor,
        currency="USD",
        expected_close_on=expected_close_on,
        created_at=NOW,
    )
    session.add(row)
    session.flush()
    return row


def a_dated_deal(
    session: Session,
    owner: PersonRow,
    stage: StageRow,
    *,
    opened_on: date,
    closed_on: date | None = None,
    amount_minor: int | None = 100_000,
    expected_close_on: date | None = None,
    reached: tuple[StageRow, ...] = (),
) -> DealRow:
    """A deal with the caches that figures read: its present state, and the stages it reached
    on the day it was opened.
    """
    deal = a_deal(
        session, owner, stage, amount_minor=amount_minor, expected_close_on=expected_close_on
    )
    deal.opened_on, deal.closed_on = opened_on, closed_on
    begin = datetime.combine(closed_on or opened_on, time(), UTC)
    session.add(
        DealStateRow(
            deal_id=deal.id,
            from_at=begin,
            to_at=datetime(9999, 12, 31, tzinfo=UTC),
            is_dated=True,
            pipeline_id=stage.pipeline_id,
            stage_id=stage.id,
            stage_kind=stage.kind,
            owner_id=owner.id,
            credited_owner_id=owner.id,
            amount_minor=amount_minor,
            currency="USD",
            expected_close_on=expected_close_on,
            opened_on=opened_on,
            closed_on=closed_on,
        )
    )
    for each in reached:
        session.add(
            DealReachRow(
                deal_id=deal.id,
                stage_id=each.id,
                reached_at=datetime.combine(opened_on, time(), UTC),
                reached_on=opened_on,
                owner_id=owner.id,
                amount_minor=amount_minor,
                currency="USD",
            )
        )
    session.flush()
    return deal


def start_session(engine: Engine, person_id: int, now: datetime = NOW) -> str:
    """Sign a person in; return the token of the cookie."""
    token = secrets.token_urlsafe(32)
    with unit(engine, writes=True) as session:
        session.add(
            SignInRow(
                token_digest=digest_of(token),
                person_id=person_id,
                started_at=now,
                seen_at=now,
                expires_at=now + timedelta(days=1),
            )
        )
    return token
