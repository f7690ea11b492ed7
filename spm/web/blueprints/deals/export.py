"""The list of deals as a file whose cells are data and nothing else."""

import csv
import io
from collections.abc import Iterable

from spm.i18n import labels
from spm.i18n.words import gettext
from spm.queries.pipeline.deal_list import DealLine

BOM = "\ufeff"
"""Without it, spreadsheet programs read UTF-8 as something else."""

_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def inert(text: str) -> str:
    """Return ``text`` so that no spreadsheet program takes it for a formula (OWASP CSV injection).

    A leading apostrophe is what such programs themselves write before text that looks active.
    """
    return f"'{text}" if text.lstrip(" \u3000\u00a0").startswith(_ACTIVE) else text


def as_csv(lines: Iterable[DealLine]) -> str:
    """Return the deals as CSV with a head line, in the order given; dates as 2026-12-18."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        (
            gettext("Deal"),
            gettext("Account"),
            gettext("Product"),
            gettext("Owner"),
            gettext("Stage"),
            gettext("Status"),
            gettext("Amount"),
            gettext("Currency"),
            gettext("Expected close"),
            gettext("Opened"),
            gettext("Closed"),
        )
    )
    for line in lines:
        writer.writerow(
            (
                inert(line.name),
                inert(line.account_name or ""),
                inert(line.product_name or ""),
                inert(line.owner_name),
                inert(line.stage_name),
                labels.label(line.stage_kind),
                "" if line.amount is None else str(line.amount.amount),
                "" if line.amount is None else line.amount.currency,
                line.expected_close_on or "",
                line.opened_on or "",
                line.closed_on or "",
            )
        )
    return out.getvalue()
