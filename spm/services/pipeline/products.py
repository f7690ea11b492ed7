"""What people do with products."""

from sqlalchemy import select

from spm.adapters.database import LOCK
from spm.domain.access import Permission
from spm.domain.ids import ProductId
from spm.domain.money import CurrencyMismatch
from spm.domain.pipeline.products import ProductFacts, ProductTaken, check_product
from spm.domain.text import fold
from spm.models.pipeline import ProductRow
from spm.queries.pipeline import products as queries
from spm.services.work import Work


def create(work: Work, facts: ProductFacts) -> ProductId:
    """Enter a product.

    Raises:
        Forbidden: The actor enters no products.
        ProductTaken: There is one of that name in that family.
        Invalid: A fact is not acceptable.
    """
    work.require(Permission.PRODUCTS_EDIT)
    check_product(facts)
    _check_unique(work, facts, None)
    row = ProductRow()
    _put(row, facts)
    work.session.add(row)
    work.session.flush()
    work.record(Permission.PRODUCTS_EDIT, f"product:{row.id}", after=_texts(facts))
    return ProductId(row.id)


def edit(work: Work, product_id: ProductId, facts: ProductFacts, *, version: int) -> None:
    """Change what is known of a product; its list price of earlier deals stays what it was.

    Raises:
        NotFound: No such product, or the actor may read none.
        Forbidden: The actor edits no products.
        StaleEdit: Somebody changed it since the form was filled.
        ProductTaken: There is another one of that name in that family.
        Invalid: A fact is not acceptable.
    """
    row = work.session.get(ProductRow, product_id, with_for_update=LOCK, populate_existing=True)
    product = queries.get_product(work.session, work.actor, product_id)
    work.require(Permission.PRODUCTS_EDIT)
    before, after = _texts(product.facts), _texts(facts)
    assert row is not None  # noqa: S101 get_product has raised where there is none
    work.expect_version(row, version, theirs=before, yours=after)
    check_product(facts)
    _check_unique(work, facts, product_id)
    _put(row, facts)
    work.session.flush()
    work.record_change(
        Permission.PRODUCTS_EDIT, f"product:{product_id}", before=before, after=after
    )


def _check_unique(work: Work, facts: ProductFacts, product_id: ProductId | None) -> None:
    same = select(ProductRow).where(ProductRow.name_key == fold(facts.name))
    for other in work.session.scalars(same):
        if other.id != product_id and fold(other.family) == fold(facts.family):
            raise ProductTaken(field="name", name=facts.name)


def _put(row: ProductRow, facts: ProductFacts) -> None:
    row.name, row.name_key = facts.name, fold(facts.name)
    row.family, row.category, row.is_active = facts.family, facts.category, facts.is_active
    row.list_price_minor = None if facts.list_price is None else facts.list_price.minor
    row.cost_minor = None if facts.cost is None else facts.cost.minor
    row.currency = _currency(facts) or row.currency


def _currency(facts: ProductFacts) -> str | None:
    """The one currency of a product's price and cost; None where it has neither."""
    codes = {money.currency for money in (facts.list_price, facts.cost) if money is not None}
    if len(codes) > 1:
        raise CurrencyMismatch(left=min(codes), right=max(codes))
    return next(iter(codes), None)


def _texts(facts: ProductFacts) -> dict[str, object]:
    return {
        "name": facts.name,
        "family": facts.family,
        "category": facts.category,
        "list_price": None if facts.list_price is None else str(facts.list_price),
        "cost": None if facts.cost is None else str(facts.cost),
        "is_active": facts.is_active,
    }
