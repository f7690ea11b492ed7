"""The form of a product."""

from spm.domain.pipeline.products import ProductFacts
from spm.i18n.words import N_
from spm.web.fields import BoolField, Form, LineField, MoneyField


class ProductForm(Form):
    """What is known of a product."""

    name = LineField(N_("Name"))
    family = LineField(N_("Family"), required=False, max_length=120)
    category = LineField(N_("Category"), required=False, max_length=120)
    list_price = MoneyField(N_("List price"), required=False, minimum=0)
    cost = MoneyField(N_("Cost"), required=False, minimum=0)
    is_active = BoolField(
        N_("Sold today"), hint=N_("Otherwise it stays in the deals that have it.")
    )

    def fill(self, facts: ProductFacts) -> None:
        """Show what is known in a form that was not sent yet."""
        for name in ("name", "family", "category", "list_price", "cost", "is_active"):
            self[name].data = getattr(facts, name)

    def facts(self) -> ProductFacts:
        """Return what was typed."""
        return ProductFacts(
            name=self.name.data,
            family=self.family.data,
            category=self.category.data,
            list_price=self.list_price.data,
            cost=self.cost.data,
            is_active=bool(self.is_active.data),
        )
