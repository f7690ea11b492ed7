"""A mapping to begin with, for files that no layout fits: what their headings and values suggest."""

from collections.abc import Sequence
from dataclasses import dataclass

from spm.domain.errors import Invalid
from spm.domain.intake.drafts import Draft, lacks, table_id_of, title_of, with_table
from spm.domain.intake.layouts import Layout
from spm.domain.intake.schema import Kind
from spm.domain.intake.suggesting import suggest
from spm.services.intake.inspection import Inspection


class NothingToDraft(Invalid):
    """A layout is known for every table of the files; ``files`` names them."""

    code = "import.nothing-to-draft"


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a table was taken for.

    Attributes:
        file: The table.
        kind: What its rows become.
        unused: Its columns of which nothing is known.
        missing: The fields that no column was found for, of each group the first; the layout has no
            such table then.
    """

    file: str
    kind: Kind
    unused: tuple[str, ...]
    missing: tuple[str, ...]


def draft(inspection: Inspection) -> tuple[Layout | None, Sequence[Drafted]]:
    """Return one layout for all tables that no layout fits, and what each was taken for.

    The inspection has samples. There is no layout where every table lacks something.

    Raises:
        NothingToDraft: There is no such table.
    """
    if not inspection.unknown:
        raise NothingToDraft(files=", ".join(one.table.file for one in inspection.recognised))
    layout: Layout | None = None
    said = []
    for one in inspection.unknown:
        header = tuple(one.table.header)
        found = suggest(one.samples)
        fields = {at: field for at, (field, _) in found.fields.items()}
        missing = lacks(found.kind, fields.values())
        unused = tuple(name for at, name in enumerate(header) if at not in fields and name)
        said.append(
            Drafted(one.table.file, found.kind, unused, tuple(group[0] for group in missing))
        )
        if not missing:
            title = title_of(one.table.file)
            table_id = table_id_of(layout, found.kind, header)
            layout = with_table(layout, Draft(found.kind, header, fields), table_id, title)
    return layout, said
