"""The rail by role, addresses that keep the question, and the only way back that is trusted."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import Flask, current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError, RequestRedirect

from spm.i18n.words import N_


@dataclass(frozen=True, slots=True)
class Destination:
    """A place on the rail.

    Attributes:
        endpoint: Shown only where the application has it.
        label: English words, spoken when drawn.
        icon: A name of the sprite.
        permission: Needed to see it; None for everybody signed in.
        section: The heading that it stands under; the first section has none.
        also: Endpoints that belong to it besides its own.
        is_whole: Only for those who have the permission over everybody's.
        is_sellers: Only for those who have a scorecard of their own.
    """

    endpoint: str
    label: str
    icon: str
    permission: str | None
    section: str = ""
    also: tuple[str, ...] = ()
    is_whole: bool = False
    is_sellers: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A destination as the rail draws it."""

    url: str
    label: str
    icon: str
    section: str
    is_current: bool


WORK = N_("Performance")
DATA = N_("Data")
SETUP = N_("Set-up")

NAVIGATION: tuple[Destination, ...] = (
    Destination(
        "scorecards.mine", N_("My scorecard"), "speedometer2", "figures.view", is_sellers=True
    ),
    Destination(
        "scorecards.team",
        N_("Team"),
        "people",
        "figures.view-team",
        also=("scorecards.of_team", "scorecards.person", "scorecards.list"),
    ),
    Destination(
        "scorecards.organisation",
        N_("Organisation"),
        "building",
        "figures.view-team",
        is_whole=True,
    ),
    Destination("deals.board", N_("Board"), "kanban", "deals.view"),
    Destination(
        "deals.list",
        N_("Deals"),
        "card-list",
        "deals.view",
        also=(
            "deals.show",
            "deals.create",
            "deals.edit",
            "deals.lines",
            "deals.move",
            "deals.assign",
        ),
    ),
    Destination("targets.list", N_("Targets"), "bullseye", "targets.view", WORK),
    Destination("waterfall.start", N_("What changed"), "arrow-left-right", "figures.view", WORK),
    Destination("kpis.list", N_("KPIs"), "rulers", "kpis.view", WORK),
    Destination("goals.list", N_("Goals"), "flag", "goals.view", WORK),
    Destination("packs.list", N_("Review packs"), "file-earmark-text", "packs.view", WORK),
    Destination(
        "metrics.list",
        N_("Metrics"),
        "calculator",
        "metrics.view",
        WORK,
        also=("metrics.show", "metrics.explain"),
    ),
    Destination("accounts.list", N_("Accounts"), "briefcase", "accounts.view", DATA),
    Destination("products.list", N_("Products"), "box", "products.view", DATA),
    Destination("imports.list", N_("Imports"), "cloud-upload", "imports.view", DATA),
    Destination("people.list", N_("People"), "person-badge", "people.view", SETUP),
    Destination(
        "moves.list",
        N_("Proposed moves"),
        "person-check",
        "moves.view",
        SETUP,
        also=("moves.show", "moves.propose"),
    ),
    Destination("teams.list", N_("Teams"), "diagram-3", "teams.view", SETUP),
    Destination("places.list", N_("Places"), "geo-alt", "teams.edit", SETUP),
    Destination("pipelines.list", N_("Pipelines"), "signpost-split", "pipelines.view", SETUP),
    Destination("organisation.settings", N_("Settings"), "gear", "organisation.edit", SETUP),
    Destination("jobs.list", N_("Long work"), "hourglass-split", "jobs.view", SETUP),
    Destination("audit.list", N_("Audit log"), "journal-check", "audit.view", SETUP),
)
"""What the rail can show, in order; the first four that a person may see fill the phone's bar."""


def places(
    may: Callable[[str], bool], may_all: Callable[[str], bool], *, sells: bool
) -> tuple[Place, ...]:
    """Return the destinations that exist and that the reader may see, in order.

    Args:
        may: Whether a permission is granted over anything.
        may_all: Whether it is granted over everybody's.
        sells: Whether the reader has a scorecard of his own.
    """
    found = []
    for destination in NAVIGATION:
        allowed = may_all if destination.is_whole else may
        if destination.permission is not None and not allowed(destination.permission):
            continue
        if destination.is_sellers and not sells:
            continue
        try:
            url = url_for(destination.endpoint)
        except BuildError:
            continue
        found.append(
            Place(
                url,
                destination.label,
                destination.icon,
                destination.section,
                _is_here(destination),
            )
        )
    return tuple(found)


def _is_here(destination: Destination) -> bool:
    here = request.endpoint or ""
    if here == destination.endpoint or here in destination.also:
        return True
    blueprint = destination.endpoint.partition(".")[0]
    siblings = [each.endpoint for each in NAVIGATION if each.endpoint.startswith(f"{blueprint}.")]
    return len(siblings) == 1 and here.partition(".")[0] == blueprint


def exists(endpoint: str) -> bool:
    """Return whether the application has ``endpoint``."""
    return endpoint in current_app.view_functions


def here(**changes: object) -> str:
    """Return this page's address with some of its query changed; None takes one out.

    What a list remembers of the page number goes with any other change.
    """
    query = {name: list(values) for name, values in request.args.lists() if any(values)}
    if "page" not in changes:
        query.pop("page", None)
    for name, value in changes.items():
        query.pop(name, None)
        if isinstance(value, list | tuple):
            query[name] = [str(each) for each in value]
        elif value is not None:
            query[name] = [str(value)]
    path = quote(request.script_root + request.path, safe="/:@!$&'()*+,;=-._~")
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


def kept(*without: str) -> list[tuple[str, str]]:
    """Return this page's query as (name, value) pairs for a GET form that asks for ``without``."""
    gone = {*without, "page"}
    return [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in gone and value
    ]


_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)


def way_back(raw: str | None, default: str = "/") -> str:
    """Return ``raw`` if it is an address of a page of this application, else ``default``.

    Only printable ASCII without a backslash, one leading slash, and a path that one of our own
    GET rules answers; so that no link can send a person elsewhere.
    """
    if raw is None or len(raw) > 2000 or _LOCAL.fullmatch(raw) is None:
        return default
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return default
    try:
        adapter.match(raw.partition("?")[0].partition("#")[0], method="GET")
    except (HTTPException, RequestRedirect):
        return default
    return raw


def install(app: Flask) -> None:
    """Let templates ask where they are and what exists."""
    app.jinja_env.globals.update(here=here, kept=kept, exists=exists)
