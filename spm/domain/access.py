"""Who may do what: the one table of permissions.

The table is held against the access matrix (tests/access/matrix.toml), which people review. A rule is
a grant: who (a role, or anybody signed in), over whose things (a relation), and in which state of the
thing. Grants add up; a denial of a permission (``never_own``) beats them all. ``may`` judges one
thing, ``reach`` says the same of a list; both read the same rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from spm.domain.ids import PersonId, TeamId


class Role(StrEnum):
    """What a person is in the organisation; several roles add up."""

    REP = "rep"
    MANAGER = "manager"
    OPERATIONS = "operations"
    EXECUTIVE = "executive"
    ENABLEMENT = "enablement"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One thing that can be allowed, named ``feature.verb``; also the name of the audited act."""

    SIGNED_IN = "identity.signed-in"
    SIGN_IN = "identity.sign-in"
    SIGN_OUT = "identity.sign-out"
    SIGN_OUT_EVERYWHERE = "identity.sign-out-everywhere"
    PASSWORD_CHANGE = "identity.change-password"  # noqa: S105
    PROFILE_EDIT = "identity.edit-profile"
    SET_UP = "organisation.set-up"
    ORGANISATION_VIEW = "organisation.view"
    ORGANISATION_EDIT = "organisation.edit"
    DIRECTORY_VIEW = "people.view"
    DIRECTORY_HISTORY = "people.history"
    PEOPLE_EDIT = "people.edit"
    PEOPLE_MOVE = "people.move"
    MOVES_VIEW = "moves.view"
    MOVES_PROPOSE = "moves.propose"
    MOVES_DECIDE = "moves.decide"
    CORRECTIONS_VIEW = "people.view-corrections"
    PEOPLE_INVITE = "people.invite"
    PEOPLE_DISABLE = "people.disable"
    ROLES_GRANT = "people.grant-role"
    TEAMS_VIEW = "teams.view"
    TEAMS_EDIT = "teams.edit"
    PIPELINES_VIEW = "pipelines.view"
    PIPELINES_EDIT = "pipelines.edit"
    ACCOUNTS_VIEW = "accounts.view"
    ACCOUNTS_EDIT = "accounts.edit"
    PRODUCTS_VIEW = "products.view"
    PRODUCTS_EDIT = "products.edit"
    DEALS_VIEW = "deals.view"
    DEALS_CREATE = "deals.create"
    DEALS_EDIT = "deals.edit"
    DEALS_EDIT_CLOSED_AMOUNT = "deals.edit-closed-amount"
    DEALS_MOVE = "deals.move"
    DEALS_ASSIGN = "deals.assign"
    VIEWS_KEEP = "views.keep"
    METRICS_VIEW = "metrics.view"
    FIGURES_VIEW = "figures.view"
    TEAM_FIGURES_VIEW = "figures.view-team"
    GOALS_VIEW = "goals.view"
    GOALS_EDIT = "goals.edit"
    KPIS_VIEW = "kpis.view"
    KPIS_EDIT = "kpis.edit"
    KPIS_ACTIVATE = "kpis.activate"
    TARGETS_VIEW = "targets.view"
    TARGETS_SET = "targets.set"
    TARGETS_ACCEPT = "targets.accept"
    TARGETS_OBJECT = "targets.object"
    TARGETS_COMMENT = "targets.comment"
    PACKS_VIEW = "packs.view"
    PACKS_ISSUE = "packs.issue"
    PACKS_SIGN_OFF = "packs.sign-off"
    PACKS_RUN = "packs.run"
    IMPORTS_VIEW = "imports.view"
    IMPORTS_RUN = "imports.run"
    IMPORTS_MAP = "imports.map"
    IMPORTS_UNDO = "imports.undo"
    IMPORTS_PURGE = "imports.purge"
    BACKUPS_MAKE = "backups.make"
    BACKUPS_RESTORE = "backups.restore"
    AUDIT_VIEW = "audit.view"
    JOBS_VIEW = "jobs.view"


class Relation(Enum):
    """Whose things a grant covers, seen from the actor, today."""

    NONE = auto()
    """Things that belong to nobody: the directory, a pipeline, the glossary."""
    OWN = auto()
    """Things about the actor."""
    LED = auto()
    """Things about people (or teams) below the actor, never the actor."""
    COACHED = auto()
    """Things about people whom the actor coaches today."""
    ALL = auto()
    """Everybody's things."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in person with roles and relations as they are today, or the console.

    Attributes:
        person_id: None for the command line only.
        roles: Several add up.
        leads: People below the actor, at any depth, without the actor.
        heads: Teams that the actor leads, with all teams below them.
        heads_below: Of these, the ones that somebody below the actor leads.
        coaches: People whom the actor coaches today.
        is_console: The command line: whoever holds the machine sees everything.
    """

    person_id: PersonId | None
    roles: frozenset[Role] = frozenset()
    leads: frozenset[PersonId] = frozenset()
    heads: frozenset[TeamId] = frozenset()
    heads_below: frozenset[TeamId] = frozenset()
    coaches: frozenset[PersonId] = frozenset()
    name: str = ""
    is_console: bool = False

    @property
    def sells(self) -> bool:
        """Whether the actor is to have targets and a scorecard of his own."""
        return bool(self.roles & {Role.REP, Role.MANAGER})

    @classmethod
    def console(cls) -> "Actor":
        """Return the actor of the command line."""
        return cls(person_id=None, name="console", is_console=True)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule may ask of the thing that is acted on.

    Attributes:
        owner_id: The person whom the thing is about.
        team_id: The team that it is about, where it is about a team.
        is_top_level: A team at the top of the tree.
    """

    owner_id: PersonId | None = None
    team_id: TeamId | None = None
    is_top_level: bool = False


NOTHING = Subject()
"""The subject of an act that is about nobody."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Lets a role (None: anybody signed in) do something to what stands in a relation to the actor."""

    role: Role | None
    relation: Relation
    when: Callable[[Subject], bool] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The row of one permission: any of its grants, unless it is one's own and that is barred."""

    grants: tuple[Grant, ...]
    never_own: bool = False


def _is_top_level(subject: Subject) -> bool:
    return subject.is_top_level


def _row(*grants: Grant, never_own: bool = False) -> Row:
    return Row(grants, never_own)


EVERYBODY = Grant(None, Relation.NONE)
OWN = Grant(None, Relation.OWN)
REP_OWN = Grant(Role.REP, Relation.OWN)
MANAGER_LED = Grant(Role.MANAGER, Relation.LED)
MANAGER_OWN = Grant(Role.MANAGER, Relation.OWN)
OPERATIONS = Grant(Role.OPERATIONS, Relation.ALL)
OPERATIONS_OWN = Grant(Role.OPERATIONS, Relation.OWN)
EXECUTIVE = Grant(Role.EXECUTIVE, Relation.ALL)
AUDITOR = Grant(Role.AUDITOR, Relation.ALL)
ADMINISTRATOR = Grant(Role.ADMINISTRATOR, Relation.ALL)
COACH_ANY = Grant(None, Relation.COACHED)

READERS_OF_PEOPLE = (OWN, MANAGER_LED, OPERATIONS, EXECUTIVE, COACH_ANY, AUDITOR)

# What belongs to nobody in particular is read by every role of the matrix but the administrator, who
# "reads accounts and settings, not people's data".
SALES_ROLES = tuple(
    Grant(role, Relation.ALL)
    for role in (
        Role.REP,
        Role.MANAGER,
        Role.OPERATIONS,
        Role.EXECUTIVE,
        Role.ENABLEMENT,
        Role.AUDITOR,
    )
)

POLICY: dict[Permission, Row] = {
    Permission.SIGNED_IN: _row(EVERYBODY),
    Permission.SIGN_IN: _row(OWN),
    Permission.SIGN_OUT: _row(EVERYBODY),
    Permission.SIGN_OUT_EVERYWHERE: _row(OWN),
    Permission.PASSWORD_CHANGE: _row(OWN),
    Permission.PROFILE_EDIT: _row(OWN),
    Permission.SET_UP: _row(),
    Permission.ORGANISATION_VIEW: _row(EVERYBODY),
    Permission.ORGANISATION_EDIT: _row(ADMINISTRATOR, OPERATIONS),
    # 1 directory, 20 users, roles, hierarchy
    Permission.DIRECTORY_VIEW: _row(EVERYBODY),
    Permission.DIRECTORY_HISTORY: _row(OWN, OPERATIONS, ADMINISTRATOR, AUDITOR),
    Permission.PEOPLE_EDIT: _row(OPERATIONS, ADMINISTRATOR),
    Permission.PEOPLE_MOVE: _row(OPERATIONS, ADMINISTRATOR, never_own=True),
    Permission.MOVES_VIEW: _row(MANAGER_LED, OPERATIONS, ADMINISTRATOR, AUDITOR, never_own=True),
    Permission.MOVES_PROPOSE: _row(MANAGER_LED, never_own=True),
    Permission.MOVES_DECIDE: _row(OPERATIONS, ADMINISTRATOR, never_own=True),
    Permission.CORRECTIONS_VIEW: _row(OPERATIONS, ADMINISTRATOR, AUDITOR, never_own=True),
    Permission.PEOPLE_INVITE: _row(ADMINISTRATOR, never_own=True),
    Permission.PEOPLE_DISABLE: _row(ADMINISTRATOR, never_own=True),
    Permission.ROLES_GRANT: _row(ADMINISTRATOR, never_own=True),
    Permission.TEAMS_VIEW: _row(EVERYBODY),
    Permission.TEAMS_EDIT: _row(OPERATIONS, ADMINISTRATOR),
    # 2b pipelines, stages, templates
    Permission.PIPELINES_VIEW: _row(*SALES_ROLES),
    Permission.PIPELINES_EDIT: _row(OPERATIONS),
    # 2a accounts, products
    Permission.ACCOUNTS_VIEW: _row(*SALES_ROLES),
    Permission.ACCOUNTS_EDIT: _row(REP_OWN, MANAGER_OWN, MANAGER_LED, OPERATIONS),
    Permission.PRODUCTS_VIEW: _row(*SALES_ROLES),
    Permission.PRODUCTS_EDIT: _row(OPERATIONS),
    # 2 deals
    Permission.DEALS_VIEW: _row(*READERS_OF_PEOPLE),
    Permission.DEALS_CREATE: _row(REP_OWN, MANAGER_OWN, MANAGER_LED, OPERATIONS),
    Permission.DEALS_EDIT: _row(REP_OWN, MANAGER_OWN, MANAGER_LED, OPERATIONS),
    Permission.DEALS_EDIT_CLOSED_AMOUNT: _row(MANAGER_LED, OPERATIONS, never_own=True),
    Permission.DEALS_MOVE: _row(REP_OWN, MANAGER_OWN, MANAGER_LED, OPERATIONS),
    Permission.DEALS_ASSIGN: _row(MANAGER_LED, OPERATIONS, never_own=True),
    # 17 saved views: one's own; what they show is judged again for whoever opens them
    Permission.VIEWS_KEEP: _row(OWN),
    # 17 dashboards: the figures themselves
    Permission.METRICS_VIEW: _row(EVERYBODY),
    Permission.FIGURES_VIEW: _row(*READERS_OF_PEOPLE),
    Permission.TEAM_FIGURES_VIEW: _row(MANAGER_LED, OPERATIONS, EXECUTIVE, AUDITOR),
    # 3 targets, 3a KPIs
    Permission.GOALS_VIEW: _row(*SALES_ROLES),
    Permission.GOALS_EDIT: _row(OPERATIONS, EXECUTIVE),
    Permission.KPIS_VIEW: _row(*SALES_ROLES),
    Permission.KPIS_EDIT: _row(MANAGER_LED, OPERATIONS),
    Permission.KPIS_ACTIVATE: _row(MANAGER_LED, OPERATIONS),
    Permission.TARGETS_VIEW: _row(*READERS_OF_PEOPLE),
    Permission.TARGETS_SET: _row(
        MANAGER_LED,
        OPERATIONS,
        Grant(Role.EXECUTIVE, Relation.ALL, _is_top_level),
        never_own=True,
    ),
    Permission.TARGETS_ACCEPT: _row(OWN),
    Permission.TARGETS_OBJECT: _row(OWN),
    Permission.TARGETS_COMMENT: _row(OWN, MANAGER_LED, OPERATIONS),
    # 19 packs
    Permission.PACKS_VIEW: _row(*READERS_OF_PEOPLE),
    Permission.PACKS_ISSUE: _row(MANAGER_LED, OPERATIONS, never_own=True),
    Permission.PACKS_SIGN_OFF: _row(OWN, MANAGER_LED),
    # 19 packs in one go: each is judged by itself; what comes of it is for who asked
    Permission.PACKS_RUN: _row(MANAGER_OWN, OPERATIONS_OWN),
    # 18 imports
    Permission.IMPORTS_VIEW: _row(OPERATIONS, AUDITOR),
    Permission.IMPORTS_RUN: _row(OPERATIONS),
    Permission.IMPORTS_MAP: _row(OPERATIONS),
    Permission.IMPORTS_UNDO: _row(OPERATIONS, never_own=True),
    Permission.IMPORTS_PURGE: _row(),
    # 21 audit log
    Permission.AUDIT_VIEW: _row(AUDITOR),
    # 22 backups: whoever has the machine
    Permission.BACKUPS_MAKE: _row(),
    Permission.BACKUPS_RESTORE: _row(),
    # 22 jobs: that they are there and how they stand
    Permission.JOBS_VIEW: _row(OWN, ADMINISTRATOR, AUDITOR),
}
"""Allowed when any grant of the row passes; a permission with no row never is."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose things a permission covers, for a list: everybody's, or those of some people and teams."""

    is_everybody: bool = False
    people: frozenset[PersonId] = frozenset()
    teams: frozenset[TeamId] = frozenset()
    barred_people: frozenset[PersonId] = frozenset()
    barred_teams: frozenset[TeamId] = frozenset()

    def __bool__(self) -> bool:
        return self.is_everybody or bool(self.people) or bool(self.teams)

    def has_person(self, person_id: PersonId) -> bool:
        """Return whether a person's things are covered."""
        return person_id not in self.barred_people and (
            self.is_everybody or person_id in self.people
        )

    def has_team(self, team_id: TeamId) -> bool:
        """Return whether a team's things are covered."""
        return team_id not in self.barred_teams and (self.is_everybody or team_id in self.teams)


def _is_own(actor: Actor, subject: Subject) -> bool:
    """A team's figure is the figure of whoever heads it; below them it is led."""
    if subject.team_id is not None:
        return subject.team_id in actor.heads and subject.team_id not in actor.heads_below
    return subject.owner_id is not None and subject.owner_id == actor.person_id


def _stands_in(relation: Relation, actor: Actor, subject: Subject) -> bool:
    match relation:
        case Relation.NONE | Relation.ALL:
            return True
        case Relation.OWN:
            return subject.team_id is None and _is_own(actor, subject)
        case Relation.LED:
            if subject.team_id is not None:
                return subject.team_id in actor.heads
            return subject.owner_id in actor.leads and not _is_own(actor, subject)
        case Relation.COACHED:
            return subject.owner_id in actor.coaches


def may(actor: Actor, permission: Permission, subject: Subject = NOTHING) -> bool:
    """Return whether ``actor`` has ``permission`` over ``subject``."""
    if actor.is_console:
        return True
    row = POLICY.get(permission)
    if row is None or actor.person_id is None or (row.never_own and _is_own(actor, subject)):
        return False
    return any(
        (grant.role is None or grant.role in actor.roles)
        and (grant.when is None or grant.when(subject))
        and _stands_in(grant.relation, actor, subject)
        for grant in row.grants
    )


def may_at_all(actor: Actor, permission: Permission) -> bool:
    """Return whether ``actor`` may have ``permission`` over anything: what a route asks before it looks."""
    if actor.is_console:
        return True
    row = POLICY.get(permission)
    return (
        row is not None
        and actor.person_id is not None
        and any(grant.role is None or grant.role in actor.roles for grant in row.grants)
    )


def reach(actor: Actor, permission: Permission) -> Reach:
    """Return whose things ``actor`` has ``permission`` over, as far as relations say.

    Agrees with ``may`` for every permission whose grants ask nothing of the thing's state; a property
    test holds the two together.
    """
    if actor.is_console:
        return Reach(is_everybody=True)
    row = POLICY.get(permission)
    if row is None or actor.person_id is None:
        return Reach()
    barred_people = frozenset({actor.person_id}) if row.never_own else frozenset()
    barred_teams = actor.heads - actor.heads_below if row.never_own else frozenset()
    people: set[PersonId] = set()
    teams: set[TeamId] = set()
    is_everybody = False
    for grant in row.grants:
        if grant.role is not None and grant.role not in actor.roles:
            continue
        match grant.relation:
            case Relation.NONE | Relation.ALL:
                is_everybody = is_everybody or grant.when is None
            case Relation.OWN:
                people.add(actor.person_id)
            case Relation.LED:
                people |= actor.leads - {actor.person_id}
                teams |= actor.heads
            case Relation.COACHED:
                people |= actor.coaches
    return Reach(
        is_everybody,
        frozenset(people - barred_people),
        frozenset(teams - barred_teams),
        barred_people,
        barred_teams,
    )
