"""Every figure on every page of the demo company opens its card, and the card's rows make the figure.

Somebody of each role starts at the home page and opens one page of each kind that it leads to. A figure
that is marked as one (``figure``, ``headline``, ``tile``, ``heat``) or stands in a column of numbers
has to open something; where that is a definition card, its rows are added up again.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from spm.adapters.database import open_engine, unit
from spm.adapters.passwords import passwords
from spm.domain.access import Actor, Permission, reach
from spm.domain.ids import PersonId
from spm.domain.metrics.figure import Figure, Outcome
from spm.domain.metrics.registry import METRICS, Kind, MetricId
from spm.domain.organisation import Organisation
from spm.domain.period import AsOf, parse
from spm.domain.targets.target import Owner
from spm.models.organisation import PersonRow
from spm.models.pipeline import StageRow
from spm.queries.metrics.asking import Asked, question_of
from spm.queries.metrics.behind import Behind, deals_behind
from spm.queries.metrics.figures import figure
from spm.queries.metrics.targeted import actual_question, bound_kpi, target_parts
from spm.queries.organisation.actor import get_actor
from spm.queries.organisation.settings import get_organisation
from spm.services.demo.load import fill
from spm.services.demo.people import Login, logins
from spm.services.identity.credentials import set_password
from spm.services.packs import How, issue_pack
from spm.services.work import Work
from spm.web.blueprints.metrics.forms import asked_by
from tests.builders import start_session
from tests.conftest import NOW
from tests.databases import Databases

WHO = ("rep", "manager", "director", "executive", "operations")

OWN = frozenset({"metrics.explain", "deals.sum"})
"""Pages that are a card themselves: their figure is explained by the rest of the page."""

FACTS = frozenset(
    {
        "deals.list", "deals.show", "deals.change_many", "accounts.list", "accounts.show",
        "products.list", "pipelines.show", "imports.show", "imports.list", "search.results",
        "audit.list", "jobs.list", "packs.list", "gallery.show", "kpis.list", "packs.run",
        "targets.grid", "targets.list", "targets.show", "kpis.show",
        "teams.list",
    }
)  # fmt: skip
"""Pages whose columns of numbers are facts of the row itself (a deal's amount, a list price, a target as
it was set), or progress of a run: the row is what they are of."""

ROWS_OF_FACTS = frozenset({"deals"})
"""Tables, by the id of their panel, whose rows are deals with their own facts."""

NO_CARD: Mapping[str, str] = {
    "waterfall": "slippage and pushes are said with their own two numbers; no list stands behind them",
    "targets.plan": "the sum of what is typed, which nobody has set yet",
}
"""Where a number that is no link is known of, and why."""

SKIPPED = frozenset({"static", "deals.export", "packs.download", "packs.download_run"})


@dataclass
class Seen:
    """A page as a parser sees it: its links, and the numbers that open nothing."""

    links: list[str] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """Finds figures: elements of the class ``figure``, large values, and cells of numbers."""

    VOID = frozenset(
        {"br", "hr", "img", "input", "meta", "link", "use", "path", "rect", "circle", "line"}
    )
    MARKS = ("figure", "headline-value", "tile-value", "heat-first", "number")

    def __init__(self) -> None:
        super().__init__()
        self.seen = Seen()
        self.stack: list[tuple[str, frozenset[str], str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        classes = frozenset((said.get("class") or "").split())
        href = said.get("href") or ""
        if tag == "a" and href:
            self.seen.links.append(href)
            if "figure" in classes:
                self.seen.cards.append(href)
        if tag not in self.VOID:
            self.stack.append((tag, classes, said.get("id") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing that is empty holds a figure."""

    def handle_data(self, data: str) -> None:
        if not self.stack or not re.search(r"\d", data):
            return
        tags = [tag for tag, _, _ in self.stack]
        if "main" not in tags or {
            "a",
            "script",
            "style",
            "title",
            "svg",
            "option",
            "th",
            "form",
            "button",
        } & set(tags):
            return
        classes = set().union(*(found for _, found, _ in self.stack))
        ids = {name for _, _, name in self.stack}
        quiet = {"n", "unit", "board-card", "visually-hidden", "chart-table", "pager"} & classes
        if set(self.MARKS) & classes and not quiet and not ids & ROWS_OF_FACTS:
            self.seen.bare.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        while self.stack:
            if self.stack.pop()[0] == tag:
                return


def load(address: str) -> None:
    """Fill a database with the demo company and issue one pack."""
    engine = open_engine(address)
    with unit(engine, writes=True) as session:
        work = Work(session, Actor.console(), NOW, get_organisation(session))
        fill(work)
        session.flush()
        organisation = get_organisation(session)
        who = session.scalars(
            select(PersonRow.id).where(PersonRow.email_key == login("rep").email)
        ).one()
        how = How(parse("2026-Q3"), AsOf.at(NOW), "en", "a4")
        work = Work(session, Actor.console(), NOW, organisation)
        hashing = passwords("test")
        for one in logins():
            address_key = PersonRow.email_key == one.email
            known = session.scalars(select(PersonRow.id).where(address_key)).one()
            set_password(work, hashing, PersonId(known), "for the tests only, 4711")
        issue_pack(work, Owner(person_id=PersonId(who)), how)
    engine.dispose()


def login(role: str) -> Login:
    """Somebody of the demo company by role."""
    return next(one for one in logins() if one.role == role)


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    with databases.clean("sqlite", "demo", load) as at:
        yield at


@dataclass
class Visit:
    """One person's walk: what is bare, and the cards that pages lead to."""

    app: Flask
    browser: FlaskClient
    bare: dict[str, list[str]] = field(default_factory=dict)
    cards: dict[tuple[str, ...], str] = field(default_factory=dict)
    pages: Counter[str] = field(default_factory=Counter)

    def endpoint(self, address: str) -> str:
        try:
            return str(self.app.url_map.bind("localhost").match(urlsplit(address).path)[0])
        except (HTTPException, RequestRedirect):
            return ""

    def walk(self) -> None:
        waiting, known = ["/"], {"scorecards.home"}
        while waiting:
            at = waiting.pop(0)
            answer = self.browser.get(at, follow_redirects=True)
            assert answer.status_code == 200, at
            if answer.mimetype != "text/html":
                continue
            here = self.endpoint(answer.request.path)
            self.pages[here] += 1
            shown = re.sub(r"<[^>]+>", " ", answer.text)
            assert not re.search(r"\d[.,]\d{7,}", shown), f"a number with all its places: {at}"
            seen = read(answer.text)
            if here not in OWN | FACTS and seen.bare:
                self.bare[f"{here} ({at})"] = seen.bare
            for card in seen.cards:
                if self.endpoint(card) == "metrics.explain":
                    asked = parse_qs(urlsplit(card).query)
                    kind = (asked["metric"][0], *sorted(asked.keys() - {"metric", "as_of"}), here)
                    self.cards.setdefault(kind, card)
            for link in seen.links:
                path = urlsplit(link).path
                name = self.endpoint(link) if path.startswith("/") else ""
                if name and name not in known | SKIPPED and not link.startswith("//"):
                    known.add(name)
                    waiting.append(link.split("#")[0])


def read(text: str) -> Seen:
    """Read a page."""
    reader = Reader()
    reader.feed(text)
    return reader.seen


@pytest.mark.slow
@pytest.mark.parametrize("role", WHO)
def test_every_figure_opens_its_card_and_its_rows_make_it(
    app: Flask, engine: Engine, role: str
) -> None:
    with unit(engine, writes=False) as session:
        person_id = session.scalars(
            select(PersonRow.id).where(PersonRow.email_key == login(role).email)
        ).one()
    browser = app.test_client()
    browser.set_cookie("spm", start_session(engine, person_id), domain="localhost")
    visit = Visit(app, browser)
    visit.walk()
    bare = {at: found for at, found in visit.bare.items() if at.split(" ")[0].split(".")[0] not in
            NO_CARD and at.split(" ")[0] not in NO_CARD}  # fmt: skip
    assert bare == {}
    assert visit.pages["deals.board"], (visit.pages, visit.bare)
    assert len(visit.cards) >= (10 if role in {"rep", "manager", "director", "executive"} else 1)
    with unit(engine, writes=False) as session:
        organisation = get_organisation(session)
        actor = get_actor(session, PersonId(person_id), NOW.date())
        adder = Adder(session, organisation, actor)
        wrong = [f"{card}: {said}" for card in visit.cards.values() for said in adder.judge(card)]
    assert wrong == []
    for card in list(visit.cards.values())[:12]:
        shown = browser.get(card, headers={"HX-Request": "true"}).text
        metric = METRICS[MetricId(parse_qs(urlsplit(card).query)["metric"][0])]
        for word in (
            metric.formula_on(None),
            "As of",
            ">n<" if metric.kind is not Kind.TARGET else "n",
        ):
            assert word in shown.replace("&#39;", "'"), (card, word)


@dataclass
class Adder:
    """Adds the rows behind a card up again, by what its metric says in words."""

    session: Session
    organisation: Organisation
    actor: Actor

    def judge(self, card: str) -> Iterator[str]:
        """Yield what is wrong with a card."""
        query = MultiDict(parse_qsl(urlsplit(card).query))
        asked = asked_by(query)
        question = question_of(self.session, self.organisation, NOW, asked)
        if question.by is not None:
            return  # its parts have cards of their own
        found = figure(self.session, self.organisation, question)
        if question.metric is MetricId.TARGET:
            parts = target_parts(self.session, self.organisation, question)
            if sum((part.value for part in parts), Decimal(0)) != (found.value or 0):
                yield f"targets {parts} make {found.value}"
            return
        sight = reach(self.actor, Permission.DEALS_VIEW)
        behind = deals_behind(self.session, self.organisation, question, sight, limit=1_000_000)
        if behind.hidden:
            return  # what may not be opened is counted and said on the card
        yield from self.of(found, behind)

    def of(self, found: Figure, behind: Behind) -> Iterator[str]:
        """Yield where rows and figure differ."""
        reading, rows = found.reading, behind.deals
        amounts = [deal.amount.amount for deal in rows if deal.amount is not None]
        total = sum(amounts, Decimal(0))
        stages = dict(self.session.execute(select(StageRow.name, StageRow.kind)).tuples().all())
        won = [deal for deal in rows if stages[deal.stage] == "won"]
        days = [deal.days for deal in won if deal.days is not None]
        metric = found.metric.id
        if metric in {MetricId.ATTAINMENT, MetricId.PACE}:
            kpi = bound_kpi(self.session, found.question.kpi)
            asked = actual_question(found.question, kpi)
            actual = figure(self.session, self.organisation, asked)
            if reading.numerator is not None and reading.numerator != actual.value:
                yield f"actual {actual.value}, not {reading.numerator}"
            yield from self.of(actual, behind)
            return
        expected: Mapping[MetricId, Callable[[], Decimal | None]] = {
            MetricId.WON_REVENUE: lambda: total,
            MetricId.OPEN_PIPELINE: lambda: total,
            MetricId.VALUE_REACHING_STAGE: lambda: total,
            MetricId.WON_DEALS: lambda: Decimal(len(rows)),
            MetricId.LOST_DEALS: lambda: Decimal(len(rows)),
            MetricId.OPEN_DEALS: lambda: Decimal(len(rows)),
            MetricId.DEALS_REACHING_STAGE: lambda: Decimal(len(rows)),
            MetricId.WIN_RATE: lambda: _ratio(Decimal(len(won)), len(rows)),
            MetricId.AVERAGE_DEAL_SIZE: lambda: _ratio(total, len(amounts)),
            MetricId.SALES_CYCLE_DAYS: lambda: _ratio(Decimal(sum(days)), len(days)),
        }
        if metric in expected:
            if expected[metric]() != reading.value:
                yield f"rows make {expected[metric]()}, not {reading.value}"
        elif metric is MetricId.COVERAGE:
            if reading.value is not None and total != reading.numerator:
                yield f"rows make {total}, not {reading.numerator}"
        elif metric is MetricId.STAGE_CONVERSION:
            kinds = Counter(deal.outcome for deal in rows)
            went_on, lost = kinds[Outcome.WENT_ON], kinds[Outcome.LOST]
            said = (reading.numerator, reading.n, reading.still_open)
            if (Decimal(went_on), went_on + lost, kinds[Outcome.OPEN]) != said:
                yield f"rows make {kinds}, not {said}"
        else:
            yield f"nobody adds up the rows of {metric}"


def _ratio(above: Decimal, below: int) -> Decimal | None:
    return above / below if below else None


def test_a_reader_finds_what_opens_nothing() -> None:
    """The instrument itself: a number in a figure, a cell or a headline without a link is bare."""
    page = (
        '<main><span class="figure">€1</span><td class="number">2</td><td class="number">'
        '<a class="figure" href="/figures/explain?metric=won_deals">3</a></td>'
        '<p class="headline-value"><span class="figure">4</span> <span class="unit">of 5</span></p>'
        '<span class="figure is-unknown">–</span><div class="board-card"><span class="figure">6</span>'
        "</div></main>"
    )
    assert read(page).bare == ["€1", "2", "4"]


@pytest.mark.parametrize("day", ["2025-06-30", "2026-09-30", "2026-10-31"])
def test_the_lines_of_the_demo_company_are_its_pipeline_at_any_time(
    engine: Engine, day: str
) -> None:
    with unit(engine, writes=False) as session:
        organisation = get_organisation(session)
        asked = Asked(metric="open_pipeline", as_of=day, by="product")
        found = figure(session, organisation, question_of(session, organisation, NOW, asked))
    parts = [group.reading.value or 0 for group in found.groups]
    assert len(parts) > 5
    assert sum(parts) == found.reading.value
