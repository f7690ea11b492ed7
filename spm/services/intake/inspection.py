"""Looking at files without writing anything: which tables they hold, and how they write them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from spm.adapters.spreadsheets import Table, digest, tables
from spm.domain.errors import Invalid
from spm.domain.intake import plan
from spm.domain.intake.cells import Row, Unreadable, shown
from spm.domain.intake.finding import FormatFinder, StageFinder
from spm.domain.intake.formats import AS_FOUND, Formats, Reading
from spm.domain.intake.layouts import Layout, TableLayout, shipped
from spm.domain.intake.mapping import Binding, DuplicateHeader, recognise
from spm.domain.intake.plan import LeftOut
from spm.domain.intake.reasons import Reason
from spm.domain.intake.sampling import SampleFinder, ValueFinder
from spm.domain.intake.stages import SeenStage, StageBook
from spm.domain.intake.suggesting import Sample

SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".xlsx"})
"""What is looked at in a folder; the rest is left out unopened."""

_PASSED_OVER = (".", "~$")
"""How names begin of what nobody put there: hidden files, and what Excel lays beside an open workbook."""


class NothingRecognised(Invalid):
    """No file is of a layout that is known; ``files`` names them."""

    code = "import.nothing-recognised"


class NoSuchFile(Invalid):
    """A path leads nowhere."""

    code = "import.no-such-file"


@dataclass(frozen=True, slots=True)
class Given:
    """A file that somebody handed in.

    Attributes:
        name: As it was called there.
        reading: How to read it, as far as that was said.
        is_named: It was named itself, not found in a folder.
    """

    path: Path
    name: str
    reading: Reading = AS_FOUND
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class Recognised:
    """A table that will be loaded.

    Attributes:
        rows: How many data rows it has.
        seen: Stages that it names, where its layout takes others than it lists.
        samples: Values of its columns, where they were asked for; ``values`` those of the columns
            that name stages, outcomes and people, each with its count.
    """

    given: Given
    table: Table
    binding: Binding
    formats: Formats
    rows: int
    seen: tuple[SeenStage, ...] = ()
    samples: tuple[Sample, ...] = ()
    values: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A table that no layout fits, with values of its columns where they were asked for."""

    given: Given
    table: Table
    rows: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found in the files, in the order of loading.

    Attributes:
        digests: Name of each file that is loaded → its SHA-256.
        unknown: Tables that no layout fits, where they were asked for; they are left out.
    """

    recognised: tuple[Recognised, ...]
    left_out: tuple[LeftOut, ...]
    digests: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[Unknown, ...] = ()

    @property
    def rows(self) -> int:
        """How many data rows there are in all."""
        return sum(one.rows for one in self.recognised)

    @property
    def faults(self) -> tuple[LeftOut, ...]:
        """What could not be read, though it may have been meant."""
        return tuple(left for left in self.left_out if left.is_fault)

    def book(self, layout: Layout, known: Iterable[SeenStage] = ()) -> StageBook | None:
        """Return the pipelines of a source with the stages that its files name; None without any.

        Args:
            layout: Of the source.
            known: Stages that it named before.
        """
        if layout.pipeline is None:
            return None
        seen = (
            stage for one in self.recognised if one.binding.layout is layout for stage in one.seen
        )
        return StageBook.of(layout.pipeline, (*known, *seen))


def gather(
    paths: Sequence[Path], reading: Reading
) -> tuple[tuple[Given, ...], tuple[LeftOut, ...]]:
    """Return the files that paths lead to, those of a folder in the order of their names.

    Raises:
        NoSuchFile: A path leads nowhere.
    """
    given: list[Given] = []
    left_out: list[LeftOut] = []
    for path in paths:
        if (folder := _inside(path)) is not None:
            for inside in folder:
                if not inside.is_file() or inside.name.startswith(_PASSED_OVER):
                    continue
                if inside.suffix.casefold() in SUFFIXES:
                    given.append(Given(inside, _name(inside), reading, is_named=False))
                else:
                    left_out.append(LeftOut(_name(inside), Reason.NOT_A_TABLE))
        else:
            given.append(Given(path, _name(path), reading))
    return tuple(given), tuple(left_out)


def _inside(path: Path) -> list[Path] | None:
    """What lies in a folder, by name; None for a file."""
    try:
        if path.is_dir():
            return sorted(path.iterdir())
        if path.is_file():
            return None
    except OSError:  # a name that no disk takes, a folder that one may not read
        pass
    raise NoSuchFile(file=str(path))


def _name(path: Path) -> str:
    """The name of a file as it can be shown and stored; a disk may hold bytes that are no text."""
    return shown(path.name.encode("utf-8", "replace").decode("utf-8"))


Tiers = Sequence[Sequence[Layout]]
"""Layouts to try, the dearest first."""

Choose = Callable[[str, Sequence[str]], Tiers | None]
"""Name and header of a table → the layouts that it may be of; None if it is to be left out."""


def inspect(
    given: Iterable[Given], tiers: Tiers = (), left_out: Sequence[LeftOut] = ()
) -> Inspection:
    """Return what the files hold. Reads each file once from end to end.

    Args:
        given: The files.
        tiers: Layouts to try before those that come with the product, the dearest first.
        left_out: What was left out before.

    Raises:
        Unreadable: A file that was named cannot be read, or none of a folder that might have done.
        DuplicateHeader: A column that is needed occurs twice in a file that was named.
        NothingRecognised: No table is of a known layout.
    """
    given, all_tiers = tuple(given), (*tiers, *shipped_tiers())
    found = survey(given, lambda _file, _header: all_tiers, left_out)
    if not found.recognised:
        raise nothing((one.name for one in given), found.left_out)
    return found


def nothing(files: Iterable[str], left_out: Iterable[LeftOut]) -> Unreadable | NothingRecognised:
    """Return why nothing can be loaded: the first file that could not be read, else that none is known."""
    for left in left_out:
        if left.is_fault:
            return Unreadable(file=left.file, reason=left.reason)
    return NothingRecognised(files=", ".join(files))


def survey(
    given: Iterable[Given],
    choose: Choose,
    left_out: Sequence[LeftOut] = (),
    *,
    has_samples: bool = False,
) -> Inspection:
    """Return what the files hold, be it nothing that is known.

    Args:
        given: The files.
        choose: Says for each table which layouts it may be of.
        left_out: What was left out before.
        has_samples: Keep values of the columns, and look at tables that no layout fits.

    Raises:
        Unreadable: A file that was named cannot be read.
        DuplicateHeader: A column that is needed occurs twice.
    """
    found: list[Recognised] = []
    unknown: list[Unknown] = []
    left = list(left_out)
    digests: dict[str, str] = {}
    for one in given:
        try:
            here = _tables(one, choose)
        except Unreadable as error:
            if one.is_named:
                raise
            left.append(LeftOut(one.name, error.reason))
            continue
        if not here:
            left.append(LeftOut(one.name, Reason.NO_ROWS))
        for table in here:
            if table.is_hidden:
                left.append(LeftOut(table.file, Reason.HIDDEN_SHEET))
                continue
            try:
                binding = _binding(table, choose(table.file, table.header) or ())
                why = Reason.NOT_RECOGNISED
            except DuplicateHeader:
                if one.is_named:
                    raise
                binding, why = None, Reason.DUPLICATE_HEADER
            if binding is not None:
                found.append(_recognised(one, table, binding, has_samples=has_samples))
                digests[one.name] = digest(one.path)
                continue
            left.append(LeftOut(table.file, why))
            if has_samples:
                unknown.append(_unknown(one, table))
    places = {id(binding): n for n, binding in enumerate(plan.order(one.binding for one in found))}
    found.sort(key=lambda one: places[id(one.binding)])
    return Inspection(tuple(found), tuple(left), digests, tuple(unknown))


def shipped_tiers() -> tuple[tuple[Layout, ...], ...]:
    """Return the layouts that come with the product, those that were held against real files first."""
    layouts = shipped()
    return (
        tuple(layout for layout in layouts if layout.is_verified),
        tuple(layout for layout in layouts if not layout.is_verified),
    )


def _tables(given: Given, choose: Choose) -> tuple[Table, ...]:
    def is_header(names: Sequence[str]) -> bool:
        try:
            tiers = choose(given.name, names) or ()
            return any(recognise(given.name, names, layouts) for layouts in tiers)
        except DuplicateHeader:
            return True

    try:
        return tables(given.path, given.name, given.reading, is_header)
    except OSError:
        raise Unreadable(file=given.name, reason=Reason.NOT_OPENED) from None


def _binding(table: Table, tiers: Tiers) -> Binding | None:
    bindings = (recognise(table.file, table.header, layouts) for layouts in tiers)
    return next((binding for binding in bindings if binding is not None), None)


def _recognised(given: Given, table: Table, binding: Binding, *, has_samples: bool) -> Recognised:
    finder, stages = FormatFinder(binding), StageFinder(binding)
    samples, values = SampleFinder(table.header), ValueFinder(binding)
    count = 0
    for row in table.rows():
        count += 1
        if isinstance(row, Row):
            finder.look(row)
            stages.look(row)
            if has_samples:
                samples.look(row)
                values.look(row)
    formats = finder.formats(_reading(given.reading, binding.table), table.delimiter)
    return Recognised(
        given,
        table,
        binding,
        formats,
        count,
        stages.found(),
        samples.found() if has_samples else (),
        values.found() if has_samples else {},
    )


def _reading(said: Reading, table: TableLayout) -> Reading:
    """Return what is said of a table's formats: by whoever imports, else by its layout."""
    return replace(
        said,
        decimal_mark=said.decimal_mark or table.decimal_mark,
        date_order=said.date_order or table.date_order,
    )


def _unknown(given: Given, table: Table) -> Unknown:
    samples = SampleFinder(table.header)
    for row in table.rows():
        if isinstance(row, Row):
            samples.look(row)
    return Unknown(given, table, samples.rows, samples.found())


Progress = Callable[[str, int], None]
"""Is told the phase and how many rows are done in all."""
