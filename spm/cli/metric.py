"""``spm metric``: print a figure with what stands behind it."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from spm.cli.context import Context
from spm.domain.metrics.figure import (
    Figure,
    Group,
    Levers,
    Reading,
    Scope,
    as_of_name,
    decimal_text,
    reason_text,
)
from spm.domain.metrics.registry import MetricId, Unit
from spm.domain.organisation import Organisation
from spm.domain.period import NamedPeriod
from spm.queries.metrics.asking import Asked, question_of
from spm.queries.metrics.figures import figure

Json = dict[str, Any]

_UNKNOWN = "–"
_UNITS = {
    Unit.MONEY: "",
    Unit.COUNT: "",
    Unit.RATIO: "",
    Unit.DAYS: "days",
    Unit.MONEY_PER_DAY: "a day",
}


def configure(parser: ArgumentParser) -> None:
    """Add the arguments; the contract is docs/metrics-cli.md."""
    parser.add_argument("metric", metavar="ID", help="name of the metric, such as won_revenue")
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--rep", metavar="KEY", help="one person's own credit")
    whose.add_argument("--team", metavar="KEY", help="a team, by its name or its manager's")
    whose.add_argument("--territory", metavar="KEY", help="the deals of a territory")
    whose.add_argument("--org", action="store_true", help="everything (the default)")
    parser.add_argument("--period", metavar="P", help="2017, 2017-Q4, 2017-11, 2017-W46, FY2019")
    parser.add_argument("--from", dest="start", metavar="D", help="first day of the period")
    parser.add_argument("--to", dest="end", metavar="D", help="the day after its last one")
    parser.add_argument("--as-of", metavar="T", help="a day or an instant; now where left out")
    parser.add_argument("--by", metavar="DIMENSION", help="rep, team, office, month, …")
    parser.add_argument("--kpi", metavar="KEY", help="the KPI of a target (won_revenue)")
    parser.add_argument("--stage", metavar="NAME", help="the stage that deals reach")
    parser.add_argument(
        "--basis",
        metavar="NAME",
        help="closed or open; of a conversion furthest, strict or any-order",
    )
    parser.add_argument("--json", action="store_true", help="print it for a program")


def run(arguments: Namespace, context: Context) -> int:
    """Print the figure that the arguments ask for; return 0, with or without a value.

    Raises:
        Invalid: An argument is unknown, ambiguous, or does not fit the metric.
    """
    asked = Asked(
        metric=arguments.metric,
        rep=arguments.rep,
        team=arguments.team,
        territory=arguments.territory,
        period=arguments.period,
        start=arguments.start,
        end=arguments.end,
        as_of=arguments.as_of,
        by=arguments.by,
        kpi=arguments.kpi,
        stage=arguments.stage,
        basis=arguments.basis,
    )
    with context.unit() as work:
        question = question_of(work.session, work.organisation, work.now, asked)
        answer = figure(work.session, work.organisation, question)
        organisation = work.organisation
    if arguments.json:
        print(json.dumps(as_json(answer, organisation), ensure_ascii=False, indent=1))
    else:
        print("\n".join(as_lines(answer, organisation)))
    return 0


def as_json(answer: Figure, organisation: Organisation) -> Json:
    """Return the figure as docs/metrics-cli.md describes it; decimals are strings."""
    question = answer.question
    return {
        "metric": answer.metric.id.value,
        "subject": _subject(answer.subject),
        **_reading(answer, answer.reading),
        "period": _period(answer.period),
        "as_of": as_of_name(answer.as_of, organisation.zone),
        "basis": _basis(answer),
        "stage": answer.stage,
        "kpi": question.kpi,
        "rule": answer.rule,
        "by": question.by.value if question.by else None,
        "groups": [_group(answer, group) for group in answer.groups],
    }


def as_lines(answer: Figure, organisation: Organisation) -> Iterator[str]:
    """Yield the lines that a person reads: the figure, what stands behind it, the groups."""
    yield " · ".join(_heading(answer))
    yield f"  {_value_line(answer, answer.reading)}"
    for name, text in _details(answer):
        yield f"  {name}: {text}"
    yield f"  as of: {as_of_name(answer.as_of, organisation.zone)}"
    yield f"  rule: {answer.rule}"
    if answer.groups:
        yield ""
        yield from _table(answer)


def _subject(subject: Scope) -> Json:
    return {"kind": subject.kind.value, "key": subject.key, "label": subject.label}


def _period(period: NamedPeriod | None) -> Json | None:
    if period is None:
        return None
    return {
        "name": period.name,
        "start": period.period.start.isoformat(),
        "end": period.period.end.isoformat(),
    }


def _group(answer: Figure, group: Group) -> Json:
    return {"key": group.key, "label": group.label, **_reading(answer, group.reading)}


def _reading(answer: Figure, reading: Reading) -> Json:
    is_quotient = answer.metric.is_quotient
    return {
        "value": _decimal(reading.value, is_quotient=is_quotient or _is_mean(reading)),
        "unit": reading.unit.value,
        "currency": reading.currency,
        "numerator": _decimal(reading.numerator),
        "denominator": _decimal(reading.denominator),
        "n": reading.n,
        "excluded": reading.excluded,
        "interval": None
        if reading.interval is None
        else [_decimal(Decimal(bound), is_quotient=True) for bound in reading.interval],
        "median": _decimal(reading.median),
        "levers": _levers(reading.levers),
        "gaps": list(reading.gaps),
        "reason": reason_text(reading.reason) if reading.reason else None,
        **_of_some(answer, reading),
    }


def _of_some(answer: Figure, reading: Reading) -> Json:
    """Return the keys that only some metrics have."""
    match answer.metric.id:
        case MetricId.STAGE_CONVERSION | MetricId.TIME_IN_STAGE:
            return {"still_open": reading.still_open}
        case MetricId.COVERAGE:
            return {"needed": _decimal(reading.needed, is_quotient=True)}
        case _:
            return {}


def _levers(levers: Levers | None) -> Json | None:
    if levers is None:
        return None
    return {
        "deals": {"value": _decimal(levers.deals.value), "n": levers.deals.n},
        **{
            name: {"value": _decimal(lever.value, is_quotient=True), "n": lever.n}
            for name, lever in (
                ("value", levers.value),
                ("win_rate", levers.win_rate),
                ("cycle_days", levers.cycle_days),
            )
        },
    }


def _is_mean(reading: Reading) -> bool:
    """Return whether a target is one of a rate, which has six places as the rate itself does."""
    return reading.unit is Unit.RATIO


def _decimal(value: Decimal | None, *, is_quotient: bool = False) -> str | None:
    return None if value is None else decimal_text(value, is_quotient=is_quotient)


def _heading(answer: Figure) -> Iterator[str]:
    yield answer.metric.label
    if answer.question.kpi:
        yield answer.question.kpi
    if answer.stage:
        yield answer.stage
    yield answer.subject.label or answer.subject.kind.value
    if answer.period:
        dates = answer.period.period
        span = f"{dates.start} to {dates.end}, end exclusive"
        yield f"{answer.period.name} ({span})" if ".." not in answer.period.name else span


def _value_line(answer: Figure, reading: Reading) -> str:
    shown = _reading(answer, reading)
    if reading.value is None:
        return f"{_UNKNOWN}  {shown['reason']}"
    words = (shown["value"], reading.currency if _is_money(reading) else "", _UNITS[reading.unit])
    return " ".join(word for word in words if word)


def _is_money(reading: Reading) -> bool:
    return reading.unit in {Unit.MONEY, Unit.MONEY_PER_DAY}


def _details(answer: Figure) -> Iterator[tuple[str, str]]:
    shown = _reading(answer, answer.reading)
    if shown["numerator"] is not None and shown["denominator"] is not None:
        yield "from", f"{shown['numerator']} ÷ {shown['denominator']}"
    if shown["median"] is not None:
        yield "median", shown["median"]
    yield "n", str(answer.n)
    for name, value in _of_some(answer, answer.reading).items():
        yield name.replace("_", " "), _UNKNOWN if value is None else str(value)
    if answer.reading.excluded:
        yield "left out", f"{answer.reading.excluded} without the date or amount that it takes"
    if shown["interval"]:
        yield "95 % interval", " to ".join(shown["interval"])
    if shown["levers"]:
        for name, lever in shown["levers"].items():
            yield name.replace("_", " "), f"{lever['value'] or _UNKNOWN} (n {lever['n']})"
    if answer.reading.gaps:
        yield "no target for", ", ".join(answer.reading.gaps)
    basis = _basis(answer)
    if basis:
        yield "basis", basis


def _basis(answer: Figure) -> str | None:
    bases = answer.metric.bases
    chosen = answer.question.basis or (bases[0] if bases else None)
    return chosen.value if chosen else None


def _table(answer: Figure) -> Iterator[str]:
    rows = [
        (group.label or _UNKNOWN, _value_line(answer, group.reading), f"n {group.n}")
        for group in answer.groups
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for label, value, n in rows:
        yield f"  {label:<{widths[0]}}  {value:>{widths[1]}}  {n:>{widths[2]}}"
