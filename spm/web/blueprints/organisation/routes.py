"""The organisation's settings."""

from datetime import date

from flask import Blueprint, Response, flash, make_response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission, may
from spm.domain.errors import Invalid, NotFound
from spm.domain.organisation import Organisation
from spm.i18n import formats
from spm.i18n.words import current, gettext
from spm.queries.organisation.settings import holidays, settings_version
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.organisation.settings import drop_holiday as drop
from spm.services.organisation.settings import keep_holiday as keep
from spm.services.organisation.settings import keep_settings
from spm.web import choices
from spm.web.blueprints.organisation.forms import HolidayForm, SettingsForm
from spm.web.blueprints.organisation.pages import SettingsPage
from spm.web.htmx import go
from spm.web.rendering import render

bp = Blueprint("organisation", __name__, url_prefix="/organisation")


@bp.get("")
@requires(Permission.ORGANISATION_VIEW)
def settings() -> BaseResponse:
    """The settings, as a form for those who may change them."""
    return _page()


@bp.post("")
@requires(Permission.ORGANISATION_EDIT)
def save() -> BaseResponse:
    """Keep the settings."""
    work, form = current_work(), _form()
    if form.is_accepted():
        changed = Organisation(
            name=form.name.data,
            time_zone=form.time_zone.data,
            currency=form.currency_code.data,
            fiscal_start=form.fiscal_month.data,
            locale=form.locale.data,
            minimum_n=form.minimum_n.data or work.organisation.minimum_n,
        )
        try:
            keep_settings(work, changed, version=form.version.data or 0)
        except Invalid as error:
            form.refuse(error)
        else:
            flash(gettext("The settings are kept."), "done")
            return go(url_for("organisation.settings"))
    return _page(form=form)


@bp.post("/holidays")
@requires(Permission.ORGANISATION_EDIT)
def keep_holiday() -> BaseResponse:
    """Add a holiday."""
    form = HolidayForm()
    if form.is_accepted():
        keep(current_work(), form.day.data, form.day_name.data)
        return go(url_for("organisation.settings"))
    return _page(holiday=form)


@bp.post("/holidays/<day>/drop")
@requires(Permission.ORGANISATION_EDIT)
def drop_holiday(day: str) -> BaseResponse:
    """Make a holiday a day like any other."""
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise NotFound(what="holiday") from None
    drop(current_work(), on)
    return go(url_for("organisation.settings"))


def _page(form: SettingsForm | None = None, holiday: HolidayForm | None = None) -> Response:
    work = current_work()
    known = work.organisation
    sent = form or holiday
    if form is None and may(work.actor, Permission.ORGANISATION_EDIT):
        form = _form(
            name=known.name,
            time_zone=known.time_zone,
            currency_code=known.currency,
            fiscal_month=known.fiscal_start,
            locale=known.locale,
            minimum_n=known.minimum_n,
            version=settings_version(work.session),
        )
    page = SettingsPage(
        known,
        formats.months(current().locale)[known.fiscal_start - 1],
        holidays(work.session, date(work.today.year, 1, 1)),
        form,
        holiday or HolidayForm(formdata=None),
    )
    return make_response(
        render("organisation/settings.html", page=page), sent.status if sent else 200
    )


def _form(**shown: object) -> SettingsForm:
    form = SettingsForm(formdata=None, data=shown) if shown else SettingsForm(request.form)
    form.time_zone.choices = choices.zones()
    form.currency_code.choices = choices.currencies()
    form.fiscal_month.choices = choices.months()
    form.locale.choices = choices.languages()
    return form
