"""Words of the audit log's chain: what can be wrong with it."""

from collections.abc import Mapping
from enum import Enum

from spm.domain.audit import Fault
from spm.i18n.words import N_

ENUMS: Mapping[type[Enum], Mapping[Enum, str]] = {
    Fault: {
        Fault.GAP: N_("a number of the chain is missing"),
        Fault.NO_ENTRY: N_("the entry is gone"),
        Fault.NO_KEY: N_("it was made with a key that is not at hand"),
        Fault.CHANGED: N_("the entry, its place or the key was changed"),
        Fault.NO_LINK: N_("an entry that the product did not write"),
        Fault.CUT: N_("the log ends before a head that was published"),
        Fault.OTHER: N_("a head that was published says something else"),
    },
}
"""Enumeration → member → words, marked with ``N_``."""

ERRORS: Mapping[str, str] = {
    "audit.key-refused": N_(
        "The keys of the audit log are written VERSION:SECRET, with commas between;"
        " a secret has 32 characters or more."
    ),
    "audit.head-refused": N_("A head is written NUMBER:DIGEST, as spm audit head prints it."),
}
"""Error code → one sentence; the error's facts fill blanks such as ``%(name)s``."""
