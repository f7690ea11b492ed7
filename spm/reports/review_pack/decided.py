"""What is to be learnt from the deals that were decided: in words, and what they share."""

from collections.abc import Sequence
from decimal import Decimal

from reportlab.platypus import Flowable

from spm.domain.packs.comparison import Share
from spm.domain.packs.content import FEWEST_DECIDED, PackDeal
from spm.reports import document, theme
from spm.reports.document import Cell, Style
from spm.reports.review_pack.pieces import STRONG, Together, fitted, part
from spm.reports.review_pack.say import Say

_WORDS = Style(size=theme.SMALL, leading=1.4, after=5.0)


def lessons(say: Say, deals: Sequence[PackDeal]) -> list[Flowable]:
    """What people wrote down about the deals that were lost; nothing where nobody did."""
    if not deals:
        return []
    story: list[Flowable] = []
    for number, deal in enumerate(deals):
        about = f"{deal.name} · {deal.words}" if deal.words else deal.name
        title = document.paragraph(about, STRONG)
        title.keepWithNext = 1
        if not number:
            story.append(part(say.gettext("What to learn from losses"), before=8))
        story += [title, *document.flow(deal.notes, _WORDS, left_out=lambda n: _left(say, n))]
    return story


def _left(say: Say, count: int) -> str:
    return say.words.ngettext(
        "%(num)s more character stands in the product.",
        "%(num)s more characters stand in the product.",
        count,
    )


def shared(say: Say, shares: Sequence[Share], width: float) -> list[Flowable]:
    """What the decided deals share: why they were lost, and where they came from, two tables a row."""
    kinds = list(dict.fromkeys(share.kind for share in shares))
    half = (width - 24.0) / 2
    made = [
        _table(say, kind, [share for share in shares if share.kind == kind], half) for kind in kinds
    ]
    story: list[Flowable] = []
    for first in range(0, len(made), 2):
        pair = made[first : first + 2]
        row = document.side_by_side(pair, [half + 24.0, half][: len(pair)])
        story.append(Together([document.gap(2), row]))
    return story


def _table(say: Say, kind: str, shares: Sequence[Share], width: float) -> list[Flowable]:
    _ = say.gettext
    titles = {
        "reason": _("Why deals were lost"),
        "source": _("Decided deals by source"),
        "product": _("Decided deals by product"),
        "territory": _("Decided deals by territory"),
    }
    is_loss = kind == "reason"
    heads: tuple[str, ...]
    if is_loss:
        heads = (_("Reason"), _("Lost"), _("Worth"))
        rows: list[list[Cell]] = [
            [_name(say, one), say.number(one.lost), say.money(one.worth)] for one in shares
        ]
    else:
        has_rate = any(one.won + one.lost >= FEWEST_DECIDED for one in shares)
        rate = (_("Rate"),) if has_rate else ()
        heads = ("", _("Won"), _("Lost"), *rate, _("Won worth"))
        rows = [
            [
                _name(say, one),
                say.number(one.won),
                say.number(one.lost),
                *([_rate(say, one)] if has_rate else []),
                say.money(one.worth, compact=True),
            ]
            for one in shares
        ]
    columns = fitted(heads, rows, width, texts=(1.0, *(None for _head in heads[1:])))
    title = part(titles.get(kind, kind), before=4)
    return [title, *document.table(columns, rows, is_dense=True)]


def _name(say: Say, share: Share) -> str:
    _ = say.gettext
    if share.is_rest:
        return _("all others")
    return share.name or _("not said")


def _rate(say: Say, share: Share) -> str:
    """The share of the decided ones that was won; a dash where too few were decided."""
    decided = share.won + share.lost
    if decided < FEWEST_DECIDED:
        return "–"
    return say.percent(Decimal(share.won) / decided)
