"""Bringing a row up to what a source says, field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import select

from spm.domain.errors import Invalid
from spm.domain.intake.cells import Issue
from spm.domain.intake.mapping import Binding
from spm.domain.intake.numbers import Amount
from spm.domain.intake.reasons import Reason
from spm.domain.intake.records import NAME, ExternalKey, Reference
from spm.domain.intake.schema import Kind
from spm.domain.intake.stages import StageBook
from spm.domain.money import AmountInexact, AmountTooLarge, CurrencyUnknown, Money, minor_digits
from spm.domain.organisation import clean_email
from spm.domain.text import fold
from spm.models.organisation import PersonRow
from spm.services.bulk import add_all, new_ids
from spm.services.intake.references import NAMED, Ambiguous, NamedRow, References
from spm.services.intake.run import Run, text_of

Values = Mapping[str, Any]
"""Attribute → value, for the fields that the file says something about."""


@dataclass(frozen=True, slots=True)
class Loading:
    """One file of a run."""

    run: Run
    refs: References
    binding: Binding
    book: StageBook | None = None
    made: "Made | None" = None

    def resolve(self, line: int, reference: Reference) -> int | None:
        """Return the row that a cell refers to, made if it may be; None after refusing the line."""
        try:
            found = self.refs.resolve(reference)
        except Ambiguous as error:
            self.run.refuse(
                self.binding,
                line,
                Reason.AMBIGUOUS_REFERENCE,
                reference.column,
                reference.key,
                count=error.count,
            )
            return None
        if found is not None:
            if found.alias_of is not None:
                self.run.warn(
                    self.binding,
                    line,
                    Reason.TAKEN_FOR,
                    reference.column,
                    reference.key,
                    meant=found.alias_of,
                )
            return found.object_id
        if not reference.may_create:
            self.run.refuse(
                self.binding, line, Reason.UNKNOWN_REFERENCE, reference.column, reference.key
            )
            return None
        if reference.space != NAME:
            self.run.warn(self.binding, line, Reason.ONLY_AN_ID, reference.column)
        return self.make(reference)

    def make(self, reference: Reference) -> int:
        """Make what nothing but its name, or its id, is known of; return its id here."""
        kind, name = reference.kind, reference.key
        values: dict[str, Any] = {"name": name}
        if kind is Kind.PERSON and "@" in name:
            values |= _address(name)
        if self.made is not None and len(values) == 1:
            object_id = self.made.add(self.run, kind, name)
        else:
            if self.made is not None:
                self.made.write(self.run)
                self.made.forget()
            row = create_named(self.run, kind, values)
            self.run.session.flush([row])
            object_id = row.id
            self.refs.forget_emails()
        if reference.id_key:
            self.refs.add(kind.value, ExternalKey(reference.id_space, reference.id_key), object_id)
        if self.refs.find(kind.value, ExternalKey(reference.space, name)) is None:
            self.refs.add(kind.value, ExternalKey(reference.space, name), object_id)
        self.refs.names(kind).add(object_id, name)
        self.run.tally(kind.value).created += 1
        return object_id

    def money(
        self, line: int, amount: Amount | None, currency: str | None, field: str
    ) -> Money | None:
        """Return money in whole minor units; None where there is none, or after refusing the line.

        An amount of more digits than the currency has is rounded half-even, with a warning.
        """
        if amount is None:
            return None
        code = amount.currency or currency or self.run.currency
        try:
            try:
                return _exactly(code, amount.value)
            except AmountInexact:
                rounded = round(amount.value, minor_digits(code))
                self.run.warn(
                    self.binding, line, Reason.ROUNDED, self.column(field), str(amount.value)
                )
                return Money.of(code, rounded)
        except CurrencyUnknown:
            raise Refused(self._issue(line, Reason.UNKNOWN_CURRENCY, field, code)) from None
        except AmountTooLarge:
            issue = self._issue(line, Reason.NUMBER_TOO_LARGE, field, str(amount.value))
            raise Refused(issue) from None

    def column(self, field: str) -> str:
        """Return the name of the column that fills a field; the field's own where none does."""
        for columns in (self.binding.columns, self.binding.lines):
            if field in columns:
                return columns[field].header
        return field

    def _issue(self, line: int, reason: Reason, field: str, value: str) -> Issue:
        return Issue(self.binding.file, line, self.column(field), value, reason)


class Made:
    """Things that references made and that are yet to be written, many in one statement."""

    def __init__(self) -> None:
        self._free: dict[Kind, list[int]] = {}
        self._rows: dict[Kind, list[dict[str, Any]]] = {}

    def add(self, run: Run, kind: Kind, name: str) -> int:
        """Remember a thing of which the name is known; return the id that it will have."""
        free = self._free.setdefault(kind, [])
        if not free:
            self.write(run)  # on SQLite free ids are those behind the last row
            free.extend(reversed(new_ids(run.session, NAMED[kind], _DRAWN)))
        object_id = free.pop()
        row = {"id": object_id, "name": name, "name_key": fold(name)}
        if kind is Kind.PERSON:
            row["created_at"] = run.work.now
        self._rows.setdefault(kind, []).append(row)
        return object_id

    def write(self, run: Run) -> None:
        """Write what is remembered; call before anything is written that refers to it."""
        for kind, rows in self._rows.items():
            add_all(run.session, NAMED[kind], rows)
            run.made(NAMED[kind].__tablename__, ((row["id"],) for row in rows))
        self._rows.clear()

    def forget(self) -> None:
        """Give back what ids were not used, since others may take them from now on."""
        self._free.clear()


_DRAWN = 500


@lru_cache(maxsize=50_000)
def _exactly(currency: str, value: Decimal) -> Money:
    """``Money.of``; a column repeats its prices, and each is worked out once."""
    return Money.of(currency, value)


def _address(name: str) -> dict[str, Any]:
    """The columns of somebody of whom nothing but an e-mail address is known."""
    try:
        email = clean_email(name)
    except Invalid:
        return {}
    return {"email": email, "email_key": fold(email)}


class Refused(Exception):
    """A record cannot be loaded; the issue says why."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.reason)
        self.issue = issue


def create_named(run: Run, kind: Kind, values: Values) -> NamedRow:
    """Add a row with a name; what is not given has the column's default."""
    model = NAMED[kind]
    facts = {**values, "name_key": fold(values["name"])}
    if kind is Kind.PERSON:
        facts["created_at"] = run.work.now
    row = model(**facts)
    run.session.add(row)
    return row


def write_named(
    loading: Loading, kind: Kind, line: int, keys: Sequence[ExternalKey], values: Values
) -> int | None:
    """Bring the row that ``keys`` stand for up to ``values``; make it if there is none.

    Returns:
        The row's id; None where the record was refused.
    """
    run, refs = loading.run, loading.refs
    said = {name: text_of(value) for name, value in values.items()}
    known = refs.find(kind.value, keys[0])
    tally = run.tally(kind.value)
    if known is None:
        row = _adopted(loading, kind, keys[0], values)
        is_new = row is None
        if row is None:
            row = create_named(run, kind, values)
            run.session.flush([row])
            tally.created += 1
        refs.names(kind).add(row.id, values["name"])
        refs.add(kind.value, keys[0], row.id, said)
        if not is_new:
            _count(loading, kind, is_changed=_update(loading, kind, row, values, {}))
    else:
        row = _get(loading, kind, known.object_id)
        if known.is_ruled:
            _count(loading, kind, is_changed=_update(loading, kind, row, values, known.mapped))
            refs.touch(known, said)
        else:
            tally.kept += 1
    for key in keys[1:]:
        other = refs.find(kind.value, key)
        if other is None:
            refs.add(kind.value, key, row.id)
        elif other.object_id != row.id:
            run.warn(loading.binding, line, Reason.ID_OF_ANOTHER, key.space, key.key)
    return row.id


def _get(loading: Loading, kind: Kind, object_id: int) -> NamedRow:
    return cast("NamedRow", loading.run.session.get_one(NAMED[kind], object_id))


def _count(loading: Loading, kind: Kind, *, is_changed: bool) -> None:
    tally = loading.run.tally(kind.value)
    if is_changed:
        tally.updated += 1
    else:
        tally.unchanged += 1


def _adopted(loading: Loading, kind: Kind, key: ExternalKey, values: Values) -> NamedRow | None:
    """Return the row that was there before its source: by its only e-mail address, or only name."""
    refs, session = loading.refs, loading.run.session
    if kind is Kind.PERSON and values.get("email_key"):
        found: PersonRow | None = session.scalars(
            select(PersonRow).where(PersonRow.email_key == values["email_key"])
        ).one_or_none()
        if found is not None:
            return found
    if key.space != NAME and kind is not Kind.TERRITORY:
        return None
    same = refs.names(kind).folded.get(fold(values["name"]), set())
    return _get(loading, kind, next(iter(same))) if len(same) == 1 else None


def _update(
    loading: Loading, kind: Kind, row: NamedRow, values: Values, last: Mapping[str, object]
) -> bool:
    """Set what differs; return whether anything did."""
    is_changed = False
    for name, value in values.items():
        before = getattr(row, name)
        if before == value:
            continue
        is_changed = True
        if not name.endswith("_key"):
            is_local = name in last and last[name] != text_of(before)
            loading.run.change(f"{kind.value}:{row.id}", name, before, value, is_local=is_local)
        setattr(row, name, value)
        if name == "name":
            row.name_key = fold(value)
            loading.refs.names(kind).add(row.id, value)
    return is_changed
