"""The WSGI application: ``gunicorn wsgi:app``."""

from config import Settings
from spm.app import create_app

app = create_app(Settings.from_env())
