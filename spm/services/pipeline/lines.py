"""The lines of a deal, as its edit writes them.

What a line was is kept: a line that is changed or taken out ends, and figures as of an earlier instant
count it as it was.
"""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select, update

from spm.domain.ids import DealId, ProductId
from spm.domain.money import Money
from spm.domain.pipeline.lines import Line, LineDraft, times
from spm.models.pipeline import DealLineRow, ProductRow
from spm.services.work import Work


def prices_of(work: Work, drafts: Sequence[LineDraft], currency: str) -> dict[ProductId, Money]:
    """Return the list prices of the products that are typed, as far as they are in ``currency``."""
    wanted = {draft.product_id for draft in drafts if draft.product_id is not None}
    rows = work.session.execute(
        select(ProductRow.id, ProductRow.list_price_minor).where(
            ProductRow.id.in_(sorted(wanted)),
            ProductRow.currency == currency,
            ProductRow.list_price_minor.is_not(None),
        )
    )
    return {ProductId(key): Money(currency, minor) for key, minor in rows}


def unknown_products(work: Work, lines: Sequence[Line], before: Sequence[Line]) -> bool:
    """Return whether a line names a product that is not there or, unless it had it, not in use."""
    kept = {line.product_id for line in before}
    wanted = {line.product_id for line in lines} - kept
    found = work.session.scalars(
        select(ProductRow.id).where(ProductRow.id.in_(sorted(wanted)), ProductRow.is_active)
    )
    return bool(wanted - set(map(ProductId, found)))


def keep_lines(work: Work, deal_id: DealId, before: Sequence[Line], after: Sequence[Line]) -> None:
    """Write the difference: what ended ends now, what is new begins now."""
    gone = [line.id for line in before if line not in after]
    work.session.execute(update(DealLineRow).where(DealLineRow.id.in_(gone)).values(to_at=work.now))
    for line in after:
        if line not in before:
            work.session.add(_row(work, deal_id, line))
    work.session.flush()


def _row(work: Work, deal_id: DealId, line: Line) -> DealLineRow:
    return DealLineRow(
        deal_id=deal_id,
        product_id=line.product_id,
        quantity=line.quantity,
        unit_price_minor=None if line.unit_price is None else line.unit_price.minor,
        amount_minor=line.amount.minor,
        cost_minor=_cost(work, line),
        from_at=work.now,
    )


def _cost(work: Work, line: Line) -> int | None:
    """Return what a line costs by its product's cost; None where that is unknown or in other money."""
    product = work.session.get_one(ProductRow, line.product_id)
    if product.cost_minor is None or product.currency != line.amount.currency:
        return None
    return times(line.quantity, Money(product.currency, product.cost_minor)).minor


def line_texts(work: Work, lines: Sequence[Line]) -> list[str]:
    """Return lines as people read them in the log, with the number of the product at the end."""
    return [
        f"{_plain(line.quantity)} × {work.session.get_one(ProductRow, line.product_id).name}"
        f" = {line.amount.amount} {line.amount.currency} (#{line.product_id})"
        for line in lines
    ]


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
