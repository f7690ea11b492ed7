"""Forms about the organisation."""

from spm.domain.organisation import LARGEST_MINIMUM
from spm.i18n.words import N_
from spm.web.fields import ChoiceField, DateField, Form, LineField, WholeField


class SettingsForm(Form):
    """By which zone, currency and fiscal year the organisation counts."""

    name = LineField(N_("Organisation"), max_length=200)
    time_zone = ChoiceField(N_("Time zone"), hint=N_("A business day starts at midnight there."))
    currency_code = ChoiceField(
        N_("Currency"), hint=N_("Amounts that are kept already stay in their own currency.")
    )
    fiscal_month = ChoiceField(
        N_("Fiscal year begins in"),
        coerce=int,
        hint=N_("Cuts every figure by fiscal year anew, the past included."),
    )
    locale = ChoiceField(N_("Language"), hint=N_("Each person can choose another one."))
    minimum_n = WholeField(
        N_("Cases that a rate needs"),
        required=False,
        minimum=1,
        maximum=LARGEST_MINIMUM,
        hint=N_("A rate over fewer is shown in grey, with the reason."),
    )


class HolidayForm(Form):
    """A day on which nobody is expected to sell."""

    day = DateField(N_("Day"))
    day_name = LineField(N_("Name"), max_length=120)
