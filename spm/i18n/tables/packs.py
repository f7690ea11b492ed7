"""Words of packs: its enumerations and its error codes."""

from collections.abc import Mapping
from enum import Enum

from spm.domain.packs.choice import FactKind
from spm.domain.packs.content import Side
from spm.i18n.words import N_

ENUMS: Mapping[type[Enum], Mapping[Enum, str]] = {
    Side: {
        Side.REP: N_("the person"),
        Side.MANAGER: N_("the manager"),
    },
    FactKind: {
        FactKind.CHANGE: N_("change against the period before"),
        FactKind.LIMIT: N_("limiting stage"),
        FactKind.BEHIND: N_("furthest behind"),
        FactKind.PAST_CLOSE: N_("past expected close"),
        FactKind.WIN: N_("largest win"),
        FactKind.AHEAD: N_("furthest ahead"),
    },
}
"""Enumeration → member → words, marked with ``N_``."""

ERRORS: Mapping[str, str] = {
    "fonts.missing": N_("The fonts of the PDF are not installed (%(names)s): run make setup."),
    "packs.unreadable": N_("The stored content of this pack cannot be read."),
    "packs.already-signed-off": N_("You have signed off this pack."),
    "packs.superseded": N_("A later issue replaces this pack: %(number)s."),
    "packs.language-unknown": N_("The product does not speak %(given)s, but: %(candidates)s."),
    "packs.folder-needed": N_("The packs of a team go into a folder: %(given)s is a file."),
    "packs.not-yet": N_("The period has not begun."),
    "packs.whose": N_("Choose a person or a team, one of the two."),
    "packs.nobody": N_("There is nobody there whose pack you issue."),
    "packs.file-gone": N_("The file was kept for a day and is gone; ask for the packs again."),
}
"""Error code → one sentence; the error's facts fill blanks such as ``%(name)s``."""
