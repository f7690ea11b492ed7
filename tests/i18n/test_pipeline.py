"""The words of the templates, in which a pipeline starts."""

from spm.domain.pipeline.stages import OPTIONAL_STAGES, TEMPLATES
from spm.i18n.tables.pipeline import TEMPLATE_WORDS


def test_every_word_of_a_template_can_be_translated() -> None:
    drafts = [stage for template in TEMPLATES.values() for stage in template.stages]
    drafts += [option.stage for option in OPTIONAL_STAGES.values()]
    spoken = {template.name for template in TEMPLATES.values()}
    for draft in drafts:
        spoken |= {draft.name, *draft.entry_criteria, *draft.exit_criteria}
    assert spoken == set(TEMPLATE_WORDS)
