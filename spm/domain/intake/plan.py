"""In which order recognised files are loaded, and what is left out."""

from collections.abc import Iterable
from dataclasses import dataclass

from spm.domain.intake.layouts import Layout
from spm.domain.intake.mapping import Binding
from spm.domain.intake.reasons import FAULTS, Reason
from spm.domain.intake.schema import ORDER


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file, or a sheet of one, that is not loaded, and why."""

    file: str
    reason: Reason

    @property
    def is_fault(self) -> bool:
        """Return whether it may hold rows that were meant to be loaded, and could not be read."""
        return self.reason in FAULTS


def order(bindings: Iterable[Binding]) -> tuple[Binding, ...]:
    """Return the files in the order of loading: source by source, what is referred to first."""
    return tuple(
        sorted(
            bindings,
            key=lambda binding: (binding.layout.id, ORDER.index(binding.kind), binding.file),
        )
    )


def sources(bindings: Iterable[Binding]) -> tuple[Layout, ...]:
    """Return the layouts that the files are of, each once, in the order of their ids."""
    found = {binding.layout.id: binding.layout for binding in bindings}
    return tuple(found[layout_id] for layout_id in sorted(found))
