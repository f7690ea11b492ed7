"""What each route is tried on, and what the matrix file says of it. Nothing here asks the policy table."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from flask import Flask

from spm.request.access import declaration_of
from tests.access.world import HEADS, HEADS_BELOW, LEADS, ROLES, SUBJECTS, TOP, World

MATRIX = tomllib.loads((Path(__file__).parent / "matrix.toml").read_text(encoding="utf-8"))

VIEWS = {
    "deal_id": "deals.view",
    "target_id": "targets.view",
    "pack_id": "packs.view",
    "run_id": "packs.run",
    "account_id": "accounts.view",
    "product_id": "products.view",
    "pipeline_id": "pipelines.view",
    "goal_id": "goals.view",
    "kpi_id": "kpis.view",
    "import_id": "imports.view",
    "mapping_id": "imports.view",
    "office_id": "teams.view",
    "region_id": "teams.view",
    "territory_id": "teams.view",
    "team_id": "teams.view",
    "move_id": "moves.view",
    "person_id": "people.view",
}
"""Which permission lets somebody know that the thing in an address exists."""

FEATURE_VIEWS = {"figures": "figures.view", "packs": "packs.view", "targets": "targets.view"}
"""Where the address names a person but the page is about the person's figures, packs or targets."""

ABOUT = (
    "deal_id",
    "target_id",
    "pack_id",
    "run_id",
    "account_id",
    "kpi_id",
    "move_id",
    "person_id",
    "team_id",
)
"""Arguments that say whose thing an address is about."""

MISSING = 999_999


@dataclass(frozen=True, slots=True)
class Place:
    """One address to be tried: what it is about, and by whom it may be known and used."""

    endpoint: str
    method: str
    arguments: dict[str, object] = field(hash=False)
    permission: str
    view: str
    subject: str | None

    def expects(self, persona: str) -> str:
        """Return ``allow``, ``forbid`` (403) or ``hide`` (404) for a persona, by the matrix file."""
        if not _gate(self.permission, persona):
            return "hide"
        if self.subject is None:
            return "allow"
        if self.subject == "missing" or not _covers(self.view, persona, self.subject):
            return "hide"
        return "allow" if _covers(self.permission, persona, self.subject) else "forbid"


def places(app: Flask, world: World) -> Iterator[Place]:
    """Yield every address of every route but the public ones, once for each subject that it can have."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule)):
        declared = declaration_of(app.view_functions[rule.endpoint])
        if declared is None or declared.permission is None:
            continue
        permission = declared.permission.value
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            for arguments, view, subject in _subjects(rule.arguments, permission, world):
                if rule.endpoint == "deals.move":
                    arguments["stage"] = world.stages["Proposal"]
                if rule.endpoint == "metrics.explain":
                    yield from _explained(method, permission, world)
                else:
                    yield Place(rule.endpoint, method, arguments, permission, view, subject)


def _explained(method: str, permission: str, world: World) -> Iterator[Place]:
    """The page that explains a figure names its person in the query."""
    for name in SUBJECTS:
        asked: dict[str, object] = {
            "metric": "won_revenue",
            "period": "2026-Q4",
            "rep": world.people[name],
        }
        yield Place("metrics.explain", method, asked, permission, permission, name)


def _subjects(
    names: set[str], permission: str, world: World
) -> Iterator[tuple[dict[str, object], str, str | None]]:
    fixed: dict[str, object] = {name: _fixed(name, world) for name in names if name not in ABOUT}
    about = next((name for name in ABOUT if name in names), None)
    if about is None:
        known = next((n for n in names if n in VIEWS), None)
        yield fixed, VIEWS.get(known or "", permission), None
        if known is not None:
            yield fixed | {known: MISSING}, VIEWS[known], "missing"
        return
    if about == "person_id" and "team_id" in names:
        fixed["team_id"] = world.teams["team a"]
    view = VIEWS[about]
    if about in {"person_id", "team_id"}:
        view = FEATURE_VIEWS.get(permission.partition(".")[0], view)
    if permission == "figures.view-team":
        view = permission
    for subject, number in _things(about, world).items():
        yield fixed | {about: number}, view, subject


def _things(about: str, world: World) -> dict[str, int]:
    """The things that an argument can name, by whom or which team they are about."""
    missing = {"missing": MISSING}
    match about:
        case "deal_id":
            return world.deals | missing
        case "kpi_id":
            return {"everybody": world.single["kpi"]} | missing
        case "account_id" | "pack_id" | "move_id" | "run_id":
            kinds = {
                "account_id": world.accounts,
                "pack_id": world.packs,
                "move_id": world.moves,
                "run_id": world.runs,
            }
            return kinds[about] | missing
        case "target_id":
            return world.targets | world.team_targets | missing
        case "team_id":
            return world.teams | missing
        case _:
            return {name: world.people[name] for name in (*SUBJECTS, "olga")} | missing


def _fixed(name: str, world: World) -> object:
    """A value for an argument that nobody's rights depend on."""
    known = {
        "what": "team",
        "day": "2026-12-24",
        "name": "won_revenue",
        "fact": "amount",
        "kind": "csv",
        "metric": "won_revenue",
        "stage_id": world.stages["Proposal"],
        "table_id": world.single["import_table"],
        "mapping_id": world.single["import_mapping"],
    }
    if name in known:
        return known[name]
    return world.single.get(name.removesuffix("_id"), 1)


def _words(permission: str, persona: str) -> Iterator[str]:
    cells = MATRIX[permission]
    yield from str(cells.get("anybody", "")).split()
    for role in ROLES[persona]:
        yield from str(cells.get(role.value, "")).split()


def _gate(permission: str, persona: str) -> bool:
    return any(True for _ in _words(permission, persona))


def _covers(permission: str, persona: str, subject: str) -> bool:
    """Whether the matrix gives a persona a permission over a subject's thing."""
    is_team = subject in {"group", "team a", "team b"}
    is_own = (
        subject in HEADS.get(persona, ()) and subject not in HEADS_BELOW.get(persona, ())
        if is_team
        else subject == persona
    )
    if MATRIX[permission].get("never_own") and is_own:
        return False
    relations = {
        "own": is_own and not is_team,
        "led": subject in (HEADS if is_team else LEADS).get(persona, ()),
        "below": subject in HEADS_BELOW.get(persona, ()),
        "top": subject in TOP,
        "all": True,
    }
    return any(relations[word] for word in _words(permission, persona))


def tries(app: Flask, world: World) -> Iterator[tuple[Place, str]]:
    """Yield every place with every persona who can sign in."""
    yield from product(places(app, world), ROLES)
