"""Mapped values → records, one builder per kind."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from spm.domain.intake.cells import Issue, Row
from spm.domain.intake.deals import deal_records
from spm.domain.intake.mapping import RowMapper
from spm.domain.intake.reasons import Reason
from spm.domain.intake.records import (
    AccountRecord,
    ExternalKey,
    Move,
    MoveRecord,
    PersonRecord,
    ProductRecord,
    Record,
    TargetRecord,
    TerritoryMemberRecord,
    TerritoryRecord,
)
from spm.domain.intake.schema import Kind

Values = Mapping[str, Any]


def records(mapper: RowMapper, rows: Iterable[Row | Issue]) -> Iterator[Record | Issue]:
    """Yield what the rows of a file say: a record or the issues of each, in the order of the file.

    Deals whose rows are lines come when all rows are read. A key that came before refuses the row.
    """
    rows = mapper.taken(rows)
    if mapper.binding.kind is Kind.DEAL:
        yield from deal_records(mapper, rows)
        return
    build = _BUILDERS[mapper.binding.kind]
    seen: dict[str, int] = {}
    for row in rows:
        if isinstance(row, Issue):
            yield row
            continue
        values, issues = mapper.values(row, mapper.binding.columns)
        others: Values = {}
        if not row.fault and mapper.binding.other_keys:
            others, more = mapper.values(row, mapper.binding.other_keys)
            issues += more
        key = values.get("key")
        if key is not None and [issue.reason for issue in issues] == [Reason.MISSING_VALUE]:
            nameless = _named_by_its_key(mapper, row, values)
            if nameless is not None:
                issues = []
                yield nameless
        if not issues and key is not None:
            first = seen.setdefault(key, row.line)
            if first != row.line:
                column = mapper.binding.columns["key"]
                issues.append(mapper.issue(row, column, Reason.DUPLICATE_KEY, first=first))
        yield from issues
        if not issues:
            keys = mapper.keys(key, others) if key is not None else ()
            yield build(row.line, keys, {**mapper.binding.table.constants, **values})


def _named_by_its_key(mapper: RowMapper, row: Row, values: dict[str, Any]) -> Issue | None:
    """Let a thing without a name, but with an id, be called by its id; return the warning."""
    name = mapper.binding.columns.get("name")
    if name is None or values.get("name") is not None:
        return None
    values["name"] = values["key"]
    return mapper.issue(row, name, Reason.ONLY_AN_ID, is_refusal=False)


def _territory(line: int, keys: tuple[ExternalKey, ...], values: Values) -> TerritoryRecord:
    return TerritoryRecord(
        line, keys, values["name"], values.get("country") or "", values.get("group") or ""
    )


def _person(line: int, keys: tuple[ExternalKey, ...], values: Values) -> PersonRecord:
    return PersonRecord(
        line,
        keys,
        values["name"],
        email=values.get("email"),
        title=values.get("title") or "",
        manager=values.get("manager"),
        office=values.get("office") or "",
    )


def _member(line: int, _: tuple[ExternalKey, ...], values: Values) -> TerritoryMemberRecord:
    return TerritoryMemberRecord(line, values["person"], values["territory"])


def _account(line: int, keys: tuple[ExternalKey, ...], values: Values) -> AccountRecord:
    return AccountRecord(
        line,
        keys,
        values["name"],
        industry=values.get("industry") or "",
        city=values.get("city") or "",
        country=values.get("country") or "",
        website=values.get("website") or "",
        employees=values.get("employees"),
        founded_year=values.get("founded_year"),
        annual_revenue=values.get("annual_revenue"),
        parent=values.get("parent"),
    )


def _product(line: int, keys: tuple[ExternalKey, ...], values: Values) -> ProductRecord:
    return ProductRecord(
        line,
        keys,
        values["name"],
        family=values.get("family") or "",
        category=values.get("category") or "",
        list_price=values.get("list_price"),
        cost=values.get("cost"),
    )


def _move(line: int, _: tuple[ExternalKey, ...], values: Values) -> MoveRecord:
    move = Move(values["stage"], values["at"], values.get("from_stage") or "", values.get("closed"))
    return MoveRecord(
        line,
        values["deal"],
        move,
        values.get("owner"),
        values.get("amount"),
        values.get("currency"),
    )


def _target(line: int, _: tuple[ExternalKey, ...], values: Values) -> TargetRecord:
    last = values.get("last_day")
    return TargetRecord(
        line,
        values["person"],
        values.get("month"),
        values["value"],
        values.get("currency"),
        named=values.get("period") or "",
        start=values.get("start"),
        end=values.get("end") or (last + timedelta(days=1) if last else None),
    )


_BUILDERS: Mapping[Kind, Callable[[int, tuple[ExternalKey, ...], Values], Record]] = {
    Kind.TERRITORY: _territory,
    Kind.PERSON: _person,
    Kind.TERRITORY_MEMBER: _member,
    Kind.ACCOUNT: _account,
    Kind.PRODUCT: _product,
    Kind.MOVE: _move,
    Kind.TARGET: _target,
}
