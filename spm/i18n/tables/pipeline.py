"""Words of pipeline: its enumerations and its error codes."""

from collections.abc import Mapping
from enum import Enum

from spm.domain.pipeline.deals import Concern, Status, Wish
from spm.domain.pipeline.forecast import Category
from spm.domain.pipeline.history import EventKind
from spm.domain.pipeline.stages import StageKind
from spm.i18n.words import N_

ENUMS: Mapping[type[Enum], Mapping[Enum, str]] = {
    StageKind: {
        StageKind.OPEN: N_("Open"),
        StageKind.WON: N_("Won"),
        StageKind.LOST: N_("Lost"),
    },
    Status: {
        Status.OPEN: N_("Open"),
        Status.WON: N_("Won"),
        Status.LOST: N_("Lost"),
        Status.CLOSED: N_("Won or lost"),
    },
    Category: {
        Category.COMMIT: N_("Commit"),
        Category.BEST_CASE: N_("Best case"),
        Category.PIPELINE: N_("Pipeline"),
    },
    EventKind: {
        EventKind.CREATED: N_("Deal began"),
        EventKind.STAGE: N_("Stage"),
        EventKind.REOPENED: N_("Reopened"),
        EventKind.AMOUNT: N_("Amount"),
        EventKind.CLOSE_DATE: N_("Expected close"),
        EventKind.OWNER: N_("Owner"),
        EventKind.TERRITORY: N_("Territory"),
        EventKind.ACCOUNT: N_("Account"),
    },
    Wish: {
        Wish.OWNER: N_("Owner"),
        Wish.STAGE: N_("Stage"),
        Wish.CLOSE: N_("Expected close"),
        Wish.STEP: N_("Next step"),
    },
    Concern: {
        Concern.OVERDUE: N_("Past its expected close"),
        Concern.LINGERING: N_("Longer in this stage than expected"),
        Concern.NO_NEXT_STEP: N_("No next step"),
        Concern.NO_CLOSE_DATE: N_("No expected close"),
        Concern.NO_AMOUNT: N_("No amount"),
    },
}
"""Enumeration → member → words, marked with ``N_``."""

ERRORS: Mapping[str, str] = {
    "accounts.name-empty": N_("An account needs a name."),
    "accounts.out-of-range": N_("Between %(low)s and %(high)s."),
    "accounts.parent-circle": N_(
        "An account cannot belong to itself, nor to one that belongs to it."
    ),
    "accounts.parent-unknown": N_(
        "No account, or more than one, is called so. Choose from the list."
    ),
    "accounts.taken": N_("There is an account called %(name)s in that place."),
    "accounts.year-unlikely": N_("A year from %(first)s to %(last)s."),
    "asked.unknown": N_("This page does not know how to answer “%(name)s” with that value."),
    "deals.account-unknown": N_("No single account is called %(name)s. Enter the account first."),
    "deals.amount-from-lines": N_("The amount is the sum of the deal's lines; change those."),
    "deals.amount-locked": N_(
        "What a won or lost deal was worth is changed by the owner's manager or by sales operations."
    ),
    "deals.amount-needed": N_("A won deal needs an amount."),
    "deals.amount-out-of-range": N_("An amount is zero or more, and believable."),
    "deals.before-last-move": N_("Not before the last move, on %(last_on)s."),
    "deals.close-before-opening": N_("Not before the deal began, on %(opened_on)s."),
    "deals.criteria-unconfirmed": N_("Tick that it holds: %(missing)s."),
    "deals.future-date": N_("Not after today, %(today)s."),
    "deals.line-incomplete": N_(
        "Line %(place)s needs a product, a quantity, and a price or an amount."
    ),
    "deals.line-out-of-range": N_(
        "Line %(place)s has a quantity, a price or an amount that no deal has."
    ),
    "deals.loss-reason-needed": N_("Say why the deal was lost."),
    "deals.name-empty": N_("A deal needs a name."),
    "deals.nothing-to-undo": N_("Something else has happened to the deal since; move it by hand."),
    "deals.nothing-chosen": N_("Choose at least one deal."),
    "deals.too-many-chosen": N_("At most %(most)s deals at once."),
    "deals.range-empty": N_("A range ends before it begins."),
    "deals.reason-needed": N_("Give a reason: others rely on what this changes."),
    "deals.reference-unknown": N_("This does not exist, or is no longer in use."),
    "deals.same-owner": N_("The deal is theirs already."),
    "deals.same-stage": N_("The deal is in %(stage)s already."),
    "deals.stage-retired": N_("%(stage)s is no longer used."),
    "history.broken-log": N_("The log of a deal is not complete: it needs exactly one beginning."),
    "pipelines.in-use": N_("%(deals)s open deals are in %(name)s. Close or move them first."),
    "pipelines.name-empty": N_("A pipeline needs a name."),
    "pipelines.name-taken": N_("Another pipeline is called %(name)s."),
    "pipelines.stage-in-use": N_(
        "Deals are or have been in %(stage)s (%(deals)s are now). "
        "It cannot be left out while they are there, nor change its kind."
    ),
    "pipelines.stage-missing": N_("A pipeline needs an open, a won and a lost stage."),
    "pipelines.stage-name-empty": N_("A stage needs a name."),
    "pipelines.stage-name-taken": N_("Two stages are called %(name)s."),
    "pipelines.stage-out-of-range": N_("%(name)s: between %(low)s and %(high)s."),
    "pipelines.stage-unknown": N_("This pipeline has no such stage."),
    "pipelines.template-unknown": N_("There is no such template."),
    "pipelines.too-many-stages": N_("At most %(most)s stages."),
    "views.name-empty": N_("A view needs a name."),
    "views.name-taken": N_("You keep another view called %(name)s."),
    "views.question-too-long": N_("This list asks for too much to be kept."),
    "views.team-not-own": N_("Publish to a team that you belong to."),
    "views.too-many": N_("At most %(most)s views; drop one first."),
    "products.name-empty": N_("A product needs a name."),
    "products.price-negative": N_("Zero or more."),
    "products.taken": N_("There is a product called %(name)s in that family."),
}
"""Error code → one sentence; the error's facts fill blanks such as ``%(name)s``."""

TEMPLATE_WORDS: tuple[str, ...] = (
    N_("Simple, four stages"),
    N_("Four stages to measure by"),
    N_("Five stages with a proposal"),
    N_("Prospecting"),
    N_("Pricing"),
    N_("Negotiation"),
    N_("Closing"),
    N_("Lead qualification"),
    N_("Pitch and negotiation"),
    N_("Qualification"),
    N_("Proposal"),
    N_("Decision"),
    N_("Lead generation"),
    N_("Lead engagement"),
    N_("Onboarding"),
    N_("Customer retention"),
    N_("Won"),
    N_("Lost"),
    N_("A contact with a need is known by name"),
    N_("The need is understood"),
    N_("A price has been given"),
    N_("The price is with the customer"),
    N_("Terms agreed"),
    N_("Both sides agree on the terms"),
    N_("Contract sent"),
    N_("Fits the ideal customer profile"),
    N_("Need, budget and decision maker are known"),
    N_("Value and price are agreed"),
    N_("The source of the lead is recorded"),
    N_("The company's criteria are met"),
    N_("Product and price questions are settled"),
    N_("The proposal is with the decision maker"),
    N_("A yes"),
    N_("The decision maker said yes"),
    N_("A lead exists"),
    N_("Need and budget are known"),
    N_("The lead answers"),
    N_("The customer has signed"),
    N_("The reason is written down"),
)
"""The words of ``spm.domain.pipeline.stages.TEMPLATES``: a pipeline starts in its starter's language."""
