"""Words of the fields that columns fill."""

from collections.abc import Mapping

from spm.domain.intake.drafts import DATE_OF_ENTRY, ID, LINE
from spm.domain.intake.schema import Kind
from spm.i18n.words import N_, gettext

FIELD_WORDS: Mapping[str, str] = {
    "key": N_("Id"),
    "name": N_("Name"),
    "owner": N_("Owner"),
    "owner.id": N_("Owner’s id"),
    "account": N_("Account"),
    "account.id": N_("Account’s id"),
    "product": N_("Product"),
    "product.id": N_("Product’s id"),
    "territory": N_("Territory"),
    "stage": N_("Stage"),
    "pipeline": N_("Pipeline"),
    "status": N_("Status: open, won or lost"),
    "is_won": N_("Won: yes or no"),
    "is_closed": N_("Closed: yes or no"),
    "stage_order": N_("Place of the stage"),
    "probability": N_("Probability"),
    "amount": N_("Amount"),
    "won_amount": N_("Amount if won"),
    "currency": N_("Currency"),
    "created": N_("Created"),
    "stage_since": N_("In its stage since"),
    "closed": N_("Closed on"),
    "won": N_("Won on"),
    "lost": N_("Lost on"),
    "expected_close": N_("Expected close"),
    "lead_source": N_("Lead source"),
    "next_step": N_("Next step"),
    "loss_reason": N_("Loss reason"),
    DATE_OF_ENTRY: N_("Date of entry to the stage in the heading"),
    f"{LINE}product": N_("Line: product"),
    f"{LINE}quantity": N_("Line: quantity"),
    f"{LINE}unit_price": N_("Line: unit price"),
    f"{LINE}amount": N_("Line: amount"),
    f"{LINE}cost": N_("Line: cost"),
    "email": N_("E-mail"),
    "title": N_("Title"),
    "manager": N_("Manager"),
    "manager.id": N_("Manager’s id"),
    "office": N_("Office"),
    "person": N_("Person"),
    "person.id": N_("Person’s id"),
    "industry": N_("Industry"),
    "city": N_("City"),
    "country": N_("Country"),
    "website": N_("Website"),
    "employees": N_("Employees"),
    "founded_year": N_("Founded in"),
    "annual_revenue": N_("Annual revenue"),
    "parent": N_("Part of"),
    "family": N_("Family"),
    "category": N_("Category"),
    "list_price": N_("List price"),
    "cost": N_("Cost"),
    "deal": N_("Deal by its name"),
    "deal.id": N_("Deal by its id"),
    "at": N_("Changed at"),
    "from_stage": N_("Stage before"),
    "month": N_("Month"),
    "period": N_("Period"),
    "start": N_("From day"),
    "last_day": N_("To day, included"),
    "end": N_("To day, not included"),
    "value": N_("Target"),
    "group": N_("Territory above"),
}
"""Field, as ``spm.domain.intake.drafts`` names it → its words."""

_OF_KIND: Mapping[tuple[Kind, str], str] = {
    (Kind.MOVE, "stage"): N_("New stage"),
    (Kind.MOVE, "owner"): N_("Changed by"),
    (Kind.MOVE, "owner.id"): N_("Id of who changed it"),
    (Kind.MOVE, "closed"): N_("Close date at that time"),
}


def field_words(kind: Kind, field: str) -> str:
    """Return what a field of a kind is called."""
    words = _OF_KIND.get((kind, field)) or FIELD_WORDS.get(field)
    return gettext(words) if words else field.removesuffix(ID)
