"""The words of the pipeline: no member, no code and no template goes without."""

from collections.abc import Iterator
from types import ModuleType

import pytest

from spm.domain.errors import SpmError
from spm.domain.pipeline import accounts, deals, history, products, stages
from spm.domain.pipeline.deals import Concern, Status
from spm.domain.pipeline.history import EventKind
from spm.domain.pipeline.stages import OPTIONAL_STAGES, TEMPLATES, StageKind
from spm.i18n import labels
from spm.i18n.tables.pipeline import TEMPLATE_WORDS
from spm.queries.pipeline import deal_list
from spm.services.pipeline import deals as deal_services
from spm.services.pipeline import pipelines as pipeline_services
from spm.web import asked
from spm.web.blueprints.deals import routes

MODULES = (
    accounts,
    deals,
    history,
    products,
    stages,
    deal_list,
    deal_services,
    pipeline_services,
    asked,
    routes,
)


def errors_of(module: ModuleType) -> Iterator[type[SpmError]]:
    for value in vars(module).values():
        is_error = isinstance(value, type) and issubclass(value, SpmError)
        if is_error and value.__module__ == module.__name__:
            yield value


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_refusal_has_its_sentence(module: ModuleType) -> None:
    assert [error for error in errors_of(module) if labels.message_of(error.code) is None] == []


@pytest.mark.parametrize("kind", [StageKind, Status, EventKind, Concern])
def test_every_member_has_its_words(kind: type[StageKind]) -> None:
    assert [member for member in kind if not labels.has_label(member)] == []


def test_every_word_of_a_template_can_be_translated() -> None:
    drafts = [stage for template in TEMPLATES.values() for stage in template.stages]
    drafts += [option.stage for option in OPTIONAL_STAGES.values()]
    spoken = {template.name for template in TEMPLATES.values()}
    for draft in drafts:
        spoken |= {draft.name, *draft.entry_criteria, *draft.exit_criteria}
    assert spoken == set(TEMPLATE_WORDS)
