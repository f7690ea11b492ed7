"""Forms that say what columns and values mean."""

from collections.abc import Mapping, Sequence
from typing import Any

from spm.domain.ids import ImportMappingId
from spm.domain.intake.drafts import Draft, choices_of
from spm.domain.intake.schema import Kind
from spm.i18n.words import N_, gettext
from spm.queries.intake.mappings import KeptMapping, TableMet
from spm.web.blueprints.imports.words import field_words
from spm.web.fields import ChoiceField, Form, IdField, LineField


class ColumnsBase(Form):
    """Which field each column of a table fills; one control per column."""

    system = IdField(
        N_("From the same system as"),
        required=False,
        nothing=N_("a system of its own"),
        hint=N_(
            "Ids are kept apart by system: files of one system find each other’s deals and people."
        ),
    )

    def draft(self, kind: Kind, table: TableMet) -> Draft:
        """Return what was chosen."""
        chosen = {at: self._fields[name_of(at)].data for at in range(len(table.header))}
        return Draft(kind, table.header, {at: field for at, field in chosen.items() if field})

    @property
    def system_id(self) -> ImportMappingId | None:
        """The kept mapping of the system that was chosen."""
        return None if self.system.data is None else ImportMappingId(self.system.data)


def name_of(place: int) -> str:
    """Return the name of the control of a column."""
    return f"column_{place}"


def columns_form(
    table: TableMet,
    kind: Kind,
    chosen: Mapping[int, str],
    systems: Sequence[KeptMapping],
    system: int | None,
) -> ColumnsBase:
    """Return the form of a table's columns, with what is chosen to begin with."""
    offered = [(field, field_words(kind, field)) for field in choices_of(kind)]
    fields: dict[str, object] = {
        name_of(at): ChoiceField(
            name or gettext("Column %(number)s", number=at + 1),
            choices=offered,
            required=False,
            nothing=N_("not used"),
        )
        for at, name in enumerate(table.header)
    }
    kind_of_form = type("ColumnsForm", (ColumnsBase,), fields)
    data: dict[str, Any] = {name_of(at): field for at, field in chosen.items()}
    form: ColumnsBase = kind_of_form(data={**data, "system": system})
    form.system.choices = [(one.id, one.name) for one in systems]
    return form


class MappingForm(Form):
    """The name of a mapping that is kept."""

    name = LineField(N_("Name"), max_length=120)
