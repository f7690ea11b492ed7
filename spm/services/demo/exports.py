"""What the demo company imports: registrations of a partner, in a layout that nobody knows."""

import csv
from datetime import date, timedelta
from io import StringIO

from spm.domain.intake.drafts import Draft
from spm.domain.intake.meanings import Meant
from spm.domain.intake.schema import Kind
from spm.domain.pipeline.stages import StageKind
from spm.services.demo import market, people

REGISTRATIONS = "partner-registrations.csv"
MAPPING = "Partner portal"
"""Under what name the meaning of its columns is kept."""

REGISTRATION = Draft(
    Kind.DEAL,
    (
        "Registration",
        "End customer",
        "Looked after by",
        "Interested in",
        "Value (EUR)",
        "Where it stands",
        "Registered",
        "Decision by",
    ),
    dict(
        enumerate(
            ("key", "account", "owner", "product", "amount", "stage", "created", "expected_close")
        )
    ),
)
"""What its columns mean."""

STANDS = {
    "registered": Meant("Prospecting"),
    "meeting held": Meant("Qualification"),
    "offer out": Meant("Proposal"),
    "ordered": Meant("Won", StageKind.WON.value),
}
"""What a partner says of where a deal stands, in the words of the demo company."""

_MANY = 12
_CREW = people.CREWS[1]
_ACCOUNTS = market.ACCOUNTS[_CREW.territory]


def registrations(today: date, first: int = 0) -> bytes:
    """What the portal of a partner exports: semicolons, and amounts as they are written in German.

    With another ``first``, registrations that nobody has seen before.
    """
    text = StringIO(newline="")
    rows = csv.writer(text, delimiter=";")
    rows.writerow(REGISTRATION.header)
    for number in range(first, first + _MANY):
        product, _family, price, _ = market.PRODUCTS[number % len(market.PRODUCTS)]
        begun = today - timedelta(days=40 - number)
        rows.writerow(
            (
                f"PR-{4180 + 7 * number}",
                _ACCOUNTS[number % len(_ACCOUNTS)],
                _CREW.reps[number % 4].name,
                product,
                f"{price * (1 + number % 3):,}".replace(",", ".") + ",00",
                tuple(STANDS)[number % 3],
                f"{begun:%d.%m.%Y}",
                f"{begun + timedelta(days=90):%d.%m.%Y}",
            )
        )
    return text.getvalue().encode()
