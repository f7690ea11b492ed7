"""What every use case is given: what it writes down of an edit, and which edits it refuses."""

import pytest
from sqlalchemy import func, select

from spm.domain.access import Permission
from spm.models.audit import AuditEntryRow
from spm.services.work import StaleEdit, Work
from tests.builders import a_team
from tests.services.organisation.test_people import last_entry


def test_an_edit_is_written_down_as_what_it_changed(work: Work) -> None:
    work.record_change(
        Permission.TEAMS_EDIT,
        "office:1",
        before={"name": "Kyiv", "region": "region:1"},
        after={"name": "Київ", "region": "region:1", "country": "UA"},
    )
    entry = last_entry(work.session)
    assert (entry.before, entry.after) == ({"name": "Kyiv"}, {"name": "Київ", "country": "UA"})


def test_an_edit_that_changes_nothing_leaves_no_entry(work: Work) -> None:
    same = {"name": "Kyiv", "region": None}
    work.record_change(Permission.TEAMS_EDIT, "office:1", before=same, after=dict(same))
    assert work.session.scalar(select(func.count()).select_from(AuditEntryRow)) == 0


def test_an_edit_of_an_older_text_is_refused_and_one_that_saw_none_is_not(work: Work) -> None:
    row = a_team(work.session, "North")
    texts = {"theirs": {"name": "North"}, "yours": {"name": "South"}}
    for version in (row.version, None):
        work.expect_version(row, version, **texts)
    with pytest.raises(StaleEdit) as refused:
        work.expect_version(row, row.version + 1, **texts)
    assert refused.value.facts == texts
