"""Words of long work: its states and its error codes."""

from collections.abc import Mapping
from enum import Enum

from spm.domain.jobs import JobState
from spm.i18n.words import N_

ENUMS: Mapping[type[Enum], Mapping[Enum, str]] = {
    JobState: {
        JobState.WAITING: N_("waiting"),
        JobState.RUNNING: N_("running"),
        JobState.DONE: N_("done"),
        JobState.FAILED: N_("failed"),
        JobState.PARKED: N_("parked"),
        JobState.CANCELLED: N_("cancelled"),
    },
}
"""Enumeration → member → words, marked with ``N_``."""

ERRORS: Mapping[str, str] = {
    "jobs.lease-lost": N_("Somebody else has taken this work over."),
    "serve.cannot-listen": N_("Nothing can listen on %(address)s."),
}
"""Error code → one sentence; the error's facts fill blanks such as ``%(name)s``."""

KINDS: Mapping[str, str] = {
    "import.check": N_("Looking at files"),
    "import.run": N_("Loading files"),
    "import.purge": N_("Deleting files that were kept long enough"),
    "packs.run": N_("Review packs"),
}
"""Kind of work → words; one without is shown by its name."""
