"""What happens when sales operations enters and edits products."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from spm.domain.errors import Forbidden, SpmError
from spm.domain.money import CurrencyMismatch, Money
from spm.domain.pipeline.products import (
    PriceNegative,
    ProductFacts,
    ProductNameEmpty,
    ProductTaken,
)
from spm.queries.pipeline.products import get_product, products
from spm.services.pipeline import products as services
from spm.services.work import StaleEdit, Work
from tests.builders import a_person

FACTS = ProductFacts("GTX Pro", "GTX", "Hardware", Money("USD", 482100), Money("USD", 1))


def test_a_product_is_entered_found_and_edited(work: Work) -> None:
    product_id = services.create(work, FACTS)
    product = get_product(work.session, work.actor, product_id)
    assert product.facts == FACTS
    without = ProductFacts("GTX Pro", "GTX", is_active=False)
    services.edit(work, product_id, without, version=product.version)
    assert get_product(work.session, work.actor, product_id).facts == without
    with pytest.raises(StaleEdit):
        services.edit(work, product_id, FACTS, version=product.version)
    assert [found.name for found in products(work.session, "pro gtx")] == ["GTX Pro"]
    assert products(work.session, "%") == ()


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        (ProductFacts(""), ProductNameEmpty),
        (ProductFacts("gtx pro", "gtx"), ProductTaken),
        (ProductFacts("A", list_price=Money("USD", -1)), PriceNegative),
        (ProductFacts("A", list_price=Money("USD", 1), cost=Money("EUR", 1)), CurrencyMismatch),
    ],
)
def test_a_product_is_refused(work: Work, facts: ProductFacts, error: type[SpmError]) -> None:
    services.create(work, FACTS)
    with pytest.raises(error):
        services.create(work, facts)


def test_only_operations_enters_products(session: Session, work_as: Callable[[int], Work]) -> None:
    with pytest.raises(Forbidden):
        services.create(work_as(a_person(session).id), FACTS)
