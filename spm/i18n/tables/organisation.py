"""Words of organisation and identity: their enumerations and their error codes."""

from collections.abc import Mapping
from enum import Enum

from spm.domain.identity import AccountState, Purpose
from spm.domain.moves import MoveState
from spm.domain.organisation import LinkKind
from spm.domain.period import PeriodKind
from spm.i18n.words import N_

ENUMS: Mapping[type[Enum], Mapping[Enum, str]] = {
    AccountState: {
        AccountState.NONE: N_("Cannot sign in"),
        AccountState.INVITED: N_("Invited"),
        AccountState.ACTIVE: N_("Signs in"),
        AccountState.DISABLED: N_("Barred from signing in"),
    },
    Purpose: {
        Purpose.SET_UP: N_("Set-up"),
        Purpose.INVITATION: N_("Invitation"),
        Purpose.RESET: N_("New password"),
    },
    LinkKind: {
        LinkKind.MEMBERSHIP: N_("Team"),
        LinkKind.LINE: N_("Manager"),
        LinkKind.POSTING: N_("Office"),
        LinkKind.HEAD: N_("Head of team"),
        LinkKind.TERRITORY: N_("Territory"),
    },
    MoveState: {
        MoveState.OPEN: N_("Waits for a decision"),
        MoveState.APPROVED: N_("Approved"),
        MoveState.DECLINED: N_("Declined"),
        MoveState.WITHDRAWN: N_("Withdrawn"),
    },
    PeriodKind: {
        PeriodKind.DAY: N_("Day"),
        PeriodKind.WEEK: N_("Week"),
        PeriodKind.MONTH: N_("Month"),
        PeriodKind.QUARTER: N_("Quarter"),
        PeriodKind.HALF: N_("Half-year"),
        PeriodKind.YEAR: N_("Year"),
        PeriodKind.CUSTOM: N_("Other period"),
    },
}
"""Enumeration → member → words, marked with ``N_``."""

ERRORS: Mapping[str, str] = {
    "money.currency-mismatch": N_("Amounts in %(left)s and %(right)s cannot be added up."),
    "money.currency-unknown": N_("There is no currency with the code %(currency)s."),
    "money.inexact": N_("%(currency)s has fewer digits after the point than %(amount)s."),
    "money.too-large": N_("%(amount)s is more than can be kept."),
    "period.reversed": N_(
        "A period ends after the day on which it begins: %(end)s is not after %(start)s."
    ),
    "period.unknown": N_(
        "“%(text)s” is no period. Write 2026, 2026-H1, 2026-Q4, 2026-11, 2026-W46 or FY2026-Q4."
    ),
    "text.too-long": N_("At most %(most)s characters."),
    "text.character": N_("Character %(position)s (%(character)s) cannot be kept; leave it out."),
    "organisation.zone-unknown": N_("There is no time zone called %(zone)s."),
    "organisation.locale-unknown": N_("Choose one of the list."),
    "organisation.minimum-unfit": N_("Give a number from 1 to %(most)s."),
    "organisation.month-unknown": N_("Choose one of the twelve months."),
    "organisation.name-missing": N_("A name is needed."),
    "organisation.name-taken": N_("Another one has this name."),
    "organisation.email-unfit": N_("This is not an e-mail address."),
    "organisation.email-taken": N_("Somebody else has this e-mail address."),
    "organisation.tree-circle": N_("Nothing can stand below itself; choose another parent."),
    "organisation.line-circle": N_(
        "From %(day)s on this manager would report to the person, directly or through others."
    ),
    "organisation.day-unfit": N_("Choose the day on which this starts."),
    "organisation.last-administrator": N_(
        "This is the only administrator who can sign in. Make somebody else one first."
    ),
    "moves.nothing-to-move": N_("The person is there already on that day. Choose another place."),
    "moves.in-the-past": N_("Not before today, %(today)s."),
    "moves.words-needed": N_("Say why."),
    "moves.target-unknown": N_("Choose one of the list."),
    "moves.waiting": N_("A proposal about this person waits for a decision already."),
    "moves.decided": N_("This proposal has been decided or withdrawn."),
    "moves.not-proposer": N_("Only whoever made a proposal can take it back."),
    "organisation.role-held": N_("The role is held already, or waits for confirmation."),
    "organisation.role-not-held": N_("The role is not held, or nobody proposed it."),
    "organisation.second-needed": N_("Another administrator has to confirm what you proposed."),
    "identity.sign-in-refused": N_("The e-mail address or the password is not right."),
    "identity.too-many-tries": N_("Too many tries. Wait a minute, then try again."),
    "identity.token-spent": N_(
        "This link was used, is too old, or never was one. Ask for a new one."
    ),
    "identity.password-wrong": N_("This is not your present password."),
    "identity.password-short": N_("At least %(least)s characters; a few words do well."),
    "identity.password-long": N_("At most %(most)s characters."),
    "identity.password-common": N_(
        "Too easy to guess: common words, a pattern, or your own name. Take a few words of your own."
    ),
    "identity.email-missing": N_("Without an e-mail address nobody can sign in. Enter one first."),
    "identity.set-up-done": N_("The organisation is set up already. Sign in."),
    "people.unknown": N_("Nobody is found by “%(key)s”."),
    "people.ambiguous": N_("“%(key)s” means several: %(candidates)s. Use the e-mail address."),
    "people.passwords-differ": N_("The two passwords are not the same."),
}
"""Error code → one sentence; the error's facts fill blanks such as ``%(name)s``."""
