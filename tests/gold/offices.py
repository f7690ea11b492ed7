"""A data set as its people read it: their pages, their packs, their browsers."""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from pathlib import Path

from babel.numbers import format_compact_currency, format_currency, format_decimal
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Settings
from spm.adapters.database import begin_unit, open_engine, unit
from spm.domain.access import Actor, Role
from spm.domain.analytics.scorecard import KpiLine
from spm.domain.ids import PersonId, TeamId
from spm.domain.metrics.figure import Reading, ScopeKind
from spm.domain.metrics.registry import MetricId
from spm.domain.period import PeriodKind, parse
from spm.domain.targets.kpi import Measure
from spm.domain.targets.target import Owner
from spm.models.identity import CredentialRow
from spm.models.organisation import OrganisationRow, PersonRow
from spm.models.targets import KpiRow
from spm.queries.metrics.names import find_scope
from spm.queries.organisation.actor import get_actor
from spm.queries.organisation.settings import get_organisation
from spm.services.packs import How, default_as_of, issue_pack, print_pack
from spm.services.targets.kpis import Wishes, define_kpi, ensure_won_revenue_kpi
from spm.services.work import Work
from spm.web.blueprints.scorecards.pages import RepPage, TeamPage, rep_page, team_page
from spm.web.looking import look
from tests import builders
from tests.conftest import an_app
from tests.gold.conftest import Json

OPERATIONS = "Olha Operations"
"""Who sees everything."""


@dataclass
class Office:
    """What people see of a data set, as records; nothing of it is kept."""

    session: Session
    now: datetime

    def work_of(self, name: str) -> Work:
        """A unit of work of a person."""
        organisation = get_organisation(self.session)
        today = organisation.business_date(self.now)
        actor = get_actor(self.session, self.person(name), today)
        return Work(self.session, actor, self.now, organisation)

    def person(self, name: str) -> PersonId:
        """Id of a person."""
        return PersonId(find_scope(self.session, ScopeKind.REP, name).id or 0)

    def add_kpis(self, *metrics: MetricId) -> None:
        """Measure everybody by these metrics beside the won revenue."""
        console = Work(self.session, Actor.console(), self.now, get_organisation(self.session))
        for metric in metrics:
            measure = Measure(metric, period_kind=PeriodKind.QUARTER)
            kpi_id = define_kpi(console, Wishes(name=metric.value, measure=measure))
            self.session.get_one(KpiRow, kpi_id).state = "active"
        self.session.flush()

    def rep_page(self, name: str, period: str) -> RepPage:
        """A person's own card."""
        work = self.work_of(name)
        return rep_page(work, self.person(name), look(work, {"period": period}))

    def team_page(self, manager: str, period: str) -> TeamPage:
        """The card of the one team that somebody heads, as he sees it; no period is the present."""
        work = self.work_of(manager)
        (team_id,) = work.actor.heads
        return team_page(work, TeamId(team_id), look(work, {"period": period}))

    def whole_page(self, period: str) -> TeamPage:
        """The organisation's card, as operations see it."""
        work = self.work_of(OPERATIONS)
        return team_page(work, None, look(work, {"period": period}))

    def pack_text(self, name: str, period: str, language: str = "en") -> str:
        """The text of the PDF of a person's review pack, issued by operations."""
        console = Work(self.session, Actor.console(), self.now, get_organisation(self.session))
        asked = parse(period, console.organisation.fiscal_start)
        as_of = default_as_of(console, asked)
        pack = issue_pack(
            console, Owner(person_id=self.person(name)), How(asked, as_of, language, "a4")
        )
        pages = PdfReader(io.BytesIO(print_pack(pack, ""))).pages
        return squeezed(" ".join(page.extract_text() for page in pages))


def _open(session: Session, now: datetime) -> None:
    """Do what a new database has done and an imported one lacks."""
    ensure_won_revenue_kpi(session, now)
    builders.a_person(session, OPERATIONS, Role.OPERATIONS)


@contextmanager
def office_at(url: str) -> Iterator[Office]:
    """Open the office of a database for a unit of work that is not kept."""
    engine = open_engine(url)
    with Session(engine, expire_on_commit=False) as session:
        begin_unit(session, writes=True)
        now = datetime.now(UTC)
        _open(session, now)
        yield Office(session, now)
        session.rollback()
    engine.dispose()


@contextmanager
def browsers_at(url: str, instance: Path) -> Iterator[Callable[..., FlaskClient]]:
    """Serve a database and yield what gives somebody's browser, signed in, in a language."""
    now = datetime.now(UTC)
    engine = open_engine(url)
    with unit(engine, writes=True) as session:
        session.get_one(OrganisationRow, 1).is_set_up = True
        _open(session, now)
    settings = Settings(
        database_url=url,
        instance=instance,
        secret_key="for-tests-only",
        audit_keys="1:for-tests-only-for-tests-only-for-tests",
        base_url="http://localhost",
        password_cost="test",
        runs_jobs=False,
        is_testing=True,
    )
    with an_app(settings, now) as app:

        def browser_of(name: str, language: str = "en") -> FlaskClient:
            with unit(engine, writes=True) as session:
                row = session.scalars(select(PersonRow).where(PersonRow.name == name)).one()
                row.locale = language
                person_id = row.id
                if session.get(CredentialRow, person_id) is None:
                    session.add(
                        CredentialRow(person_id=person_id, password_hash="-", changed_at=now)
                    )
            browser = app.test_client()
            token = builders.start_session(engine, person_id, now)
            browser.set_cookie("spm", token, domain="localhost")
            return browser

        yield browser_of
    engine.dispose()


def text_of(browser: FlaskClient, address: str) -> str:
    """What a page says, its tool tips too."""
    return squeezed(plain(html_of(browser, address)))


def rows_of(browser: FlaskClient, address: str) -> Mapping[str, str]:
    """What the rows of a page's tables say, by the first cell."""
    rows = re.findall(r"<tr[ >].*?</tr>", html_of(browser, address), re.DOTALL)
    found = {}
    for row in rows:
        head = re.search(r'<th scope="row">(.*?)</th>', row, re.DOTALL)
        if head is not None:
            found[squeezed(plain(head[1]))] = squeezed(plain(row))
    return found


def html_of(browser: FlaskClient, address: str) -> str:
    """The markup of a page that answers well."""
    answer = browser.get(address, follow_redirects=True)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.get_data(as_text=True)


def plain(html: str) -> str:
    """Words and tool tips of markup."""
    tips = re.sub(r'<[^>]* title="([^"]*)"[^>]*>', r" \1 ", html)
    return unescape(re.sub(r"<[^>]*>", " ", tips))


def squeezed(text: str) -> str:
    """Text with every kind of space as one plain one."""
    return re.sub(r"\s+", " ", text.replace("\u00ad", "")).strip()


def number(value: int, language: str = "en") -> str:
    """A number with its groups."""
    return squeezed(format_decimal(value, locale=language))


def money(value: str, language: str = "en") -> str:
    """Dollars in full: whole ones without cents."""
    said = format_currency(Decimal(value), "USD", locale=language)
    if Decimal(value) == int(Decimal(value)):
        said = re.sub(r"[.,]0+(?=\D*$)", "", said)
    return squeezed(said)


def short_money(value: str, language: str = "en") -> str:
    """Dollars as a cell of a table abbreviates them."""
    digits = 0 if abs(Decimal(value)) < 1000 else 1
    return squeezed(
        format_compact_currency(Decimal(value), "USD", locale=language, fraction_digits=digits)
    )


def measured(readings: Mapping[MetricId, Reading]) -> dict[str, Json]:
    """Readings as the gold tables are compared with: by the name of the metric, in digits."""
    return {
        metric.value: {"value": _digits(found.value), "median": _digits(found.median)}
        for metric, found in readings.items()
    }


def shown(lines: Iterable[KpiLine]) -> dict[str, Json]:
    """The same of the lines or cells of a card."""
    return measured({line.kpi.metric: line.actual for line in lines})


def _digits(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
