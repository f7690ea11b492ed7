"""The grid of targets: people and teams by periods, typed, pasted or copied from before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from wtforms import HiddenField, SubmitField

from spm.domain.access import Permission
from spm.domain.errors import Invalid
from spm.domain.ids import TeamId
from spm.domain.metrics.registry import Unit
from spm.domain.period import NamedPeriod, previous
from spm.domain.targets.kpi import Kpi, digits_of
from spm.domain.targets.paste import Axis, lay
from spm.domain.targets.rollup import RollUp, roll_up
from spm.domain.targets.target import Owner, Target, check_value
from spm.i18n import formats, labels
from spm.i18n.words import N_, current, gettext, ngettext
from spm.queries.targets.owners import Standing, Tree, allowed, members, teams
from spm.queries.targets.targets import exact
from spm.services.targets.targets import RATIONALE_LENGTH, Entry, PeriodEntries
from spm.services.work import Work
from spm.web.blueprints.targets.forms import offered_value, typed, value_field
from spm.web.blueprints.targets.pages import is_foreign, key_of
from spm.web.fields import BlockField, DecimalField, Form

COLUMNS = (1, 2, 3, 4, 6, 12)
"""How many periods a grid can have."""
DEFAULT_COLUMNS = 4
PASTE_LENGTH = 100_000


class GridBase(Form):
    """A value per owner and period; ``seen_…`` holds the revision that was seen."""

    pasted = BlockField(
        N_("Paste from a spreadsheet"),
        max_length=PASTE_LENGTH,
        required=False,
        hint=N_(
            "Names down the left, periods along the top; or only numbers, in the grid's order."
        ),
    )
    factor = DecimalField(
        N_("Times"),
        required=False,
        places=4,
        minimum=0,
        maximum=100,
        hint=N_("1.05 is five percent more than the period before."),
    )
    rationale = BlockField(
        N_("Rationale"),
        max_length=RATIONALE_LENGTH,
        required=False,
        hint=N_("Why these values. Each owner reads it before answering; a revision keeps it."),
    )
    paste = SubmitField(N_("Fill in"))
    copy = SubmitField(N_("Copy from the period before"))
    save = SubmitField(N_("Set targets"))


def grid_form(unit: Unit, cells: Sequence[str]) -> type[GridBase]:
    """Return the form of a grid with a value in ``unit`` per cell, none of them needed."""
    fields: dict[str, Any] = {}
    for cell in cells:
        fields[f"cell_{cell}"] = value_field(unit, required=False)
        fields[f"seen_{cell}"] = HiddenField()
    return type("GridForm", (GridBase,), fields)


@dataclass(frozen=True, slots=True)
class GridCell:
    """One owner in one period.

    Attributes:
        value: Its field; None for a target in another currency, which has its own page.
        target: What is set now, if anything.
    """

    key: str
    value: Any
    seen: Any
    target: Target | None


@dataclass(frozen=True, slots=True)
class GridRow:
    """One owner: the team itself, a team right below it, or one of its people."""

    key: str
    standing: Standing
    cells: tuple[GridCell, ...]
    is_parent: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """The grid that is filled in.

    Attributes:
        rolled: Per period, the values of who is below against the team's own.
        unknown: What was pasted and has no place here.
        said: What was just done to the grid, nothing of it saved.
    """

    kpi: Kpi
    team: Standing
    periods: tuple[NamedPeriod, ...]
    rows: tuple[GridRow, ...]
    form: GridBase
    rolled: tuple[RollUp, ...]
    unknown: tuple[str, ...] = ()
    said: str = ""

    @property
    def wrong(self) -> int:
        """How many cells do not hold."""
        return sum(
            1
            for row in self.rows
            for cell in row.cells
            if cell.value is not None and cell.value.errors
        )


@dataclass(frozen=True, slots=True)
class GridPage:
    """The choice of a grid, and the grid once it is chosen."""

    kpis: tuple[Kpi, ...]
    teams: tuple[Standing, ...]
    offered: tuple[str, ...]
    kpi: Kpi | None
    team: Standing | None
    period: NamedPeriod
    columns: int
    currency: str
    grid: Grid | None = None
    choices: tuple[int, ...] = COLUMNS


def periods_from(first: NamedPeriod, columns: int) -> tuple[NamedPeriod, ...]:
    """Return ``columns`` periods of one kind from ``first`` on."""
    return tuple(previous(first, -n) for n in range(columns))


class Filler:
    """Fills a grid: from what is set, from what was typed, pasted, or set in the period before."""

    def __init__(
        self, work: Work, kpi: Kpi, team: Standing, periods: tuple[NamedPeriod, ...]
    ) -> None:
        self.work, self.kpi, self.team, self.periods = work, kpi, team, periods
        self.unit = kpi.unit or Unit.COUNT
        self.currency = work.organisation.currency
        self.owners = self._owners()
        self.keys = tuple(key_of(one.owner).replace("-", "_") for one in self.owners)
        there = (work.session, work.organisation, kpi.id)
        self.known = [exact(*there, period.period) for period in periods]
        self.before = exact(*there, previous(periods[0]).period)

    @property
    def digits(self) -> int:
        """Places after the point of a target."""
        return digits_of(self.unit, self.currency)

    def names(self) -> list[str]:
        """Return the cells as the form names them, row by row."""
        return [f"{key}_{n}" for key, _, n in self._cells()]

    def _cells(self) -> Iterator[tuple[str, Standing, int]]:
        """Yield each cell that is typed here: the key of its row, whose it is, and its column."""
        for key, one in zip(self.keys, self.owners, strict=True):
            for n, known in enumerate(self.known):
                if not is_foreign(self.work, known.get(_bare(one.owner))):
                    yield key, one, n

    def shown(self) -> GridBase:
        """Return the form with what is set now."""
        values: dict[str, Any] = {}
        for key, one, n in self._cells():
            target = self.known[n].get(_bare(one.owner))
            if target is not None:
                value = offered_value(target.value, self.unit, self.currency)
                values[f"cell_{key}_{n}"] = value
                values[f"seen_{key}_{n}"] = str(target.revision)
        return self._form()(data=values, currency=self.currency)

    def sent(self, given: MultiDict[str, str] | ImmutableMultiDict[str, str]) -> GridBase:
        """Return the form with what was sent, each cell judged."""
        form = self._form()(formdata=given, currency=self.currency)
        form.is_accepted()
        for name in self.names():
            field = form[f"cell_{name}"]
            value = typed(field)
            if value is None or field.errors:
                continue
            try:
                check_value(value, self.digits)
            except Invalid as error:
                field.errors = [*field.errors, labels.problem(error)]
        return form

    def pasted(self, given: Mapping[str, str]) -> tuple[MultiDict[str, str], tuple[str, ...], int]:
        """Return what was sent with the pasted cells in their places, what has none, and how many."""
        filled = MultiDict(given)
        laid = lay(given.get("pasted", "")[:PASTE_LENGTH], self._rows(), self._columns())
        there = set(self.names())
        placed = {f"{key}_{column}": text for (key, column), text in laid.cells.items()}
        for name in placed.keys() & there:
            filled[f"cell_{name}"] = placed[name]
        if laid.cells:
            filled["pasted"] = ""
        homeless = tuple(text for name, text in placed.items() if name not in there)
        return filled, laid.unknown + homeless, len(placed.keys() & there)

    def copied(self, form: GridBase, given: Mapping[str, str]) -> tuple[MultiDict[str, str], int]:
        """Return what was sent with its empty cells filled from the period before, times a factor."""
        filled, factor, count = MultiDict(given), form.factor.data, 0
        times = Decimal(1) if factor is None else Decimal(factor)
        for key, one in zip(self.keys, self.owners, strict=True):
            target = self.before.get(_bare(one.owner))
            is_known = target is not None and not is_foreign(self.work, target)
            value = target.value if target is not None and is_known else None
            for n in range(len(self.periods)):
                name = f"cell_{key}_{n}"
                if name not in form:
                    value = None
                    continue
                own = typed(form[name])
                if own is not None or str(given.get(name, "")).strip():
                    value = own
                elif value is not None:
                    value = round(value * times, self.digits)
                    filled[name] = formats.plain(value, current().locale)
                    count += 1
        return filled, count

    def entries(self, form: GridBase) -> tuple[PeriodEntries, ...]:
        """Return what the form asks to set, by period."""
        found = []
        for n, period in enumerate(self.periods):
            entries = []
            for key, one in zip(self.keys, self.owners, strict=True):
                value = typed(form[f"cell_{key}_{n}"]) if f"cell_{key}_{n}" in form else None
                if value is not None:
                    seen = str(form[f"seen_{key}_{n}"].data or "")
                    revision = int(seen) if seen.isascii() and seen.isdigit() else 0
                    entries.append(Entry(one.owner, value, revision))
            found.append(PeriodEntries(period, tuple(entries)))
        return tuple(found)

    def grid(self, form: GridBase, *, unknown: tuple[str, ...] = (), said: str = "") -> Grid:
        """Return the grid as a page shows it."""
        fields = {field.short_name: field for field in form}
        rows = tuple(
            GridRow(
                key,
                one,
                tuple(
                    GridCell(
                        f"{key}_{n}",
                        fields.get(f"cell_{key}_{n}"),
                        fields.get(f"seen_{key}_{n}"),
                        self.known[n].get(_bare(one.owner)),
                    )
                    for n in range(len(self.periods))
                ),
                is_parent=one.owner.team_id == self.team.owner.team_id
                and one.owner.team_id is not None,
            )
            for key, one in zip(self.keys, self.owners, strict=True)
        )
        return Grid(
            self.kpi, self.team, self.periods, rows, form, self._rolled(rows), unknown, said
        )

    def _form(self) -> type[GridBase]:
        return grid_form(self.unit, self.names())

    def _owners(self) -> tuple[Standing, ...]:
        """Return the team, those right below it and its people, as far as the reader sets theirs."""
        tree, team_id = Tree(self.work.session), self.team.owner.team_id
        if team_id is None:
            return ()
        below = set(tree.children(team_id))
        groups = [one for one in teams(self.work.session) if one.owner.team_id in below]
        people = members(self.work.session, frozenset({TeamId(team_id)}), self.work.today)
        there = (self.team, *groups, *people)
        return allowed(self.work.actor, Permission.TARGETS_SET, there)

    def _rows(self) -> Axis:
        return Axis(self.keys, tuple((one.name,) for one in self.owners))

    def _columns(self) -> Axis:
        locale = current().locale
        names = tuple((one.name, formats.period(one.name, locale)) for one in self.periods)
        return Axis(tuple(str(n) for n in range(len(self.periods))), names)

    def _rolled(self, rows: Sequence[GridRow]) -> tuple[RollUp, ...]:
        if not self.kpi.adds_up:
            return ()
        found = []
        for n, known in enumerate(self.known):
            parents = [row.cells[n].value for row in rows if row.is_parent]
            own = next((typed(value) for value in parents if value is not None), None)
            target = known.get(_bare(self.team.owner))
            if own is None and target is not None and not is_foreign(self.work, target):
                own = target.value
            cells = [row.cells[n].value for row in rows if not row.is_parent]
            values = [typed(value) for value in cells if value is not None]
            found.append(roll_up(values, own, in_one_currency=len(values) == len(cells)))
        return tuple(found)


def said_filled(count: int) -> str:
    """Return how many cells were filled in, and that nothing is saved yet."""
    return ngettext(
        "%(num)s cell was filled in. Nothing is saved yet.",
        "%(num)s cells were filled in. Nothing is saved yet.",
        count,
    )


def said_wrong(count: int) -> str:
    """Return that nothing was saved because of so many cells."""
    return ngettext(
        "Nothing was saved: %(num)s cell does not hold.",
        "Nothing was saved: %(num)s cells do not hold.",
        count,
    )


def said_nothing() -> str:
    """Return that there was nothing to fill in."""
    return gettext("There was nothing to fill in.")


def _bare(owner: Owner) -> Owner:
    return Owner(owner.person_id, owner.team_id)
