"""Accounts and products."""

from collections.abc import Iterable
from typing import Any

from spm.domain.intake.numbers import Amount
from spm.domain.intake.records import AccountRecord, ProductRecord, Reference
from spm.domain.intake.schema import Kind
from spm.models.pipeline import AccountRow
from spm.services.intake.writing import Loading, Refused, write_named


def load_accounts(loading: Loading, records: Iterable[AccountRecord]) -> None:
    """Load accounts; then which company each belongs to."""
    plain = ("industry", "city", "country", "website", "employees", "founded_year")
    parents: list[tuple[int, int, Reference]] = []
    for record in records:
        values: dict[str, Any] = {"name": record.name}
        for name in plain:
            if name in loading.binding.mapped:
                values[name] = getattr(record, name)
        try:
            values |= _money(loading, record.line, "annual_revenue", record.annual_revenue)
        except Refused as refused:
            loading.run.report(refused.issue)
            continue
        account_id = write_named(loading, Kind.ACCOUNT, record.line, record.keys, values)
        if account_id is not None and record.parent is not None:
            parents.append((record.line, account_id, record.parent))
    for line, account_id, parent in parents:
        parent_id = loading.resolve(line, parent)
        row = loading.run.session.get_one(AccountRow, account_id)
        if parent_id is not None and parent_id not in {account_id, row.parent_id}:
            if row.parent_id is not None:
                loading.run.change(
                    f"account:{account_id}", "parent_id", row.parent_id, parent_id, is_local=False
                )
            row.parent_id = parent_id


def load_products(loading: Loading, records: Iterable[ProductRecord]) -> None:
    """Load products with their prices and costs."""
    mapped = loading.binding.mapped
    for record in records:
        values: dict[str, Any] = {"name": record.name}
        for name in ("family", "category"):
            if name in mapped:
                values[name] = getattr(record, name)
        try:
            values |= _money(loading, record.line, "list_price", record.list_price)
            values |= _money(loading, record.line, "cost", record.cost)
        except Refused as refused:
            loading.run.report(refused.issue)
            continue
        write_named(loading, Kind.PRODUCT, record.line, record.keys, values)


def _money(loading: Loading, line: int, field: str, amount: Amount | None) -> dict[str, Any]:
    if field not in loading.binding.mapped:
        return {}
    money = loading.money(line, amount, None, field)
    if money is None:
        return {f"{field}_minor": None}
    return {f"{field}_minor": money.minor, "currency": money.currency}
