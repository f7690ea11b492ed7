"""The form of an account."""

from spm.domain.ids import AccountId
from spm.domain.pipeline.accounts import MOST_EMPLOYEES, AccountFacts
from spm.i18n.words import N_
from spm.web.fields import Form, LineField, MoneyField, WholeField


class AccountForm(Form):
    """What is known of a company."""

    name = LineField(N_("Name"))
    industry = LineField(N_("Industry"), required=False, max_length=120)
    city = LineField(N_("City"), required=False, max_length=120)
    country = LineField(N_("Country"), required=False, max_length=120)
    website = LineField(N_("Website"), required=False)
    employees = WholeField(N_("Employees"), required=False, minimum=0, maximum=MOST_EMPLOYEES)
    founded_year = WholeField(N_("Founded"), required=False)
    annual_revenue = MoneyField(N_("Revenue a year"), required=False, minimum=0)
    parent = LineField(
        N_("Belongs to"),
        required=False,
        hint=N_("Begin to type; the account must exist."),
        render_kw={"list": "accounts"},
    )

    def fill(self, facts: AccountFacts, parent_name: str | None) -> None:
        """Show what is known in a form that was not sent yet."""
        self.parent.data = parent_name or ""
        for name in (
            "name",
            "industry",
            "city",
            "country",
            "website",
            "employees",
            "founded_year",
            "annual_revenue",
        ):
            self[name].data = getattr(facts, name)

    def facts(self, parent_id: AccountId | None) -> AccountFacts:
        """Return what was typed; ``parent_id`` is the account that its name means."""
        return AccountFacts(
            name=self.name.data,
            industry=self.industry.data,
            city=self.city.data,
            country=self.country.data,
            website=self.website.data,
            employees=self.employees.data,
            founded_year=self.founded_year.data,
            annual_revenue=self.annual_revenue.data,
            parent_id=parent_id,
        )
