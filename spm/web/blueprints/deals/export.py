"""The list of deals as a table of cells: the columns that the page shows, for every row that it has."""

from collections.abc import Iterable, Iterator, Sequence

from spm.i18n.words import gettext
from spm.queries.pipeline.deal_list import DealLine


def header(*, has_closed: bool) -> list[str]:
    """Return the names of the columns."""
    names = [
        gettext("Deal"),
        gettext("Account"),
        gettext("Owner"),
        gettext("Stage"),
        gettext("Amount"),
        gettext("Currency"),
        gettext("Expected close"),
        gettext("Next step"),
        gettext("Opened"),
    ]
    return [*names, gettext("Closed")] if has_closed else names


def cells(lines: Iterable[DealLine], *, has_closed: bool) -> Iterator[Sequence[object]]:
    """Yield the deals as rows of cells: text, an exact number, a date, or None for what is unknown."""
    for line in lines:
        amount = line.amount
        row: list[object] = [
            line.name,
            line.account_name,
            line.owner_name,
            line.stage_name,
            None if amount is None else amount.amount,
            None if amount is None else amount.currency,
            line.expected_close_on,
            line.next_step,
            line.opened_on,
        ]
        yield [*row, line.closed_on] if has_closed else row
