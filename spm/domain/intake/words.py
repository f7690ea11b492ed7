"""Words that files write in place of values: yes and no, open and won, totals; and ids in two forms."""

import re
from collections.abc import Mapping
from decimal import Decimal

from spm.domain.intake.cells import BadCell, Cell
from spm.domain.intake.numbers import LONGEST
from spm.domain.intake.reasons import Reason
from spm.domain.text import fold

_YES = frozenset(
    map(
        fold,
        [
            "1",
            "true",
            "yes",
            "y",
            "x",
            "ja",
            "oui",
            "sí",
            "si",
            "sim",
            "да",
            "так",
            "істина",
            "истина",
            "wahr",
            "vrai",
            "verdadero",
            "はい",
            "예",
        ],
    )
)
_NO = frozenset(
    map(
        fold,
        [
            "0",
            "false",
            "no",
            "n",
            "nein",
            "non",
            "não",
            "нет",
            "ні",
            "хибність",
            "ложь",
            "falsch",
            "faux",
            "falso",
            "いいえ",
            "아니요",
        ],
    )
)

_OUTCOMES: Mapping[str, str] = {
    fold(word): outcome
    for outcome, words in {
        "open": (
            "open,in progress,active,new,on hold,offen,in bearbeitung,ouvert,ouverte,en cours,"
            "abierto,abierta,aberto,відкрита,відкрито,в роботі,открыта,открыто,в работе,進行中,진행중,진행 중"
        ),
        "won": (
            "won,closed won,win,gewonnen,gagné,gagnée,ganado,ganada,ganho,виграна,виграно,"
            "выиграна,выиграно,успешно реализовано,受注,성공,수주"
        ),
        "lost": (
            "lost,closed lost,canceled,cancelled,abandoned,verloren,perdu,perdue,perdido,perdida,"
            "програна,програно,втрачено,проиграна,проиграно,закрыто и не реализовано,失注,실패,실주"
        ),
    }.items()
    for word in words.split(",")
}

_TOTAL = re.compile(
    r"(?:(?:grand |sub-?)?totals?|sum|subtotal|gesamt(?:summe)?|summe|total général|"
    r"итого|всего|разом|усього|всього|合計|小計|総計|합계|총계|소계)(?![^\W_])"
    r"|confidential information|copyright |©|generated (?:on|by) |report generated",
)
_SHORT_ID = re.compile(r"[A-Za-z0-9]{15}")
_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def parse_flag(cell: Cell) -> bool:
    """Return what a cell says, yes or no.

    Raises:
        BadCell: It says neither.
    """
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, Decimal):
        cell = format(cell.normalize(), "f")
    word = fold(str(cell)[:LONGEST])
    if word in _YES or word in _NO:
        return word in _YES
    raise BadCell(Reason.NOT_A_FLAG)


def parse_outcome(text: str) -> str:
    """Return ``open``, ``won`` or ``lost``.

    Raises:
        BadCell: It is none of them in any language that is known.
    """
    outcome = _OUTCOMES.get(fold(text[:LONGEST]))
    if outcome is None:
        raise BadCell(Reason.NOT_A_STATUS)
    return outcome


def is_total(cell: Cell) -> bool:
    """Return whether a row that begins so sums up others, or is the foot of a report."""
    return isinstance(cell, str) and _TOTAL.match(cell[:LONGEST].strip().casefold()) is not None


def whole_id(key: str) -> str:
    """Return an id of 15 characters, in which case counts, as its 18, in which it need not.

    The last three say, five characters each, which of them are capitals. Others stay as they are.

    >>> whole_id("0064600000J5S5T")
    '0064600000J5S5TAAV'
    """
    if not _SHORT_ID.fullmatch(key):
        return key
    parts = (key[start : start + 5] for start in (0, 5, 10))
    return key + "".join(
        _SIGNS[sum(1 << place for place, mark in enumerate(part) if "A" <= mark <= "Z")]
        for part in parts
    )
