"""A form with each kind of field, as it comes and as it is refused."""

from datetime import date
from decimal import Decimal

from spm.domain.errors import Invalid
from spm.domain.money import Money
from spm.i18n.words import N_, gettext
from spm.web.fields import (
    BlockField,
    BoolField,
    ChoiceField,
    ChoicesField,
    DateField,
    FilesField,
    Form,
    LineField,
    MoneyField,
    RatioField,
    SecretField,
)

STAGES = [("qualified", "Qualified"), ("proposal", "Proposal"), ("negotiation", "Negotiation")]


class SampleForm(Form):
    """Each kind of field, filled in."""

    name = LineField(N_("Name"), default="Ковальчук & Söhne")
    amount = MoneyField(N_("Amount"), default=Money("EUR", 1_250_000))
    share = RatioField(N_("Probability"), default=Decimal("0.35"), hint=N_("From 0 to 100."))
    closes_on = DateField(N_("Expected close"), default=date(2026, 12, 18), required=False)
    stage = ChoiceField(N_("Stage"), choices=STAGES, default="proposal")
    kinds = ChoicesField(N_("Stages"), choices=STAGES, default=["proposal"])
    is_active = BoolField(N_("In force"), default=True, hint=N_("What is not in force is kept."))
    reason = BlockField(N_("Reason"), required=False, hint=N_("The owner reads this."))
    password = SecretField(N_("Password"))
    file = FilesField(N_("File to import"), most=1, accept=".csv,.xlsx")


class BrokenForm(Form):
    """Fields that were refused, each with what was typed."""

    name = LineField(N_("Name"))
    amount = MoneyField(N_("Amount"))
    stage = ChoiceField(N_("Stage"), choices=STAGES)

    def spoil(self) -> None:
        """Refuse the fields as if they had been sent."""
        self.refuse(Invalid(field=None))
        for field, typed, said in (
            (self.name, "", gettext("This is needed.")),
            (
                self.amount,
                "12,5O0",
                gettext("Not a number. Write it like %(example)s.", example="1,234.5"),
            ),
            (self.stage, "", gettext("Choose one of the list.")),
        ):
            field.raw_data = [typed]
            field.errors = [said]
