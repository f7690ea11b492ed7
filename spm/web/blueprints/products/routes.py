"""Products: the list, entering and editing."""

from dataclasses import dataclass

from flask import Blueprint, Response, make_response, url_for
from werkzeug.wrappers import Response as BaseResponse

from spm.domain.access import Permission, may
from spm.domain.errors import Invalid
from spm.domain.ids import ProductId
from spm.domain.pipeline.products import Product, ProductFacts
from spm.queries.pipeline.products import get_product, products
from spm.request.access import requires
from spm.request.work import current_work
from spm.services.pipeline import products as services
from spm.web import htmx
from spm.web.asked import Asked
from spm.web.blueprints.products.forms import ProductForm
from spm.web.rendering import render

bp = Blueprint("products", __name__, url_prefix="/products")


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list of products."""

    products: tuple[Product, ...]
    text: str
    may_edit: bool


@bp.get("", endpoint="list")
@requires(Permission.PRODUCTS_VIEW)
def product_list() -> str:
    """Show the products that the address asks for."""
    work = current_work()
    text = Asked(("q",)).line("q")
    page = ListPage(products(work.session, text), text, may(work.actor, Permission.PRODUCTS_EDIT))
    return render("products/list.html", page=page)


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.PRODUCTS_EDIT)
def create() -> Response | BaseResponse:
    """Show the form of a new product; enter it."""
    work = current_work()
    form = ProductForm(currency=work.organisation.currency)
    if not form.is_submitted():
        form.fill(ProductFacts(""))
    if form.is_accepted():
        try:
            services.create(work, form.facts())
        except Invalid as error:
            form.refuse(error)
        else:
            return htmx.go(url_for("products.list"))
    return make_response(render("products/form.html", form=form, product=None), form.status)


@bp.route("/<id:product_id>/edit", methods=["GET", "POST"])
@requires(Permission.PRODUCTS_EDIT)
def edit(product_id: int) -> Response | BaseResponse:
    """Show the form of a product; change it."""
    work = current_work()
    product = get_product(work.session, work.actor, ProductId(product_id))
    price = product.facts.list_price or product.facts.cost
    form = ProductForm(currency=price.currency if price else work.organisation.currency)
    if not form.is_submitted():
        form.version.data = product.version
        form.fill(product.facts)
    if form.is_accepted():
        try:
            services.edit(work, product.id, form.facts(), version=form.version.data or 0)
        except Invalid as error:
            form.refuse(error)
        else:
            return htmx.go(url_for("products.list"))
    return make_response(render("products/form.html", form=form, product=product), form.status)
