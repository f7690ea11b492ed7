"""How a page is drawn: the environment of the templates, and for whom.

Templates know the viewer (language, zone, theme, what they may see), write figures in the
viewer's way through filters, and fail loudly on a name that is not there.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from flask import Flask, current_app, g, has_request_context, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from jinja2 import StrictUndefined
from markupsafe import Markup, escape

from spm.domain.errors import SpmError
from spm.domain.metrics.figure import Reading
from spm.domain.metrics.registry import Unit
from spm.domain.money import Money
from spm.domain.period import PeriodKind
from spm.i18n import findings, formats, labels, readings, words
from spm.web import htmx, marks, navigation
from spm.web.fields import once_token
from spm.web.shapes import shape


class Sayable(Protocol):
    """A finding: a code that has words, and the facts that fill its blanks."""

    @property
    def code(self) -> str: ...  # noqa: D102
    @property
    def facts(self) -> Mapping[str, object]: ...  # noqa: D102


HIDDEN = Markup('aria-hidden="true"')
THEMES = ("auto", "light", "dark")
THEME_COOKIE, LANGUAGE_COOKIE, RAIL_COOKIE = "theme", "language", "rail"
"""What a device remembers of the look; nothing about anybody."""


def _nothing(_permission: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom a page is drawn.

    Attributes:
        name: The signed-in person's; None where nobody is.
        locale: One of ``words.LANGUAGES``.
        zone: The zone in which instants are shown.
        organisation: Its name, once it is set up.
        roles: Words of the person's roles.
        may: Whether a permission (its value) is granted over anything.
        may_all: Whether it is granted over everybody's.
        sells: The person has a scorecard of their own.
        theme: One of ``THEMES``.
        is_rail_small: The rail shows icons only.
    """

    name: str | None = None
    locale: str = "en"
    zone: tzinfo = UTC
    organisation: str | None = None
    roles: tuple[str, ...] = ()
    may: Callable[[str], bool] = _nothing
    may_all: Callable[[str], bool] = _nothing
    sells: bool = False
    theme: str = "auto"
    is_rail_small: bool = False


def device_theme() -> str:
    """Return the theme that this device remembers."""
    theme = request.cookies.get(THEME_COOKIE, "auto")
    return theme if theme in THEMES else "auto"


def has_device_theme() -> bool:
    """Return whether a theme was chosen on this device; it goes before the person's own."""
    return request.cookies.get(THEME_COOKIE) in THEMES


def device_locale(setting: str | None = None, organisation: str | None = None) -> str:
    """Return the language to speak: the device's choice, the person's, the browser's, the house's."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    accepted = tuple(tag for tag, _quality in request.accept_languages)
    return words.negotiate(chosen if chosen in words.LANGUAGES else setting, accepted, organisation)


def device_viewer() -> Viewer:
    """Return a viewer of whom nothing is known but the device."""
    return Viewer(
        locale=device_locale(),
        theme=device_theme(),
        is_rail_small=request.cookies.get(RAIL_COOKIE) == "small",
    )


def current_viewer() -> Viewer:
    """Return for whom this request is answered; a plain viewer outside of one."""
    if not has_request_context():
        return Viewer(locale=words.current().locale)
    if "viewer" not in g:
        g.viewer = current_app.extensions["spm.viewer"]()
    viewer: Viewer = g.viewer
    return viewer


def render(template: str, **context: object) -> str:
    """Return a template drawn for the current viewer, in the viewer's language."""
    with words.speaking(current_viewer().locale):
        return render_template(template, **context)


def install(app: Flask, viewer: Callable[[], Viewer] = device_viewer) -> None:
    """Give ``app`` the environment of the house.

    Args:
        app: The application; its ``template_folder`` is set by whoever made it.
        viewer: Says for whom the current request is answered; asked at most once a request.
    """
    app.extensions["spm.viewer"] = viewer
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.autoescape = True
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    environment.add_extension("jinja2.ext.i18n")
    environment.add_extension("jinja2.ext.do")
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=_speak, ngettext=_speak_many, pgettext=_speak_in, newstyle=False
    )
    # Only how {% trans %} is compiled: the callables above fill the blanks themselves.
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.filters.update(FILTERS)
    environment.globals.update(
        viewer=current_viewer,
        asset=asset,
        icon=icon,
        once_token=once_token,
        csrf_token=generate_csrf,
        places=places_in_sight,
        languages=words.LANGUAGES,
        themes=THEMES,
        bullet_marks=marks.bullet,
        spark_marks=marks.spark,
        stage_marks=marks.ladder,
        UNKNOWN=formats.UNKNOWN,
        MONEY=Unit.MONEY,
    )
    navigation.install(app)
    htmx.vary(app)

    @app.before_request
    def speak() -> None:
        words.speak(device_locale())


def _words() -> words.Words:
    return words.words_for(current_viewer().locale)


def _speak(message: str, **facts: object) -> str:
    return _filled(_words().gettext(message), facts)


def _speak_many(one: str, many: str, num: int, **facts: object) -> str:
    facts["num"] = formats.number(num, _words().locale)
    return _filled(_words().form(one, many, num), facts)


def _speak_in(context: str, message: str, **facts: object) -> str:
    return _filled(_words().pgettext(context, message), facts)


def _filled(said: str, facts: Mapping[str, object]) -> str:
    """Return words with their blanks filled; words and facts are text, never mark-up.

    A fact that is mark-up already stays so. ``{% trans %}`` doubles a per cent sign.
    """
    if not facts:
        return said.replace("%%", "%")
    return escape(said) % facts


def places_in_sight() -> tuple[navigation.Place, ...]:
    """Return the places of the rail that the viewer may see."""
    who = current_viewer()
    return navigation.places(who.may, who.may_all, sells=who.sells)


@lru_cache(maxsize=512)
def _digest(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def asset(path: str) -> str:
    """Return the address of a static file, with its digest so that it may be cached for ever.

    It is worked out once for a page: all its icons come from the same file.
    """
    known: dict[str, str] = g.setdefault("assets", {})
    if path not in known:
        known[path] = _address_of(path)
    return known[path]


def _address_of(path: str) -> str:
    file = Path(current_app.static_folder or "") / path
    if not file.is_file():
        return url_for("static", filename=path)
    return url_for("static", filename=path, v=_digest(file, file.stat().st_mtime_ns))


def icon(name: str, *, label: str = "", size: int = 16) -> Markup:
    """Return an icon of the sprite; hidden from screen readers unless it has a label.

    It is drawn once for a page, however many of its lines show it.
    """
    known: dict[tuple[str, str, int], Markup] = g.setdefault("icons", {})
    key = (name, label, size)
    if key not in known:
        spoken = Markup('role="img" aria-label="{}"').format(label) if label else HIDDEN
        known[key] = Markup(
            '<svg class="icon" width="{0}" height="{0}" {1}><use href="{2}#{3}"></use></svg>'
        ).format(size, spoken, asset("vendor/icons.svg"), name)
    return known[key]


def _money(value: Money | None, **how: bool) -> str:
    if value is None:
        return formats.UNKNOWN
    return formats.money(value, current_viewer().locale, **how)


def _number(value: Decimal | float | None, digits: int | None = None, **how: bool) -> str:
    if value is None:
        return formats.UNKNOWN
    return formats.number(value, current_viewer().locale, digits=digits, **how)


def _percent(value: Decimal | float | None, digits: int = 0, *, signed: bool = False) -> str:
    if value is None:
        return formats.UNKNOWN
    return formats.percent(value, current_viewer().locale, digits=digits, signed=signed)


def _points(value: Decimal | float | None, digits: int = 0) -> str:
    if value is None:
        return formats.UNKNOWN
    return formats.points(value, current_viewer().locale, digits=digits)


def _days(value: Decimal | int | None, digits: int | None = None) -> str:
    if value is None:
        return formats.UNKNOWN
    return formats.days(value, current_viewer().locale, digits=digits)


def _times(value: Decimal | None, digits: int = 1) -> str:
    if value is None:
        return formats.UNKNOWN
    return formats.times(value, current_viewer().locale, digits=digits)


def _interval(value: tuple[float, float] | None) -> str:
    if value is None:
        return formats.UNKNOWN
    return formats.interval(value[0], value[1], current_viewer().locale)


def _date(value: date | None, form: str = "medium") -> str:
    if value is None:
        return formats.UNKNOWN
    return formats.date(value, current_viewer().locale, form)


def _datetime(value: datetime | None, form: str = "medium") -> str:
    if value is None:
        return formats.UNKNOWN
    viewer = current_viewer()
    return formats.datetime(value, viewer.zone, viewer.locale, form)


def _period(value: object) -> str:
    if value is None:
        return formats.UNKNOWN
    return formats.period(str(getattr(value, "name", value)), current_viewer().locale)


def _label(value: Enum | None) -> str:
    if value is None:
        return formats.UNKNOWN
    return labels.label(value, _words())


def _problem(error: SpmError) -> str:
    return labels.problem(error, _words())


def _file_size(octets: int) -> str:
    return formats.file_size(octets, current_viewer().locale)


def _amount(
    value: Decimal | None, unit: Unit, currency: str | None, *, compact: bool = False
) -> str:
    if unit is Unit.MONEY and currency is not None and value is not None and not compact:
        whole = value == value.to_integral_value()
        return formats.money(readings.money(value, currency), current_viewer().locale, whole=whole)
    return readings.amount(value, unit, currency, current_viewer().locale, compact=compact)


def _reading(value: Reading, *, compact: bool = False) -> str:
    return _amount(value.value, value.unit, value.currency, compact=compact)


def _why(value: Reading) -> str:
    """Return why a figure is unknown, as a sentence; empty where it is known."""
    return readings.reason(value.reason, current_viewer().locale) or ""


def _said(finding: Sayable) -> str:
    return findings.sentence(finding.code, finding.facts, words.words_for(current_viewer().locale))


def _period_kind(kind: PeriodKind) -> str:
    return words.words_for(current_viewer().locale).gettext(findings.KINDS.get(kind, kind.value))


FILTERS: Mapping[str, Callable[..., str]] = {
    "money": _money,
    "number": _number,
    "percent": _percent,
    "points": _points,
    "days": _days,
    "times": _times,
    "interval": _interval,
    "date": _date,
    "datetime": _datetime,
    "period": _period,
    "label": _label,
    "problem": _problem,
    "file_size": _file_size,
    "spoken": _speak,
    "amount": _amount,
    "reading": _reading,
    "said": _said,
    "shape": shape,
    "why": _why,
    "period_kind": _period_kind,
}
"""What writes a value in the viewer's way; each answers a dash where the value is None."""
