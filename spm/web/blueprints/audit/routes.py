"""The audit log."""

from flask import Blueprint, request

from spm.domain.access import Permission
from spm.i18n.labels import label
from spm.queries.audit import (
    AuditFilter,
    actors_known,
    acts_known,
    audit_entries,
    names_of,
)
from spm.queries.organisation.people import everybody
from spm.request.access import requires
from spm.request.work import current_work
from spm.web.blueprints.audit.forms import AuditForm
from spm.web.blueprints.audit.pages import AuditLine, AuditPage, changes_of, references, thing_of
from spm.web.paging import page_number
from spm.web.rendering import render

bp = Blueprint("audit", __name__, url_prefix="/audit")


@bp.get("", endpoint="list")
@requires(Permission.AUDIT_VIEW)
def show_list() -> str:
    """Who did what, when, to what."""
    work = current_work()
    form = AuditForm(request.args)
    form.act.choices = [(act, _words(act)) for act in acts_known(work.session)]
    form.actor.choices = list(actors_known(work.session))
    form.person.choices = [(person.id, person.name) for person in everybody(work.session)]
    form.validate()
    wanted = AuditFilter(
        act=form.act.data,
        actor_id=form.actor.data,
        person_id=form.person.data,
        start_on=form.start.data,
        end_on=form.end.data,
    )
    found = audit_entries(work.session, wanted, work.organisation, page_number())
    names = names_of(work.session, {text for entry in found.lines for text in references(entry)})
    lines = tuple(
        AuditLine(
            entry.at,
            entry.actor,
            _words(entry.act),
            thing_of(entry, names),
            entry.person,
            entry.person_id,
            changes_of(entry, names),
        )
        for entry in found.lines
    )
    return render(
        "audit/list.html", page=AuditPage(form, lines, found.number, found.pages, found.total)
    )


def _words(act: str) -> str:
    """Return the words of an act; its name where a later release no longer knows it."""
    return label(Permission(act)) if act in set(Permission) else act
