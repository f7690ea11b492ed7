"""The chain over the audit log: each link binds an act to all the acts before it.

A link is an HMAC over its number, the link before it and everything that the entry holds. Whoever
changes, adds, moves or takes away an entry would have to make the links after it again, and for that
needs the key, which lies outside the database. A chain alone cannot see that its end was cut off or
that an old copy stands in its place: for that a head is written down elsewhere, and compared.
"""

import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from spm.domain.errors import Invalid

FIRST: Final = "0" * 64
"""What the first link has before it."""

_HEAD = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")
_KEY = re.compile(r"([1-9][0-9]{0,5}):([\x21-\x2b\x2d-\x7e]{32,256})")

Fact = int | str | None


class AuditKeyRefused(Invalid):
    """Keys are named ``VERSION:SECRET``, with a comma between; a secret has 32 characters or more."""

    code = "audit.key-refused"


class HeadRefused(Invalid):
    """A head is written ``NUMBER:DIGEST``, as ``spm audit head`` prints it."""

    code = "audit.head-refused"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of the chain by version; the newest makes new links, all of them check old ones."""

    by_version: Mapping[int, bytes]

    @classmethod
    def read(cls, words: str) -> "Keys":
        """Return the keys of ``1:SECRET,2:SECRET``.

        Raises:
            AuditKeyRefused: Nothing or something else is written there.
        """
        found = [_KEY.fullmatch(part.strip()) for part in words.split(",") if part.strip()]
        if not found or not all(found):
            raise AuditKeyRefused
        return cls({int(each[1]): each[2].encode() for each in found if each})

    @property
    def newest(self) -> int:
        """The version that makes new links."""
        return max(self.by_version)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain at some moment.

    Attributes:
        number: How many links there were.
        digest: The last of them; ``FIRST`` where there was none.
    """

    number: int
    digest: str

    def __str__(self) -> str:
        """Return it as it is written down elsewhere."""
        return f"{self.number}:{self.digest}"

    @classmethod
    def read(cls, words: str) -> "Head":
        """Return the head that is written in ``words``, whatever stands before it in the line.

        Raises:
            HeadRefused: None is.
        """
        found = _HEAD.fullmatch((words.split() or [""])[-1])
        if found is None:
            raise HeadRefused
        return cls(int(found[1]), found[2])


@dataclass(frozen=True, slots=True)
class Link:
    """One row of the chain beside the entry that it binds.

    Attributes:
        number: 1, 2, 3 … without a gap.
        entry_id: The entry that it binds.
        facts: All that the entry holds, the id first; None where the entry is not there.
    """

    number: int
    entry_id: int
    key_version: int
    digest: str
    facts: Sequence[Fact] | None


class Fault(StrEnum):
    """What is wrong with a chain."""

    GAP = "gap"
    """A number of the chain is missing."""
    NO_ENTRY = "no-entry"
    """The entry of a link is gone."""
    NO_KEY = "no-key"
    """The link was made with a key version that is not at hand."""
    CHANGED = "changed"
    """The link does not fit its entry, the one before it, or the key."""
    NO_LINK = "no-link"
    """An entry that no link binds: it was not written by the product."""
    CUT = "cut"
    """The chain is shorter than a head that was published."""
    OTHER = "other"
    """The chain held something else when a head was published."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that is wrong.

    Attributes:
        number: The place in the chain; None for an entry without a link.
        entry_id: The entry; None where the chain does not reach it.
    """

    fault: Fault
    number: int | None
    entry_id: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking found: the head that was reached, and the first fault or None."""

    head: Head
    finding: Finding | None


def link_digest(
    key: bytes, number: int, previous: str, key_version: int, facts: Sequence[Fact]
) -> str:
    """Return the digest of a link, 64 hexadecimal digits."""
    said = json.dumps([number, previous, key_version, *facts], ensure_ascii=True)
    return hmac.digest(key, said.encode("ascii"), "sha256").hex()


def check(
    links: Iterable[Link], keys: Keys, heads: Iterable[Head] = (), unbound: Sequence[int] = ()
) -> Verdict:
    """Check a chain from its first link, and say what is wrong first.

    Args:
        links: By number.
        keys: All versions that were ever used.
        heads: Published earlier; each must lie on the chain.
        unbound: Ids of entries that no link binds.
    """
    wanted = _wanted(heads)
    number, previous = 0, FIRST
    for link in links:
        fault = _fault(link, number + 1, previous, keys, wanted)
        if fault is not None:
            place = number + 1 if fault is Fault.GAP else link.number
            return Verdict(Head(number, previous), Finding(fault, place, link.entry_id))
        number, previous = link.number, link.digest
    head = Head(number, previous)
    missed = [place for place in wanted if place > number]
    if missed:
        return Verdict(head, Finding(Fault.CUT, number + 1, None))
    if unbound:
        return Verdict(head, Finding(Fault.NO_LINK, None, min(unbound)))
    return Verdict(head, None)


def _wanted(heads: Iterable[Head]) -> dict[int, set[str]]:
    wanted: dict[int, set[str]] = {}
    for head in heads:
        wanted.setdefault(head.number, set()).add(head.digest)
    return wanted


def _fault(
    link: Link, number: int, previous: str, keys: Keys, wanted: Mapping[int, set[str]]
) -> Fault | None:
    if link.number != number:
        return Fault.GAP
    if link.facts is None:
        return Fault.NO_ENTRY
    key = keys.by_version.get(link.key_version)
    if key is None:
        return Fault.NO_KEY
    digest = link_digest(key, number, previous, link.key_version, link.facts)
    if not hmac.compare_digest(digest, link.digest):
        return Fault.CHANGED
    if number in wanted and wanted[number] != {digest}:
        return Fault.OTHER
    return None


def bind(
    keys: Keys, begin: Head, version: int, entries: Iterable[Sequence[Fact]]
) -> Iterator[Link]:
    """Yield the links that bind ``entries`` (the id first in each) to a chain that ends in ``begin``."""
    number, previous = begin.number, begin.digest
    for facts in entries:
        number += 1
        previous = link_digest(keys.by_version[version], number, previous, version, facts)
        yield Link(number, int(facts[0] or 0), version, previous, facts)
