"""Every component in every state, for whoever builds or judges a page."""

from flask import Blueprint

from spm.domain.access import Permission
from spm.request.access import requires
from spm.web.blueprints.gallery.forms import BrokenForm, SampleForm
from spm.web.blueprints.gallery.pages import SAMPLES
from spm.web.rendering import render

bp = Blueprint("gallery", __name__)


@bp.get("/gallery", endpoint="show")
@requires(Permission.SIGNED_IN)
def show() -> str:
    """Show the gallery; its figures are made up."""
    broken = BrokenForm(currency="EUR", prefix="refused")
    broken.spoil()
    return render("gallery.html", sample=SAMPLES, form=SampleForm(currency="EUR"), broken=broken)
