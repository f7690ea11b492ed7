"""Words of access: roles, permissions, and the refusals of the unit of work."""

from collections.abc import Mapping
from enum import Enum

from spm.domain.access import Permission, Role
from spm.i18n.words import N_

ENUMS: Mapping[type[Enum], Mapping[Enum, str]] = {
    Role: {
        Role.REP: N_("Rep"),
        Role.MANAGER: N_("Manager"),
        Role.OPERATIONS: N_("Sales operations"),
        Role.EXECUTIVE: N_("Executive"),
        Role.ENABLEMENT: N_("Enablement"),
        Role.AUDITOR: N_("Auditor"),
        Role.ADMINISTRATOR: N_("Administrator"),
    },
    Permission: {
        Permission.SIGNED_IN: N_("Be signed in"),
        Permission.SIGN_IN: N_("Sign in"),
        Permission.SIGN_OUT: N_("Sign out"),
        Permission.SIGN_OUT_EVERYWHERE: N_("Sign out everywhere"),
        Permission.PASSWORD_CHANGE: N_("Change password"),
        Permission.PROFILE_EDIT: N_("Change own language and theme"),
        Permission.SET_UP: N_("Set up the organisation"),
        Permission.ORGANISATION_VIEW: N_("See the organisation’s settings"),
        Permission.ORGANISATION_EDIT: N_("Change the organisation’s settings"),
        Permission.DIRECTORY_VIEW: N_("See the directory"),
        Permission.DIRECTORY_HISTORY: N_("See a person’s history"),
        Permission.PEOPLE_EDIT: N_("Change a person"),
        Permission.PEOPLE_MOVE: N_("Move a person"),
        Permission.MOVES_VIEW: N_("See proposals to move people"),
        Permission.MOVES_PROPOSE: N_("Propose to move a person"),
        Permission.MOVES_DECIDE: N_("Decide on a proposed move"),
        Permission.CORRECTIONS_VIEW: N_("See what a correction would have forbidden"),
        Permission.PEOPLE_INVITE: N_("Invite a person"),
        Permission.PEOPLE_DISABLE: N_("Bar or release a person"),
        Permission.ROLES_GRANT: N_("Change a person’s roles"),
        Permission.TEAMS_VIEW: N_("See teams"),
        Permission.TEAMS_EDIT: N_("Change teams and places"),
        Permission.PIPELINES_VIEW: N_("See pipelines"),
        Permission.PIPELINES_EDIT: N_("Change pipelines"),
        Permission.ACCOUNTS_VIEW: N_("See accounts"),
        Permission.ACCOUNTS_EDIT: N_("Change accounts"),
        Permission.PRODUCTS_VIEW: N_("See products"),
        Permission.PRODUCTS_EDIT: N_("Change products"),
        Permission.DEALS_VIEW: N_("See deals"),
        Permission.DEALS_CREATE: N_("Enter a deal"),
        Permission.DEALS_EDIT: N_("Change a deal"),
        Permission.DEALS_EDIT_CLOSED_AMOUNT: N_("Change a closed deal’s amount"),
        Permission.DEALS_MOVE: N_("Move a deal to another stage"),
        Permission.DEALS_ASSIGN: N_("Hand a deal over"),
        Permission.VIEWS_KEEP: N_("Keep views of the list of deals"),
        Permission.METRICS_VIEW: N_("See definitions of metrics"),
        Permission.FIGURES_VIEW: N_("See a person’s figures"),
        Permission.TEAM_FIGURES_VIEW: N_("See a team’s figures"),
        Permission.GOALS_VIEW: N_("See goals"),
        Permission.GOALS_EDIT: N_("Change goals"),
        Permission.KPIS_VIEW: N_("See KPIs"),
        Permission.KPIS_EDIT: N_("Change a KPI"),
        Permission.KPIS_ACTIVATE: N_("Activate a KPI"),
        Permission.TARGETS_VIEW: N_("See targets"),
        Permission.TARGETS_SET: N_("Set a target"),
        Permission.TARGETS_ACCEPT: N_("Accept a target"),
        Permission.TARGETS_OBJECT: N_("Object to a target"),
        Permission.TARGETS_COMMENT: N_("Comment on a target"),
        Permission.PACKS_VIEW: N_("See review packs"),
        Permission.PACKS_ISSUE: N_("Issue a review pack"),
        Permission.PACKS_SIGN_OFF: N_("Sign off a review pack"),
        Permission.PACKS_RUN: N_("Issue the packs of a whole team"),
        Permission.IMPORTS_VIEW: N_("See imports"),
        Permission.IMPORTS_RUN: N_("Import files"),
        Permission.IMPORTS_MAP: N_("Say what the columns of files mean"),
        Permission.IMPORTS_PURGE: N_("Delete handed-in files"),
        Permission.BACKUPS_MAKE: N_("Make a backup"),
        Permission.BACKUPS_RESTORE: N_("Restore a backup"),
        Permission.AUDIT_VIEW: N_("See the audit log"),
        Permission.JOBS_VIEW: N_("See long work"),
    },
}
"""Enumeration → member → words, marked with ``N_``."""

ERRORS: Mapping[str, str] = {
    "once.used-otherwise": N_("This form was sent already with other contents. Load it again."),
    "stale-edit": N_("Somebody else changed this while you were writing."),
    "sign-in-needed": N_("Sign in first."),
}
"""Error code → one sentence; the error's facts fill blanks such as ``%(name)s``."""
