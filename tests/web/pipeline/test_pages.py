"""The pages of deals, accounts, products and pipelines, as people of every role meet them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from spm.domain.access import Role
from spm.domain.ids import AccountId, DealId, PersonId, PipelineId
from spm.domain.money import Money
from spm.domain.pipeline.deals import Facts
from spm.models.audit import AuditEntryRow
from spm.models.pipeline import AccountRow, DealRow, PipelineRow, ProductRow
from spm.services.pipeline import deals
from spm.services.work import Work
from tests.builders import a_person, a_pipeline, a_product, an_account, an_organisation

ClientOf = Callable[[int], FlaskClient]


@dataclass
class House:
    """Ids of people by role, and of one thing of each kind; the deal is the rep's."""

    people: dict[str, int]
    deal_id: DealId
    other_deal_id: DealId
    account_id: int
    product_id: int
    pipeline_id: int
    stages: dict[str, int]


@pytest.fixture
def house(session: Session, work: Work) -> House:
    an_organisation(session)
    manager = a_person(session, "Mia Manager", Role.MANAGER)
    people = {
        "manager": manager,
        "rep": a_person(session, "Rita Rep", manager=manager),
        "other": a_person(session, "Otto Other"),
        "operations": a_person(session, "Olga Operations", Role.OPERATIONS),
        "executive": a_person(session, "Eve Executive", Role.EXECUTIVE),
        "auditor": a_person(session, "Al Auditor", Role.AUDITOR),
        "administrator": a_person(session, "Ada Administrator", Role.ADMINISTRATOR),
    }
    account = an_account(session, "Зоря <Co>")
    product = a_product(session, "GTX Pro")
    pipeline, stages = a_pipeline(session, "Sales")
    facts = Facts(
        "=Big <b>one</b>",
        "USD",
        account_id=AccountId(account.id),
        amount=Money("USD", 123_456),
        expected_close_on=date(2026, 12, 20),
    )
    made = [
        deals.create(
            work,
            deals.NewDeal(
                facts if who == "rep" else Facts("Secret plan", "USD", amount=Money("USD", 99)),
                PersonId(people[who].id),
                PipelineId(pipeline.id),
                None,
                date(2026, 11, 2),
            ),
        )
        for who in ("rep", "other")
    ]
    session.commit()
    return House(
        people={who: person.id for who, person in people.items()},
        deal_id=made[0],
        other_deal_id=made[1],
        account_id=account.id,
        product_id=product.id,
        pipeline_id=pipeline.id,
        stages={name: row.id for name, row in stages.items()},
    )


def attribute(tag: str, name: str) -> str | None:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return None if found is None else unescape(found[1])


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send back of a page's form, as it stands."""
    form = page[page.index('method="post"', page.index("<main")) :]
    form = form[: form.index("</form>")]
    fields: dict[str, str] = {}
    for found in re.finditer(r"<input[^>]*>", form):
        tag, name = found[0], attribute(found[0], "name")
        if name and (attribute(tag, "type") != "checkbox" or " checked" in tag):
            fields[name] = attribute(tag, "value") or ""
    for found in re.finditer(r'<select[^>]*name="([^"]+)".*?</select>', form, re.DOTALL):
        chosen = re.search(r"<option[^>]*\sselected[^>]*>", found[0])
        fields[found[1]] = (chosen and attribute(chosen[0], "value")) or ""
    for found in re.finditer(
        r'<textarea[^>]*name="([^"]+)"[^>]*>\s*(.*?)</textarea>', form, re.DOTALL
    ):
        fields[found[1]] = unescape(found[2])
    return fields


ADDRESSES = (
    "/deals",
    "/deals/{deal_id}",
    "/deals/export.csv",
    "/accounts",
    "/accounts/{account_id}",
    "/products",
    "/pipelines",
    "/pipelines/{pipeline_id}",
)


def test_the_pages_open_for_those_who_may_see_them(house: House, client_of: ClientOf) -> None:
    for who in ("rep", "manager", "operations", "executive", "auditor"):
        client = client_of(house.people[who])
        for address in ADDRESSES:
            url = address.format(**vars(house))
            assert (who, url, client.get(url).status_code) == (who, url, 200)


def test_an_administrator_meets_nothing_of_the_pipeline(house: House, client_of: ClientOf) -> None:
    client = client_of(house.people["administrator"])
    for address in (
        "/deals/{deal_id}",
        "/deals/{deal_id}/edit",
        "/deals/{deal_id}/move",
        "/deals/{deal_id}/assign",
        "/accounts",
        "/accounts/{account_id}",
        "/products",
        "/pipelines",
    ):
        url = address.format(**vars(house))
        assert (url, client.get(url).status_code) == (url, 404)


ACTS = (
    ("rep", "edit", 200),
    ("rep", "move", 200),
    ("rep", "assign", 404),
    ("manager", "edit", 200),
    ("manager", "assign", 200),
    ("operations", "assign", 200),
    ("executive", "edit", 404),
    ("auditor", "move", 404),
    ("other", "edit", 404),
)


def test_acts_open_for_those_who_may(house: House, client_of: ClientOf) -> None:
    for who, act, status in ACTS:
        answer = client_of(house.people[who]).get(f"/deals/{house.deal_id}/{act}")
        assert (who, act, answer.status_code) == (who, act, status)


def test_a_list_shows_what_is_in_sight_and_nothing_else(house: House, client_of: ClientOf) -> None:
    page = client_of(house.people["rep"]).get("/deals").text
    assert "=Big &lt;b&gt;one&lt;/b&gt;" in page
    assert "$1,234.56" in page
    assert "Secret plan" not in page
    assert "Otto" not in page


NARROWING = (
    "?owner={other}",
    "?q=Secret",
    "?status=open&sort=-amount",
    "?status=",
    "?stage={stage}&page=2",
    "?account={account_id}",
    "?expected_from=2026-01-01&expected_to=2026-12-31",
)


def test_no_filter_leaks_what_others_own(house: House, client_of: ClientOf) -> None:
    client = client_of(house.people["rep"])
    for query in NARROWING:
        asked = query.format(
            other=house.people["other"],
            stage=house.stages["Prospecting"],
            account_id=house.account_id,
        )
        for address in ("/deals", "/deals/export.csv"):
            answer = client.get(address + asked)
            assert (asked, answer.status_code) == (asked, 200)
            assert "Secret plan" not in answer.text
            assert "0.99" not in answer.text


UNKNOWN = (
    "?sort=credited_owner",
    "?sort=--amount",
    "?owner=0",
    "?owner=1%20or%201",
    "?status=deleted",
    "?salary=1",
    "?expected_from=2026-02-30",
    "?expected_from=2026-02-02&expected_to=2026-01-01",
    "?page=0",
    "?page=9999999",
    "?owner=1&owner=2",
    "?q=%00",
    "?stage=99999999999999999999",
)


def test_an_unknown_question_is_refused(house: House, client_of: ClientOf) -> None:
    client = client_of(house.people["rep"])
    asked = [address + query for query in UNKNOWN for address in ("/deals", "/deals/export.csv")]
    asked += ["/accounts?sort=won_deals", "/accounts?x=1", "/products?q=a&q=b", "/pipelines?a=1"]
    for url in asked:
        assert (url, client.get(url).status_code) == (url, 422)


def test_an_export_is_inert_and_logged(house: House, client_of: ClientOf, session: Session) -> None:
    answer = client_of(house.people["rep"]).get("/deals/export.csv?status=open")
    assert answer.mimetype == "text/csv"
    head, line, *rest = answer.text.splitlines()
    assert head.startswith("\ufeffDeal,")
    assert line.startswith("'=Big <b>one</b>,")
    assert "1234.56,USD" in line
    assert rest == []
    entry = session.scalars(
        select(AuditEntryRow).where(AuditEntryRow.object == "export:deals")
    ).one()
    assert entry.actor_id == house.people["rep"]
    assert entry.after == {
        "kind": "csv",
        "question": "status=open",
        "rows": 1,
        "people": [house.people["rep"]],
    }


def test_a_deal_s_page_tells_its_story(house: House, client_of: ClientOf) -> None:
    client = client_of(house.people["rep"])
    page = client.get(f"/deals/{house.deal_id}").text
    for words in (
        "Rita Rep",
        "Зоря &lt;Co&gt;",
        "No next step",
        "16 days",
        "Move to Qualification",
    ):
        assert words in page
    then = client.get(f"/deals/{house.deal_id}?on=2026-11-01").text
    assert "was not there yet" in then
    then = client.get(f"/deals/{house.deal_id}?on=2026-11-02").text
    assert "Prospecting, $1,234.56, owned by Rita Rep" in then


def test_a_deal_is_entered_edited_moved_and_reopened(house: House, client_of: ClientOf) -> None:
    client = client_of(house.people["rep"])
    fields = fields_of(client.get("/deals/new").text)
    answer = client.post(
        "/deals/new",
        data=fields | {"name": "New one", "account": "зоря <co>", "amount": "1,000.50"},
    )
    assert answer.status_code == 303, answer.text
    url = answer.headers["Location"]
    fields = fields_of(client.get(url + "/edit").text)
    assert fields["amount"] == "1000.50"
    answer = client.post(url + "/edit", data=fields | {"amount": "2000"})
    assert answer.status_code == 303, answer.text
    won = f"{url}/move?stage={house.stages['Won']}"
    answer = client.post(won, data=fields_of(client.get(won).text) | {"amount": "1500"})
    assert answer.status_code == 303, answer.text
    assert "Won for $1,500.00" in client.get(url).text
    back = f"{url}/move?stage={house.stages['Proposal']}"
    page = client.get(back).text
    assert "Reopen to Proposal" in page
    refused = client.post(back, data=fields_of(page))
    assert refused.status_code == 422
    assert "This is needed." in refused.text
    answer = client.post(back, data=fields_of(page) | {"reason": "They withdrew"})
    assert answer.status_code == 303
    assert "They withdrew" in client.get(url).text


def test_a_refused_form_keeps_what_was_typed(house: House, client_of: ClientOf) -> None:
    client = client_of(house.people["rep"])
    fields = fields_of(client.get("/deals/new").text)
    typed = {"name": "Kept <words>", "account": "Nobody knows", "amount": "12.5"}
    answer = client.post("/deals/new", data=fields | typed)
    assert answer.status_code == 422
    again = fields_of(answer.text)
    assert {name: again[name] for name in typed} == typed
    assert "No single account is called Nobody knows" in answer.text


def test_a_deal_is_entered_for_an_account_that_shares_its_name(
    house: House, client_of: ClientOf, session: Session
) -> None:
    session.rollback()
    twin = an_account(session, "Зоря <Co>")
    session.commit()
    client = client_of(house.people["rep"])
    url = f"/deals/new?account={twin.id}"
    answer = client.post(url, data=fields_of(client.get(url).text) | {"name": "For the twin"})
    assert answer.status_code == 303, answer.text
    row = session.scalars(select(DealRow).where(DealRow.name == "For the twin")).one()
    assert row.account_id == twin.id


def test_nobody_enters_a_deal_for_somebody_out_of_reach(house: House, client_of: ClientOf) -> None:
    client = client_of(house.people["rep"])
    fields = fields_of(client.get("/deals/new").text)
    answer = client.post(
        "/deals/new", data=fields | {"name": "X", "owner": str(house.people["other"])}
    )
    assert answer.status_code == 422


def test_a_stale_form_is_answered_with_both_texts(house: House, client_of: ClientOf) -> None:
    client = client_of(house.people["rep"])
    url = f"/deals/{house.deal_id}/edit"
    fields = fields_of(client.get(url).text) | {"name": "First"}
    assert client.post(url, data=fields).status_code == 303
    answer = client.post(url, data=fields | {"name": "Second", "once": "x" * 24})
    assert answer.status_code == 409
    assert "First" in answer.text
    assert "Second" in answer.text


def test_the_same_form_sent_twice_has_one_effect(
    house: House, client_of: ClientOf, session: Session
) -> None:
    client = client_of(house.people["rep"])
    fields = fields_of(client.get("/deals/new").text) | {"name": "Once"}
    answers = [client.post("/deals/new", data=fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert len(session.scalars(select(DealRow).where(DealRow.name == "Once")).all()) == 1


def test_a_manager_edits_and_hands_over_with_a_reason(house: House, client_of: ClientOf) -> None:
    client = client_of(house.people["manager"])
    url = f"/deals/{house.deal_id}"
    fields = fields_of(client.get(url + "/edit").text) | {"next_step": "Call them"}
    assert client.post(url + "/edit", data=fields).status_code == 422
    fields["reason"] = "Agreed in the 1:1"
    assert client.post(url + "/edit", data=fields).status_code == 303
    fields = fields_of(client.get(url + "/assign").text)
    fields |= {"owner": str(house.people["manager"]), "reason": "Leave"}
    assert client.post(url + "/assign", data=fields).status_code == 303
    assert "Leave" in client.get(url).text
    assert client_of(house.people["rep"]).get(url).status_code == 404


def test_what_a_decided_deal_was_worth_is_refused_to_its_owner(
    house: House, client_of: ClientOf
) -> None:
    client = client_of(house.people["rep"])
    won = f"/deals/{house.deal_id}/move?stage={house.stages['Won']}"
    assert client.post(won, data=fields_of(client.get(won).text)).status_code == 303
    url = f"/deals/{house.deal_id}/edit"
    fields = fields_of(client.get(url).text)
    assert client.post(url, data=fields | {"amount": "5"}).status_code == 403


def test_what_is_to_be_learnt_from_a_loss_is_entered_with_it_and_later(
    house: House, client_of: ClientOf
) -> None:
    client = client_of(house.people["rep"])
    url = f"/deals/{house.deal_id}"
    assert "loss_notes" not in fields_of(client.get(f"{url}/edit").text)
    lost = f"{url}/move?stage={house.stages['Lost']}"
    typed = {"loss_reason": "Price", "loss_notes": "Ask <b>"}
    answer = client.post(lost, data=fields_of(client.get(lost).text) | typed)
    assert answer.status_code == 303, answer.text
    assert "Ask &lt;b&gt;" in client.get(url).text
    fields = fields_of(client.get(f"{url}/edit").text)
    client.post(f"{url}/edit", data=fields | {"loss_notes": "Two bids"})
    shown = client.get(url).text
    assert "Two bids" in shown
    assert "Ask &lt;b&gt;" not in shown


def test_a_move_to_nowhere_is_refused(house: House, client_of: ClientOf) -> None:
    client = client_of(house.people["rep"])
    url = f"/deals/{house.deal_id}/move"
    assert client.post(url, data={}).status_code == 404
    assert client.get(url + "?stage=999").status_code == 404
    assert client.get(url + "?stage=x").status_code == 422
    assert "Qualification" in client.get(url).text


def test_accounts_are_entered_and_edited_by_those_who_may(
    house: House, client_of: ClientOf, session: Session
) -> None:
    client = client_of(house.people["rep"])
    url = f"/accounts/{house.account_id}/edit"
    fields = fields_of(client.get(url).text) | {"employees": "1,200", "city": "Kyiv"}
    answer = client.post(url, data=fields)
    assert answer.status_code == 303, answer.text
    assert "1,200" in client.get(f"/accounts/{house.account_id}").text
    assert client_of(house.people["other"]).get(url).status_code == 403
    fields = fields_of(client.get("/accounts/new").text) | {"name": "Fresh", "founded_year": "3000"}
    refused = client.post("/accounts/new", data=fields)
    assert refused.status_code == 422
    assert "A year from 800 to 2026." in refused.text
    assert client.post("/accounts/new", data=fields | {"founded_year": "1999"}).status_code == 303
    fresh = select(AccountRow).where(AccountRow.name == "Fresh")
    assert len(session.scalars(fresh).all()) == 1


def test_products_are_operations_to_keep(
    house: House, client_of: ClientOf, session: Session
) -> None:
    assert client_of(house.people["rep"]).get("/products/new").status_code == 404
    client = client_of(house.people["operations"])
    fields = fields_of(client.get("/products/new").text) | {"name": "MG", "list_price": "12.5"}
    assert client.post("/products/new", data=fields).status_code == 303
    url = f"/products/{house.product_id}/edit"
    fields = fields_of(client.get(url).text)
    fields.pop("is_active", None)
    assert client.post(url, data=fields | {"list_price": "-1"}).status_code == 422
    assert client.post(url, data=fields).status_code == 303
    session.expire_all()
    assert not session.get_one(ProductRow, house.product_id).is_active


def test_a_pipeline_is_started_and_its_stages_are_changed(
    house: House, client_of: ClientOf
) -> None:
    client = client_of(house.people["operations"])
    fields = fields_of(client.get("/pipelines/new").text)
    fields |= {"name": "New business", "template": "proposal", "optional": "onboarding"}
    answer = client.post("/pipelines/new", data=fields)
    assert answer.status_code == 303, answer.text
    url = answer.headers["Location"]
    page = client.get(url).text
    assert page.index("Decision") < page.index("Onboarding")
    fields = fields_of(client.get(url + "/edit").text)
    assert fields["stages-1-name"] == "Qualification"
    fields |= {"stages-0-place": "15", "stages-1-place": "10", "stages-8-name": "Demonstration"}
    fields |= {"stages-8-place": "25", "stages-8-kind": "open", "stages-8-probability": "33"}
    answer = client.post(url + "/edit", data=fields)
    assert answer.status_code == 303, answer.text
    page = client.get(url).text
    names = ("Qualification", "Prospecting", "Demonstration", "Proposal")
    order = [page.index(f"<bdi>{name}</bdi>") for name in names]
    assert order == sorted(order)
    assert "33%" in page


def test_a_stage_in_use_stays_and_the_form_keeps_what_was_typed(
    house: House, client_of: ClientOf, session: Session
) -> None:
    client = client_of(house.people["operations"])
    url = f"/pipelines/{house.pipeline_id}/edit"
    fields = fields_of(client.get(url).text)
    answer = client.post(url, data=fields | {"stages-0-is_left_out": "y", "name": "Typed name"})
    assert answer.status_code == 422
    assert "Typed name" in answer.text
    assert "Prospecting (2 are now)" in answer.text
    session.expire_all()
    assert session.get_one(PipelineRow, house.pipeline_id).name == "Sales"


def test_lines_are_typed_in_rows_and_shown_with_their_discount(
    client_of: ClientOf, house: House
) -> None:
    """3 × 100.00, agreed at 270.00: a tenth off."""
    client = client_of(house.people["rep"])
    at = f"/deals/{house.deal_id}/lines"
    sent = fields_of(client.get(at).text)
    row = {"product": str(house.product_id), "quantity": "3", "unit_price": "100", "amount": "270"}
    half = sent | {"lines-0-product": row["product"]}
    refused = client.post(at, data=half)
    assert refused.status_code == 422
    assert "Line 1 needs a product, a quantity, and a price or an amount." in unescape(refused.text)
    filled = sent | {f"lines-0-{name}": value for name, value in row.items()}
    filled["once"] = fields_of(client.get(at).text)["once"]
    assert client.post(at, data=filled).status_code == 303
    page = unescape(client.get(f"/deals/{house.deal_id}").text)
    assert "GTX Pro" in page
    assert "10.0%" in page
    assert "$270.00" in page
    before = unescape(client.get(f"/deals/{house.deal_id}?on=2026-11-10").text)
    assert 'data-label="Quantity"' not in before
    assert client_of(house.people["other"]).get(at).status_code == 404
    assert client_of(house.people["executive"]).get(at).status_code == 404
