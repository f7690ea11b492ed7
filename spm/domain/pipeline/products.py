"""Products: what is sold."""

from dataclasses import dataclass

from spm.domain.errors import Invalid
from spm.domain.ids import ProductId
from spm.domain.money import Money


class ProductNameEmpty(Invalid):
    """A product has no name."""

    code = "products.name-empty"


class ProductTaken(Invalid):
    """There is a product of that name in that family."""

    code = "products.taken"


class PriceNegative(Invalid):
    """A price or a cost is below zero."""

    code = "products.price-negative"


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What is known of a product; empty or None where nobody has said."""

    name: str
    family: str = ""
    category: str = ""
    list_price: Money | None = None
    cost: Money | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Product:
    """Something that is sold; an inactive one stays in the deals that have it."""

    id: ProductId
    facts: ProductFacts
    version: int

    @property
    def name(self) -> str:
        """What it is called."""
        return self.facts.name


def check_product(facts: ProductFacts) -> None:
    """Check what is said about a product.

    Raises:
        ProductNameEmpty: It has no name.
        PriceNegative: Its price or its cost is below zero.
    """
    if not facts.name:
        raise ProductNameEmpty(field="name")
    for field, money in (("list_price", facts.list_price), ("cost", facts.cost)):
        if money is not None and money.minor < 0:
            raise PriceNegative(field=field)
