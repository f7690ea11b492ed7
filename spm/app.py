"""The composition root: everything is put together here, and only here."""

from pathlib import Path
from typing import Protocol

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

import spm.models.all  # noqa: F401 - every table has to be known before the first query
from spm.adapters.bell import hang
from spm.adapters.clock import Clock, system_clock
from spm.adapters.database import engine_options, prepare
from spm.domain.audit import Keys
from spm.models.base import Base
from spm.request import login
from spm.request.access import public_file, refuse_undeclared
from spm.request.converters import IdConverter
from spm.request.headers import send_headers
from spm.request.json import StrictJson
from spm.request.work import serve_in_units
from spm.services.audit import keep_bound
from spm.web import errors, rendering
from spm.web.register import register
from spm.web.viewer import signed_in_viewer

ROOT = Path(__file__).resolve().parents[1]
LARGEST_FORM = 2 * 1024 * 1024


class Settings(Protocol):
    """What the application takes from ``config.Settings``."""

    @property
    def database_url(self) -> str: ...  # noqa: D102
    @property
    def instance(self) -> Path: ...  # noqa: D102
    @property
    def secret_key(self) -> str: ...  # noqa: D102
    @property
    def audit_keys(self) -> str: ...  # noqa: D102
    @property
    def base_url(self) -> str: ...  # noqa: D102
    @property
    def trusted_hosts(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def password_cost(self) -> str: ...  # noqa: D102
    @property
    def is_secure(self) -> bool: ...  # noqa: D102
    @property
    def raw_file_days(self) -> int: ...  # noqa: D102
    @property
    def queue(self) -> str: ...  # noqa: D102
    @property
    def is_testing(self) -> bool: ...  # noqa: D102


def create_app(settings: Settings, clock: Clock = system_clock) -> Flask:
    """Return the application.

    Raises:
        RuntimeError: A route declares no permission.
        AuditKeyRefused: The keys of the audit log cannot be read.
    """
    app = Flask(
        "spm",
        static_folder=str(ROOT / "spm" / "static"),
        template_folder=str(ROOT / "templates"),
        instance_path=str(settings.instance.resolve()),
    )
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=1000,
        TRUSTED_HOSTS=list(settings.trusted_hosts),
        SESSION_COOKIE_NAME="__Host-spm-form" if settings.is_secure else "spm-form",
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        PROPAGATE_EXCEPTIONS=False,
        TESTING=settings.is_testing,
        PASSWORD_COST=settings.password_cost,
        BASE_URL=settings.base_url,
        RAW_FILE_DAYS=settings.raw_file_days,
        CLOCK=clock,
    )
    app.json = StrictJson(app)
    app.url_map.converters["id"] = IdConverter
    db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"))
    with app.app_context():
        prepare(db.engine)
        keep_bound(db.engine, Keys.read(settings.audit_keys))
    hang(settings.database_url, settings.queue)
    CSRFProtect(app)
    login.install(app)
    send_headers(app, is_secure=settings.is_secure)
    rendering.install(app, signed_in_viewer)
    register(app)
    errors.install(app)
    # Flask's own route for files is the only one that no blueprint declares.
    app.view_functions["static"] = public_file()(app.view_functions["static"])
    refuse_undeclared(app)
    serve_in_units(app, clock)
    return app
