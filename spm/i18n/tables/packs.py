"""Words of packs: its enumerations and its error codes."""

from collections.abc import Mapping
from enum import Enum

ENUMS: Mapping[type[Enum], Mapping[Enum, str]] = {}
"""Enumeration → member → words, marked with ``N_``."""

ERRORS: Mapping[str, str] = {}
"""Error code → one sentence; the error's facts fill blanks such as ``%(name)s``."""
