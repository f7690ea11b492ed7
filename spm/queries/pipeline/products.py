"""Reads of products."""

from sqlalchemy import and_, select, true
from sqlalchemy.orm import Session

from spm.domain.access import Actor, Permission, may
from spm.domain.errors import NotFound
from spm.domain.ids import ProductId
from spm.domain.money import Money
from spm.domain.pipeline.products import Product, ProductFacts
from spm.domain.text import fold
from spm.models.pipeline import ProductRow


def products(session: Session, text: str = "") -> tuple[Product, ...]:
    """Return the products whose name holds every word of ``text``.

    The active ones come first, then by family and name.
    """
    words = (ProductRow.name_key.contains(word, autoescape=True) for word in fold(text).split())
    rows = session.scalars(
        select(ProductRow)
        .where(and_(true(), *words))
        .order_by(
            ProductRow.is_active.desc(), ProductRow.family, ProductRow.name_key, ProductRow.id
        )
    )
    return tuple(_record(row) for row in rows)


def get_product(session: Session, actor: Actor, product_id: ProductId) -> Product:
    """Return one product.

    Raises:
        NotFound: There is none, or the actor may read no products.
    """
    row = session.get(ProductRow, product_id)
    if row is None or not may(actor, Permission.PRODUCTS_VIEW):
        raise NotFound(what="product", id=product_id)
    return _record(row)


def _record(row: ProductRow) -> Product:
    return Product(
        id=ProductId(row.id),
        facts=ProductFacts(
            name=row.name,
            family=row.family,
            category=row.category,
            list_price=_money(row.list_price_minor, row.currency),
            cost=_money(row.cost_minor, row.currency),
            is_active=row.is_active,
        ),
        version=row.version,
    )


def _money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else Money(currency, minor)
