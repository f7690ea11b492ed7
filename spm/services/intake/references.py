"""Which row an outside id stands for; and rows that a reference makes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from spm.domain.intake.records import HERE, NAME, ExternalKey, Reference
from spm.domain.intake.schema import Kind
from spm.domain.text import fold, squeeze
from spm.models.intake import ExternalRefRow
from spm.models.organisation import PersonRow, TerritoryRow
from spm.models.pipeline import AccountRow, ProductRow
from spm.services.bulk import add_all, add_returning
from spm.services.intake.run import Said

NamedRow = PersonRow | AccountRow | ProductRow | TerritoryRow
"""A row of a kind that has a name and may be referred to by it."""

NAMED: Mapping[Kind, type[NamedRow]] = {
    Kind.PERSON: PersonRow,
    Kind.ACCOUNT: AccountRow,
    Kind.PRODUCT: ProductRow,
    Kind.TERRITORY: TerritoryRow,
}
"""What can be referred to by its name."""


@dataclass(slots=True)
class Known:
    """What an outside id stands for, and what the source last said of it.

    Attributes:
        pending: The row that is yet to be written; None for one that is in the database.
    """

    ref_id: int
    object_id: int
    mapped: Said
    is_ruled: bool
    pending: dict[str, object] | None = None


@dataclass(slots=True)
class Names:
    """The names of everything of one kind: folded and squeezed → ids."""

    by_id: dict[int, str] = field(default_factory=dict)
    folded: dict[str, set[int]] = field(default_factory=dict)
    squeezed: dict[str, set[int]] = field(default_factory=dict)

    def add(self, object_id: int, name: str) -> None:
        """Learn a name."""
        self.by_id[object_id] = name
        self.folded.setdefault(fold(name), set()).add(object_id)
        self.squeezed.setdefault(squeeze(name), set()).add(object_id)


@dataclass(frozen=True, slots=True)
class Found:
    """What a reference leads to; ``alias_of`` is the name that it was taken for."""

    object_id: int
    alias_of: str | None = None


class Ambiguous(Exception):
    """A name leads to several things; ``count`` says how many."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class References:
    """The outside ids of one source, read when first needed and written at the end."""

    def __init__(self, session: Session, source: str) -> None:
        self._session = session
        self._source = source
        self._books: dict[str, dict[str, Known]] = {}
        self._names: dict[Kind, Names] = {}
        self._own: dict[Kind, set[int]] = {}
        self._emails: dict[str, int] | None = None
        self._taken: dict[str, set[int]] = {}
        self._added: list[dict[str, object]] = []
        self._touched: dict[int, Said] = {}
        self.was_said: dict[int, tuple[Said, Known]] = {}
        """What the source had said before of what it says otherwise now, by the id's row."""

    def find(self, kind: str, key: ExternalKey) -> Known | None:
        """Return what the id stands for; None if it is new."""
        return self._book(f"{kind}:{key.space}").get(key.key)

    def find_many(self, kind: str, space: str, keys: Sequence[str]) -> dict[str, Known]:
        """Return what some ids stand for without reading all of their kind."""
        rows = self._session.execute(
            _refs().where(
                ExternalRefRow.source == self._source,
                ExternalRefRow.kind == f"{kind}:{space}",
                ExternalRefRow.external_id.in_(keys),
            )
        )
        return {
            row.external_id: Known(row.id, row.object_id, row.mapped, row.is_ruled) for row in rows
        }

    def add(self, kind: str, key: ExternalKey, object_id: int, said: Said | None = None) -> None:
        """Let an id stand for a row from now on."""
        name = f"{kind}:{key.space}"
        row: dict[str, object] = {
            "source": self._source,
            "kind": name,
            "external_id": key.key,
            "object_type": kind,
            "object_id": object_id,
            "mapped": dict(said or {}),
            "is_ruled": True,
        }
        if name in self._books:
            self._books[name][key.key] = _pending(row)
        if name in self._taken:
            self._taken[name].add(object_id)
        if kind in self._own:
            self._own[Kind(kind)].add(object_id)
        self._added.append(row)

    def touch(self, known: Known, said: Said) -> None:
        """Remember what the source says now."""
        if known.mapped == said:
            return
        before, known.mapped = known.mapped, said
        if known.pending is not None:
            known.pending["mapped"] = dict(said)
        else:
            self.was_said.setdefault(known.ref_id, (before, known))
            self._touched[known.ref_id] = said

    def names(self, kind: Kind) -> Names:
        """Return the names of everything of a kind."""
        if kind not in self._names:
            model = NAMED[kind]
            names = self._names[kind] = Names()
            for object_id, name in self._session.execute(select(model.id, model.name)):
                names.add(object_id, name)
        return self._names[kind]

    def own(self, kind: Kind) -> set[int]:
        """Return the ids of the rows that this source knows."""
        if kind not in self._own:
            self._own[kind] = set(
                self._session.scalars(
                    select(ExternalRefRow.object_id).where(
                        ExternalRefRow.source == self._source,
                        ExternalRefRow.object_type == kind.value,
                    )
                )
            )
            pending = map(_pending, self._added)
            self._own[kind] |= {
                known.object_id
                for known in pending
                if known.pending and known.pending["object_type"] == kind.value
            }
        return self._own[kind]

    def resolve(self, reference: Reference) -> Found | None:
        """Return what a reference leads to; None where there is nothing.

        An id finds what has it. A name finds, in this order: what has exactly it for its key; what
        the source knows under it, however it is cased; the only thing of the organisation of that
        name; what the source knows under a name that differs in blanks and punctuation alone. A
        name that is an e-mail address finds the person of that address. A name with an id beside it
        finds what has the id, else what has the name and no other id of that kind. What somebody
        said is new finds only what the source brought under exactly its name; a number of this
        installation finds what has it.

        Raises:
            Ambiguous: Several things have the name.
        """
        if reference.space == HERE:
            return self._by_number(reference)
        if reference.is_new:
            one = self.find(reference.kind, ExternalKey(reference.space, reference.key))
            return None if one is None else Found(one.object_id)
        if reference.id_key:
            return self._by_pair(reference)
        known = self.find(reference.kind, ExternalKey(reference.space, reference.key))
        if known is not None:
            return Found(known.object_id)
        if reference.space != NAME:
            return None
        return self._by_name(reference)

    def _by_number(self, reference: Reference) -> Found | None:
        number = int(reference.key)
        if number not in self.names(reference.kind).by_id:
            return None
        if reference.id_key:
            key = ExternalKey(reference.id_space, reference.id_key)
            if self.find(reference.kind, key) is None:
                self.add(reference.kind.value, key, number)
        return Found(number)

    def _by_pair(self, reference: Reference) -> Found | None:
        key = ExternalKey(reference.id_space, reference.id_key)
        known = self.find(reference.kind, key)
        if known is not None:
            return Found(known.object_id)
        taken = self._taken_by(f"{reference.kind}:{reference.id_space}")
        exact = self.find(reference.kind, ExternalKey(NAME, reference.key))
        if exact is not None and exact.object_id not in taken:
            found: Found | None = Found(exact.object_id)
        else:
            found = self._by_name(reference, taken)
        if found is not None:
            self.add(reference.kind.value, key, found.object_id)
        return found

    def _taken_by(self, name: str) -> set[int]:
        """The rows that have an id of a kind already."""
        if name not in self._taken:
            self._taken[name] = {other.object_id for other in self._book(name).values()}
        return self._taken[name]

    def _by_name(
        self, reference: Reference, but: frozenset[int] | set[int] = frozenset()
    ) -> Found | None:
        names, own = self.names(reference.kind), self.own(reference.kind)
        same = names.folded.get(fold(reference.key), set()) - but
        for ids in (same & own, same):
            if len(ids) == 1:
                return Found(next(iter(ids)))
        if same:
            raise Ambiguous(len(same & own or same))
        if reference.kind is Kind.PERSON and "@" in reference.key:
            person_id = self.emails().get(fold(reference.key))
            if person_id is not None and person_id not in but:
                return Found(person_id)
        close = (names.squeezed.get(squeeze(reference.key), set()) & own) - but
        if len(close) == 1:
            (object_id,) = close
            return Found(object_id, alias_of=names.by_id[object_id])
        return None

    def emails(self) -> dict[str, int]:
        """Return who has which e-mail address, folded."""
        if self._emails is None:
            self._emails = {
                email: person_id
                for person_id, email in self._session.execute(
                    select(PersonRow.id, PersonRow.email_key).where(
                        PersonRow.email_key.is_not(None)
                    )
                )
                if email is not None
            }
        return self._emails

    def forget_emails(self) -> None:
        """Read the addresses again when they are next asked for."""
        self._emails = None

    def write(self) -> None:
        """Write the ids that are new and what is newly said; call before ids are looked up again."""
        known = [row for row in self._added if str(row["kind"]) in self._books]
        for row, ref_id in zip(
            known, add_returning(self._session, ExternalRefRow, known), strict=True
        ):
            one = self._books[str(row["kind"])][str(row["external_id"])]
            one.ref_id, one.pending = ref_id, None
        add_all(
            self._session,
            ExternalRefRow,
            [row for row in self._added if str(row["kind"]) not in self._books],
        )
        if self._touched:
            self._session.execute(
                update(ExternalRefRow),
                [{"id": ref_id, "mapped": dict(said)} for ref_id, said in self._touched.items()],
            )
        self._added.clear()
        self._touched.clear()

    def _book(self, name: str) -> dict[str, Known]:
        if name not in self._books:
            rows = self._session.execute(
                _refs().where(ExternalRefRow.source == self._source, ExternalRefRow.kind == name)
            )
            self._books[name] = {
                row.external_id: Known(row.id, row.object_id, row.mapped, row.is_ruled)
                for row in rows
            }
            for added in self._added:
                if added["kind"] == name:
                    self._books[name][str(added["external_id"])] = _pending(added)
        return self._books[name]


def _pending(row: dict[str, object]) -> Known:
    object_id, mapped = cast("int", row["object_id"]), cast("Said", row["mapped"])
    return Known(0, object_id, mapped, is_ruled=True, pending=row)


def _refs() -> Select[Any]:
    return select(
        ExternalRefRow.id,
        ExternalRefRow.external_id,
        ExternalRefRow.object_id,
        ExternalRefRow.mapped,
        ExternalRefRow.is_ruled,
    )


def let_go(session: Session, sources: Iterable[str]) -> None:
    """End the rule of sources over what they brought: later imports of them change it no more."""
    session.execute(
        update(ExternalRefRow)
        .where(ExternalRefRow.source.in_(tuple(sources)))
        .values(is_ruled=False)
    )
