"""Forms about deals."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import FieldList, FormField
from wtforms import Form as PlainForm

from spm.domain.ids import PersonId, ProductId, StageId, TerritoryId
from spm.domain.money import MINOR_DIGITS
from spm.domain.pipeline.deals import Deal, Gate
from spm.domain.pipeline.lines import MOST_LINES, MOST_OF_A_PRODUCT, PLACES, Line, LineDraft, times
from spm.domain.pipeline.stages import Pipeline, StageKind
from spm.i18n.words import N_
from spm.web.fields import (
    BlockField,
    BoolField,
    ChoiceField,
    ChoicesField,
    DateField,
    DecimalField,
    Form,
    IdField,
    LineField,
    MoneyField,
    WholeField,
)

EMPTY_ROWS = 3
"""Rows for new lines that the form offers at its end."""
NOTES_LENGTH = 4_000
"""Characters of what is to be learnt from a loss."""


def currencies(first: str) -> list[tuple[str, str]]:
    """Return the currencies to choose from, ``first`` ahead."""
    return [(code, code) for code in (first, *sorted(set(MINOR_DIGITS) - {first}))]


class FactsForm(Form):
    """What a person may say about a deal."""

    name = LineField(N_("Name"))
    account = LineField(
        N_("Account"),
        required=False,
        hint=N_("Begin to type; the account must exist."),
        render_kw={"list": "accounts"},
    )
    amount = MoneyField(N_("Amount"), required=False, minimum=0)
    currency_code = ChoiceField(N_("Currency"))
    expected_close_on = DateField(N_("Expected close"), required=False)
    product = IdField(N_("Product"), required=False)
    territory = IdField(N_("Territory"), required=False)
    lead_source = LineField(
        N_("Source"),
        required=False,
        max_length=120,
        hint=N_("How the deal was found: a referral, an advertisement, a cold call."),
        render_kw={"list": "sources"},
    )
    next_step = LineField(N_("Next step"), required=False)


class NewDealForm(FactsForm):
    """A deal that is entered."""

    owner = IdField(N_("Owner"))
    stage = IdField(N_("Stage"))
    on = DateField(N_("Began on"))


class EditDealForm(FactsForm):
    """A deal that is changed; whoever changes another person's says why."""

    loss_notes = BlockField(N_("What to learn from it"), required=False, max_length=NOTES_LENGTH)
    reason = LineField(N_("Reason"), required=False)


class LineForm(PlainForm):
    """One line of a deal, as a row of the form; ``lines_form`` gives it the deal's currency."""

    currency = "USD"

    line = WholeField(N_("Line"), required=False, minimum=1)
    product = IdField(N_("Product"), required=False, nothing=N_("No product"))
    quantity = DecimalField(
        N_("Quantity"),
        required=False,
        minimum=-MOST_OF_A_PRODUCT,
        maximum=MOST_OF_A_PRODUCT,
        places=PLACES,
    )
    unit_price = MoneyField(N_("Price"), required=False)
    amount = MoneyField(N_("Amount"), required=False)
    is_left_out = BoolField(N_("Take out"))

    def draft(self) -> LineDraft:
        """Return what was typed."""
        product = self.product.data
        return LineDraft(
            None if product is None else ProductId(product),
            self.quantity.data,
            self.unit_price.data,
            self.amount.data,
            self.line.data,
        )


class LinesForm(Form):
    """All lines of a deal."""

    lines = FieldList(FormField(LineForm), max_entries=MOST_LINES + EMPTY_ROWS)
    reason = LineField(N_("Reason"), required=False)

    def rows(self) -> Iterable[LineForm]:
        """Yield the rows in the order in which they were sent."""
        return (entry.form for entry in self.lines)

    def offer(self, products: Sequence[tuple[ProductId, str]]) -> None:
        """Let each row be of one of the products."""
        for row in self.rows():
            row.product.choices = list(products)

    def fill(self, deal: Deal, lines: Sequence[Line]) -> None:
        """Show a deal's lines in a form that was not sent yet, with empty rows for further ones.

        The amount is shown where it is not quantity × price, so that it follows a new quantity elsewhere.
        """
        self.version.data = deal.version
        for line in lines:
            price = line.unit_price
            is_plain = price is not None and line.amount == times(line.quantity, price)
            self.lines.append_entry(
                {
                    "line": line.id,
                    "product": line.product_id,
                    "quantity": line.quantity.normalize(),
                    "unit_price": price,
                    "amount": None if is_plain else line.amount,
                }
            )
        for _ in range(EMPTY_ROWS):
            self.lines.append_entry()

    def drafts(self) -> list[LineDraft]:
        """Return what was typed in the lines, without those that are taken out."""
        return [row.draft() for row in self.rows() if not row.is_left_out.data]


def lines_form(currency: str) -> LinesForm:
    """Return the form of a deal's lines, whose rows are in the deal's currency."""
    row = type("Row", (LineForm,), {"currency": currency})
    rows: Any = FieldList(FormField(row), N_("Lines"), max_entries=MOST_LINES + EMPTY_ROWS)
    form: LinesForm = type("DealLinesForm", (LinesForm,), {"lines": rows})(currency=currency)
    return form


class MoveForm(Form):
    """A move to one stage. What the move does not ask for is taken out before it is shown."""

    confirmed = ChoicesField(N_("What holds, before it can be moved"))
    on = DateField(N_("Moved on"))
    amount = MoneyField(
        N_("Amount"),
        required=False,
        minimum=0,
        hint=N_("What it turned out to be worth."),
    )
    loss_reason = LineField(N_("Why it was lost"), max_length=120, render_kw={"list": "reasons"})
    loss_notes = BlockField(
        N_("What to learn from it"),
        required=False,
        max_length=NOTES_LENGTH,
        hint=N_("What happened, and what we would do another time; it stands in the review pack."),
    )
    reason = LineField(N_("Reason"))


class UndoForm(Form):
    """The act that is taken back, by its number in the audit log."""

    act = WholeField(N_("Act"), minimum=1)


class QuickForm(Form):
    """A deal that is entered in a column of the board: the rest is said later."""

    name = LineField(N_("Name"))
    amount = MoneyField(N_("Amount"), required=False, minimum=0)
    owner = IdField(N_("Owner"))


class AmountForm(Form):
    """What a deal is worth, by itself."""

    amount = MoneyField(N_("Amount"), required=False, minimum=0)
    reason = LineField(N_("Reason"))


class CloseForm(Form):
    """When a deal is expected to close, by itself."""

    expected_close_on = DateField(N_("Expected close"), required=False)
    reason = LineField(N_("Reason"))


class StepForm(Form):
    """What comes next in a deal, by itself."""

    next_step = LineField(N_("Next step"), required=False)
    reason = LineField(N_("Reason"))


class ManyForm(Form):
    """One change of many deals; the fields of the other changes are taken out before it is shown."""

    owner = IdField(N_("New owner"))
    stage = IdField(N_("Stage"))
    expected_close_on = DateField(N_("Expected close"), required=False)
    next_step = LineField(N_("Next step"), required=False)
    reason = LineField(N_("Reason"), required=False)


class ViewForm(Form):
    """A list of deals that is kept under a name."""

    name = LineField(N_("Name"), max_length=80)
    team = IdField(N_("For"), required=False, nothing=N_("Only me"))


class RenameViewForm(ViewForm):
    """A view that is called otherwise; ``view`` is its number."""

    view = WholeField(N_("View"), minimum=1)


class DropViewForm(Form):
    """A view that is dropped, by its number."""

    view = WholeField(N_("View"), minimum=1)


class AssignForm(Form):
    """A deal that is handed over."""

    owner = IdField(N_("New owner"))
    reason = LineField(N_("Reason"))


def offer(
    form: FactsForm,
    products: Sequence[tuple[ProductId, str]],
    territories: Sequence[tuple[TerritoryId, str]],
) -> None:
    """Fill in what the form lets one choose from."""
    form.product.choices = list(products)
    form.territory.choices = list(territories)
    form.currency_code.choices = currencies(form.currency)


def fill(form: EditDealForm, deal: Deal, account_name: str) -> None:
    """Show a deal's facts in a form that was not sent yet."""
    facts = deal.facts
    form.version.data = deal.version
    form.name.data, form.account.data = facts.name, account_name
    form.amount.data, form.currency_code.data = facts.amount, facts.currency
    form.expected_close_on.data = facts.expected_close_on
    form.product.data, form.territory.data = facts.product_id, facts.territory_id
    form.lead_source.data, form.next_step.data = facts.lead_source, facts.next_step
    if "loss_notes" in form:
        form.loss_notes.data = facts.loss_notes


def narrow(form: MoveForm, deal: Deal, gate: Gate, *, is_own: bool, has_lines: bool) -> None:
    """Take out of a move's form what this move does not ask for, and offer what is to be ticked."""
    if gate.demanded:
        form.confirmed.choices = [(_mark(line), line) for line in gate.demanded]
    else:
        del form.confirmed
    if gate.target.kind is not StageKind.WON or not gate.is_closing or has_lines:
        del form.amount
    else:
        form.amount.required = form.amount.flags.required = deal.facts.amount is None
    if gate.target.kind is not StageKind.LOST:
        del form.loss_reason, form.loss_notes
    if is_own and not gate.is_reopening:
        del form.reason


def confirmed(form: MoveForm, gate: Gate) -> tuple[str, ...]:
    """Return the criteria that were ticked: as they read in the form that was ticked."""
    ticked = set(form.confirmed.data or ()) if "confirmed" in form else set()
    return tuple(line for line in gate.demanded if _mark(line) in ticked)


def _mark(line: str) -> str:
    """A criterion as a form sends it: another text is another box, though it stand in its place."""
    return hashlib.sha256(line.encode()).hexdigest()[:16]


def asks_nothing(form: MoveForm, gate: Gate) -> bool:
    """Return whether a move needs no answer but its day, and shows nothing to be read first."""
    asked = {"amount", "loss_reason", "reason"} & set(form.data)
    return not (asked or gate.leave or gate.enter)


def stage_choices(pipelines: Sequence[Pipeline]) -> list[tuple[StageId, str]]:
    """Return the open stages of active pipelines; named with the pipeline where there are several."""
    active = [pipeline for pipeline in pipelines if pipeline.is_active]
    return [
        (stage.id, stage.name if len(active) == 1 else f"{pipeline.name} · {stage.name}")
        for pipeline in active
        for stage in pipeline.open_stages
    ]


def owner_choices(
    owners: Sequence[tuple[PersonId, str]], without: PersonId | None = None
) -> list[tuple[PersonId, str]]:
    """Return people to choose from, without the one who has it already."""
    return [(key, name) for key, name in owners if key != without]
