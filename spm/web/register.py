"""The blueprints of the product, one line each."""

from flask import Blueprint, Flask

from spm.web.blueprints.account.routes import bp as account
from spm.web.blueprints.accounts.routes import bp as accounts
from spm.web.blueprints.audit.routes import bp as audit
from spm.web.blueprints.deals.views import bp as deals
from spm.web.blueprints.gallery.routes import bp as gallery
from spm.web.blueprints.goals.routes import bp as goals
from spm.web.blueprints.identity.routes import bp as identity
from spm.web.blueprints.imports.routes import bp as imports
from spm.web.blueprints.jobs.routes import bp as jobs
from spm.web.blueprints.kpis.routes import bp as kpis
from spm.web.blueprints.metrics.routes import bp as metrics
from spm.web.blueprints.moves.routes import bp as moves
from spm.web.blueprints.organisation.routes import bp as organisation
from spm.web.blueprints.packs.runs import bp as packs
from spm.web.blueprints.people.acts import bp as people
from spm.web.blueprints.pipelines.routes import bp as pipelines
from spm.web.blueprints.places.routes import bp as places
from spm.web.blueprints.preferences.routes import bp as preferences
from spm.web.blueprints.products.routes import bp as products
from spm.web.blueprints.scorecards.routes import bp as scorecards
from spm.web.blueprints.search.routes import bp as search
from spm.web.blueprints.targets.routes import bp as targets
from spm.web.blueprints.teams.routes import bp as teams
from spm.web.blueprints.waterfall.routes import bp as waterfall

BLUEPRINTS: tuple[Blueprint, ...] = (
    account,
    accounts,
    audit,
    deals,
    gallery,
    goals,
    identity,
    imports,
    jobs,
    kpis,
    metrics,
    moves,
    organisation,
    packs,
    people,
    pipelines,
    places,
    preferences,
    products,
    scorecards,
    search,
    targets,
    teams,
    waterfall,
)


def register(app: Flask) -> None:
    """Register every blueprint."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
