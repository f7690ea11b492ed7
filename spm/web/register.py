"""The blueprints of the product, one line each."""

from flask import Blueprint, Flask

from spm.web.blueprints.metrics import routes as metrics

BLUEPRINTS: tuple[Blueprint, ...] = (metrics.bp,)


def register(app: Flask) -> None:
    """Register every blueprint."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
