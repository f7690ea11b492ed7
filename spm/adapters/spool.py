"""A place on disk for what is read before it can be used, so that memory stays flat."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Self

_WAITING = 5_000
_ASKED = 500


class Spool:
    """Texts under keys, each key of a space, in the order in which they came.

    Lives in a nameless file that goes with the process; it is written once and read by key.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute("CREATE TABLE said (space TEXT, key TEXT, text TEXT)")
        self._database.execute("CREATE TABLE taken (space TEXT, key TEXT, UNIQUE (space, key))")
        self._waiting: list[tuple[str, str, str]] = []
        self._is_indexed = False
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def add(self, space: str, key: str, text: str) -> None:
        """Keep a text."""
        self._waiting.append((space, key, text))
        self.count += 1
        if len(self._waiting) >= _WAITING:
            self._write()

    def _write(self) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO said VALUES (?, ?, ?)", self._waiting)
        self._database.execute("COMMIT")
        self._waiting.clear()

    def _ready(self) -> None:
        if self._waiting:
            self._write()
        if not self._is_indexed:
            self._database.execute("CREATE INDEX by_key ON said (space, key)")
            self._is_indexed = True

    def has(self, space: str) -> bool:
        """Return whether anything was kept under a space."""
        self._ready()
        query = "SELECT 1 FROM said WHERE space = ? LIMIT 1"
        return self._database.execute(query, (space,)).fetchone() is not None

    def holds(self, space: str, key: str) -> bool:
        """Return whether anything was kept under a key."""
        self._ready()
        query = "SELECT 1 FROM said WHERE space = ? AND key = ? LIMIT 1"
        return self._database.execute(query, (space, key)).fetchone() is not None

    def take(self, space: str, keys: Iterable[str]) -> Mapping[str, list[str]]:
        """Return the texts under some keys; they are no longer among the rest."""
        self._ready()
        found: dict[str, list[str]] = defaultdict(list)
        asked = list(keys)
        for start in range(0, len(asked), _ASKED):
            part = asked[start : start + _ASKED]
            marks = ", ".join("?" * len(part))
            rows = self._database.execute(
                f"SELECT key, text FROM said WHERE space = ? AND key IN ({marks}) ORDER BY rowid",  # noqa: S608 - question marks
                (space, *part),
            )
            for key, text in rows:
                found[key].append(text)
        self._database.executemany(
            "INSERT OR IGNORE INTO taken VALUES (?, ?)", [(space, key) for key in found]
        )
        return found

    def rest(self) -> Iterator[tuple[str, str]]:
        """Yield space and key of what nobody took, in the order in which the keys came."""
        self._ready()
        yield from self._database.execute(
            "SELECT space, key FROM said LEFT JOIN taken USING (space, key)"
            " WHERE taken.key IS NULL GROUP BY space, key ORDER BY min(said.rowid)"
        ).fetchall()
