"""Names of periods as files write them: ``Q1 2017``, ``2017Q1``, ``FY19-Q2``, ``1. Quartal 2017``."""

import re

from spm.domain.period import NamedPeriod, PeriodUnknown, parse

_LONGEST = 40
_PART = r"(?:(?P<letter>[qh])(?P<first>[1-4])|(?P<second>[1-4])\.? ?(?:quartal|quarter|trimestre|кв\.?|квартал|분기|四半期))"
_YEAR = r"(?P<fy>fy)? ?(?P<year>[0-9]{4}|(?<=fy)[0-9]{2})"
_SHAPES = (
    re.compile(rf"{_PART}[ /-]{{0,3}}{_YEAR}"),
    re.compile(rf"{_YEAR}[ /-]{{0,3}}{_PART}"),
    re.compile(_YEAR),
)


def read_name(text: str, fiscal_start: int) -> NamedPeriod:
    """Return the period that a cell names; a fiscal one where it says FY.

    Raises:
        PeriodUnknown: It names none.
    """
    plain = " ".join(text.split())[:_LONGEST]
    try:
        return parse(plain.upper(), fiscal_start)
    except PeriodUnknown:
        pass
    for shape in _SHAPES:
        match = shape.fullmatch(plain.casefold())
        if match is None:
            continue
        facts = match.groupdict()
        year = facts["year"] if len(facts["year"]) > 2 else f"20{facts['year']}"
        name = f"{'FY' if facts['fy'] else ''}{year}"
        number = facts.get("first") or facts.get("second")
        if number:
            name += f"-{(facts.get('letter') or 'q').upper()}{number}"
        return parse(name, fiscal_start)
    raise PeriodUnknown(text=text)
