"""Words of analytics: why a pipeline changed."""

from collections.abc import Mapping
from enum import Enum

from spm.domain.analytics.waterfall import Cause
from spm.i18n.words import N_

ENUMS: Mapping[type[Enum], Mapping[Enum, str]] = {
    Cause: {
        Cause.NEW: N_("New"),
        Cause.REOPENED: N_("Reopened"),
        Cause.PULLED_IN: N_("Pulled in from later"),
        Cause.PUSHED_IN: N_("Pushed in from before"),
        Cause.DATED: N_("Given a date"),
        Cause.HANDED_IN: N_("Handed in"),
        Cause.INCREASED: N_("Increased"),
        Cause.CURRENCY_IN: N_("From another currency"),
        Cause.DECREASED: N_("Decreased"),
        Cause.CURRENCY_OUT: N_("To another currency"),
        Cause.PUSHED_OUT: N_("Pushed out to later"),
        Cause.PULLED_OUT: N_("Pulled out to before"),
        Cause.UNDATED: N_("Lost its date"),
        Cause.HANDED_OUT: N_("Handed out"),
        Cause.WON: N_("Won"),
        Cause.LOST: N_("Lost"),
    },
}
"""Enumeration → member → words, marked with ``N_``."""

ERRORS: Mapping[str, str] = {}
"""Error code → one sentence; the error's facts fill blanks such as ``%(name)s``."""
