"""The house that the journeys are made in: its people, a target, deals with their history."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

import waitress
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config import Settings
from spm.adapters.database import unit
from spm.adapters.passwords import passwords
from spm.app import create_app
from spm.domain.access import Actor, Role
from spm.domain.ids import AccountId, PersonId, PipelineId, StageId
from spm.domain.money import Money
from spm.domain.period import parse
from spm.domain.pipeline.deals import Facts, Move
from spm.domain.targets.target import Owner
from spm.jobs.table import worker
from spm.models.organisation import PersonRow
from spm.models.pipeline import DealRow, StageRow
from spm.queries.organisation.settings import get_organisation
from spm.services.identity.credentials import set_password
from spm.services.pipeline import deals
from spm.services.targets.kpis import ensure_won_revenue_kpi
from spm.services.targets.targets import set_target
from spm.services.work import Work
from tests.builders import a_person, a_pipeline, a_product, a_team, an_account, an_organisation
from tests.conftest import NOW

PASSWORD = "five plain words of ours"
PERIOD = "2026-Q4"


@dataclass(frozen=True, slots=True)
class House:
    """Where it is served, and the ids of its people and of what they work on."""

    address: str
    engine: Engine
    people: dict[str, int]
    kpi_id: int
    pipeline_id: int
    team_id: int
    account_id: int

    def email(self, who: str) -> str:
        """Return the address that somebody signs in with."""
        with Session(self.engine) as session:
            return session.get_one(PersonRow, self.people[who]).email or ""


def furnish(engine: Engine) -> dict[str, dict[str, int]]:
    """Fill an empty database; every rep has won 1,000 and has 2,500 open in the first stage."""
    with unit(engine, writes=True) as session:
        an_organisation(session)
        manager = a_person(session, "Mia Moor", Role.MANAGER)
        reps = {
            name.split()[0].casefold(): a_person(session, name, manager=manager)
            for name in ("Rita Rep", "Taras Шевчук", "Pat Packer")
        }
        staff = {
            "operations": a_person(session, "Olga Ops", Role.OPERATIONS),
            "auditor": a_person(session, "Aud Itor", Role.AUDITOR),
            "administrator": a_person(session, "Ada Admin", Role.ADMINISTRATOR),
        }
        people = {"manager": manager, **reps, **staff}
        team = a_team(session, "北チーム", *reps.values(), head=manager)
        pipeline, stages = a_pipeline(session, "New business")
        account = an_account(session, "Зоря Оптика")
        a_product(session, "Lumen 20", 490_000)
        kpi_id = ensure_won_revenue_kpi(session, NOW)
        work = Work(session, Actor.console(), NOW, get_organisation(session))
        for person in people.values():
            set_password(work, passwords("test"), PersonId(person.id), PASSWORD)
        for rep in reps.values():
            _sell(work, rep, pipeline.id, stages, account.id)
            set_target(
                work,
                kpi_id,
                Owner(person_id=PersonId(rep.id)),
                parse(PERIOD),
                value=Decimal(4000),
                rationale="A tenth more than last year.",
            )
        return {
            "people": {who: person.id for who, person in people.items()},
            "things": {
                "kpi_id": kpi_id,
                "pipeline_id": pipeline.id,
                "team_id": team.id,
                "account_id": account.id,
            },
        }


def _sell(
    work: Work, rep: PersonRow, pipeline_id: int, stages: dict[str, StageRow], account_id: int
) -> None:
    """Enter two deals of a rep, and win one of them."""
    first = rep.name.split()[0]
    made = [
        deals.create(
            work,
            deals.NewDeal(
                Facts(
                    f"{name} of {first}",
                    "USD",
                    account_id=AccountId(account_id),
                    amount=Money("USD", minor),
                    expected_close_on=date(2026, 12, 18),
                ),
                PersonId(rep.id),
                PipelineId(pipeline_id),
                None,
                date(2026, 10, 5),
            ),
        )
        for name, minor in (("Renewal", 100_000), ("Extension", 250_000))
    ]
    won = Move(StageId(stages["Won"].id), date(2026, 11, 2), Money("USD", 100_000), "Signed")
    version = work.session.get_one(DealRow, made[0]).version
    deals.move(work, made[0], won, version=version)


@contextmanager
def served(settings: Settings, engine: Engine) -> Iterator[str]:
    """Serve the product with its worker, as ``spm serve`` does; its clock stands at NOW."""
    app = create_app(settings, clock=lambda: NOW)
    server: Any = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = Thread(target=server.run, daemon=True)  # a browser may keep its line open
    thread.start()
    hand = worker(engine, lambda: NOW, Path(app.instance_path), timetable=None)
    working = hand.start()
    yield f"http://localhost:{server.effective_port}"
    hand.stop()
    working.join(timeout=20)
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(timeout=2)
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
