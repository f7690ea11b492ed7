"""First release: every table.

Revision: 20261122_1.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261122_1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=400), nullable=False),
        sa.Column("industry", sa.String(length=120), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("country", sa.String(length=120), nullable=False),
        sa.Column("website", sa.String(length=254), nullable=False),
        sa.Column("employees", sa.BigInteger(), nullable=True),
        sa.Column("founded_year", sa.Integer(), nullable=True),
        sa.Column("annual_revenue_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("length(city) <= 120", name=op.f("ck_account_city_length")),
        sa.CheckConstraint("length(country) <= 120", name=op.f("ck_account_country_length")),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_account_currency_length")),
        sa.CheckConstraint("length(industry) <= 120", name=op.f("ck_account_industry_length")),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_account_name_length")),
        sa.CheckConstraint("length(name_key) <= 400", name=op.f("ck_account_name_key_length")),
        sa.CheckConstraint("length(website) <= 254", name=op.f("ck_account_website_length")),
        sa.ForeignKeyConstraint(["parent_id"], ["account.id"], name=op.f("fk_account_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_name_key"), ["name_key"], unique=False)

    op.create_table(
        "external_ref",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("object_type", sa.String(length=30), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("mapped", sa.JSON(), nullable=False),
        sa.Column("is_ruled", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "length(external_id) <= 200", name=op.f("ck_external_ref_external_id_length")
        ),
        sa.CheckConstraint("length(kind) <= 40", name=op.f("ck_external_ref_kind_length")),
        sa.CheckConstraint(
            "length(object_type) <= 30", name=op.f("ck_external_ref_object_type_length")
        ),
        sa.CheckConstraint("length(source) <= 60", name=op.f("ck_external_ref_source_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_ref")),
        sa.UniqueConstraint(
            "source", "kind", "external_id", name=op.f("uq_external_ref_source_kind_external_id")
        ),
    )
    with op.batch_alter_table("external_ref", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_external_ref_object_type_object_id"),
            ["object_type", "object_id"],
            unique=False,
        )

    op.create_table(
        "holiday",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.CheckConstraint("length(name) <= 120", name=op.f("ck_holiday_name_length")),
        sa.PrimaryKeyConstraint("on", name=op.f("pk_holiday")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fiscal_start_month", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("is_fiscal_start_chosen", sa.Boolean(), nullable=False),
        sa.Column("is_set_up", sa.Boolean(), nullable=False),
        sa.Column("requires_target_approval", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "fiscal_start_month BETWEEN 1 AND 12",
            name=op.f("ck_organisation_fiscal_start_is_a_month"),
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_organisation_only_one")),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_organisation_currency_length")),
        sa.CheckConstraint("length(locale) <= 8", name=op.f("ck_organisation_locale_length")),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_organisation_name_length")),
        sa.CheckConstraint(
            "length(time_zone) <= 64", name=op.f("ck_organisation_time_zone_length")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=400), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_key", sa.String(length=508), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column("theme", sa.String(length=8), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(email IS NULL) = (email_key IS NULL)", name=op.f("ck_person_email_and_its_key")
        ),
        sa.CheckConstraint("length(email) <= 254", name=op.f("ck_person_email_length")),
        sa.CheckConstraint("length(email_key) <= 508", name=op.f("ck_person_email_key_length")),
        sa.CheckConstraint("length(locale) <= 8", name=op.f("ck_person_locale_length")),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_person_name_length")),
        sa.CheckConstraint("length(name_key) <= 400", name=op.f("ck_person_name_key_length")),
        sa.CheckConstraint("length(theme) <= 8", name=op.f("ck_person_theme_length")),
        sa.CheckConstraint("length(title) <= 120", name=op.f("ck_person_title_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email_key", name=op.f("uq_person_email_key")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_name_key"), ["name_key"], unique=False)

    op.create_table(
        "pipeline",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=240), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("length(name) <= 120", name=op.f("ck_pipeline_name_length")),
        sa.CheckConstraint("length(name_key) <= 240", name=op.f("ck_pipeline_name_key_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pipeline")),
        sa.UniqueConstraint("name_key", name=op.f("uq_pipeline_name_key")),
    )
    op.create_table(
        "product",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=400), nullable=False),
        sa.Column("family", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=120), nullable=False),
        sa.Column("list_price_minor", sa.BigInteger(), nullable=True),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("length(category) <= 120", name=op.f("ck_product_category_length")),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_product_currency_length")),
        sa.CheckConstraint("length(family) <= 120", name=op.f("ck_product_family_length")),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_product_name_length")),
        sa.CheckConstraint("length(name_key) <= 400", name=op.f("ck_product_name_key_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
    )
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_product_name_key"), ["name_key"], unique=False)

    op.create_table(
        "region",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=240), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("length(name) <= 120", name=op.f("ck_region_name_length")),
        sa.CheckConstraint("length(name_key) <= 240", name=op.f("ck_region_name_key_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
        sa.UniqueConstraint("name_key", name=op.f("uq_region_name_key")),
    )
    op.create_table(
        "sign_in_try",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("counted", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("length(counted) <= 80", name=op.f("ck_sign_in_try_counted_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_try")),
    )
    with op.batch_alter_table("sign_in_try", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sign_in_try_counted_at"), ["counted", "at"], unique=False
        )

    op.create_table(
        "team",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=240), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("length(name) <= 120", name=op.f("ck_team_name_length")),
        sa.CheckConstraint("length(name_key) <= 240", name=op.f("ck_team_name_key_length")),
        sa.ForeignKeyConstraint(["parent_id"], ["team.id"], name=op.f("fk_team_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name_key", name=op.f("uq_team_name_key")),
    )
    op.create_table(
        "territory",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=240), nullable=False),
        sa.Column("country", sa.String(length=120), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("length(country) <= 120", name=op.f("ck_territory_country_length")),
        sa.CheckConstraint("length(name) <= 120", name=op.f("ck_territory_name_length")),
        sa.CheckConstraint("length(name_key) <= 240", name=op.f("ck_territory_name_key_length")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["territory.id"], name=op.f("fk_territory_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territory")),
        sa.UniqueConstraint("name_key", name=op.f("uq_territory_name_key")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("act", sa.String(length=80), nullable=False),
        sa.Column("object", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("length(act) <= 80", name=op.f("ck_audit_entry_act_length")),
        sa.CheckConstraint(
            "length(actor_name) <= 200", name=op.f("ck_audit_entry_actor_name_length")
        ),
        sa.CheckConstraint("length(object) <= 80", name=op.f("ck_audit_entry_object_length")),
        sa.CheckConstraint(
            "length(request_id) <= 36", name=op.f("ck_audit_entry_request_id_length")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_audit_entry_actor_id")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_audit_entry_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_audit_entry_object_id"), ["object", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_audit_entry_person_id_id"), ["person_id", "id"], unique=False
        )

    op.create_table(
        "credential",
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("is_disabled", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "length(password_hash) <= 200", name=op.f("ck_credential_password_hash_length")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credential_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_credential")),
    )
    op.create_table(
        "goal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=400), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_goal_name_length")),
        sa.CheckConstraint("length(name_key) <= 400", name=op.f("ck_goal_name_key_length")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_goal_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
        sa.UniqueConstraint("name_key", name=op.f("uq_goal_name_key")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("phase", sa.String(length=60), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column(
            "created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'parked', 'cancelled')",
            name=op.f("ck_job_state_is_known"),
        ),
        sa.CheckConstraint("length(key) <= 120", name=op.f("ck_job_key_length")),
        sa.CheckConstraint("length(kind) <= 40", name=op.f("ck_job_kind_length")),
        sa.CheckConstraint("length(phase) <= 60", name=op.f("ck_job_phase_length")),
        sa.CheckConstraint("length(state) <= 12", name=op.f("ck_job_state_length")),
        sa.CheckConstraint("length(token) <= 64", name=op.f("ck_job_token_length")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_job_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("key", name=op.f("uq_job_key")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_job_state_lease_until"), ["state", "lease_until"], unique=False
        )

    op.create_table(
        "membership",
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("start_on < end_on", name=op.f("ck_membership_starts_before_it_ends")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_membership_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "person_id",
            "team_id",
            "start_on",
            name=op.f("uq_membership_person_id_team_id_start_on"),
        ),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_membership_team_id_start_on_end_on"),
            ["team_id", "start_on", "end_on"],
            unique=False,
        )

    op.create_table(
        "office",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=240), nullable=False),
        sa.Column("region_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("length(name) <= 120", name=op.f("ck_office_name_length")),
        sa.CheckConstraint("length(name_key) <= 240", name=op.f("ck_office_name_key_length")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_office_region_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
        sa.UniqueConstraint("name_key", name=op.f("uq_office_name_key")),
    )
    op.create_table(
        "once",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("endpoint", sa.String(length=120), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("length(body_digest) <= 64", name=op.f("ck_once_body_digest_length")),
        sa.CheckConstraint("length(endpoint) <= 120", name=op.f("ck_once_endpoint_length")),
        sa.CheckConstraint("length(token) <= 64", name=op.f("ck_once_token_length")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_once_person_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_once")),
    )
    with op.batch_alter_table("once", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_once_at"), ["at"], unique=False)

    op.create_table(
        "one_time_token",
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("length(purpose) <= 20", name=op.f("ck_one_time_token_purpose_length")),
        sa.CheckConstraint(
            "length(token_digest) <= 64", name=op.f("ck_one_time_token_token_digest_length")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_one_time_token_person_id")
        ),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_one_time_token")),
    )
    with op.batch_alter_table("one_time_token", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_one_time_token_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "reporting_line",
        sa.Column(
            "manager_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "person_id <> manager_id", name=op.f("ck_reporting_line_nobody_reports_to_himself")
        ),
        sa.CheckConstraint(
            "start_on < end_on", name=op.f("ck_reporting_line_starts_before_it_ends")
        ),
        sa.ForeignKeyConstraint(
            ["manager_id"], ["person.id"], name=op.f("fk_reporting_line_manager_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_reporting_line_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reporting_line")),
        sa.UniqueConstraint(
            "person_id",
            "manager_id",
            "start_on",
            name=op.f("uq_reporting_line_person_id_manager_id_start_on"),
        ),
    )
    with op.batch_alter_table("reporting_line", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reporting_line_manager_id_start_on_end_on"),
            ["manager_id", "start_on", "end_on"],
            unique=False,
        )

    op.create_table(
        "review_pack",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("as_of", sa.DateTime(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("paper", sa.String(length=8), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.Column("issued_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "supersedes_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint("paper IN ('a4', 'letter')", name=op.f("ck_review_pack_paper_is_known")),
        sa.CheckConstraint("length(digest) <= 64", name=op.f("ck_review_pack_digest_length")),
        sa.CheckConstraint("length(locale) <= 8", name=op.f("ck_review_pack_locale_length")),
        sa.CheckConstraint("length(number) <= 24", name=op.f("ck_review_pack_number_length")),
        sa.CheckConstraint("length(paper) <= 8", name=op.f("ck_review_pack_paper_length")),
        sa.ForeignKeyConstraint(
            ["issued_by"], ["person.id"], name=op.f("fk_review_pack_issued_by")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_review_pack_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["review_pack.id"], name=op.f("fk_review_pack_supersedes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_pack")),
        sa.UniqueConstraint("number", name=op.f("uq_review_pack_number")),
        sa.UniqueConstraint(
            "person_id",
            "period_start",
            "period_end",
            "issue",
            name=op.f("uq_review_pack_person_id_period_start_period_end_issue"),
        ),
    )
    with op.batch_alter_table("review_pack", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_review_pack_person_id_issued_at"),
            ["person_id", "issued_at"],
            unique=False,
        )

    op.create_table(
        "role_grant",
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("granted_at", sa.DateTime(), nullable=False),
        sa.Column(
            "granted_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint("length(role) <= 20", name=op.f("ck_role_grant_role_length")),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["person.id"], name=op.f("fk_role_grant_granted_by")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id")),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_role_grant")),
    )
    op.create_table(
        "role_proposal",
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column(
            "proposed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("length(role) <= 20", name=op.f("ck_role_proposal_role_length")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_role_proposal_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["person.id"], name=op.f("fk_role_proposal_proposed_by")
        ),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_role_proposal")),
    )
    op.create_table(
        "sign_in",
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.CheckConstraint("length(browser) <= 200", name=op.f("ck_sign_in_browser_length")),
        sa.CheckConstraint(
            "length(token_digest) <= 64", name=op.f("ck_sign_in_token_digest_length")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_person_id")),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_sign_in")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_person_id"), ["person_id"], unique=False)

    op.create_table(
        "stage",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "pipeline_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=240), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("probability_bp", sa.Integer(), nullable=False),
        sa.Column("expected_days", sa.Integer(), nullable=True),
        sa.Column("entry_criteria", sa.Text(), nullable=False),
        sa.Column("exit_criteria", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('open', 'won', 'lost')", name=op.f("ck_stage_kind_is_known")),
        sa.CheckConstraint("length(kind) <= 8", name=op.f("ck_stage_kind_length")),
        sa.CheckConstraint("length(name) <= 120", name=op.f("ck_stage_name_length")),
        sa.CheckConstraint("length(name_key) <= 240", name=op.f("ck_stage_name_key_length")),
        sa.CheckConstraint(
            "probability_bp BETWEEN 0 AND 10000", name=op.f("ck_stage_probability_is_a_share")
        ),
        sa.ForeignKeyConstraint(
            ["pipeline_id"], ["pipeline.id"], name=op.f("fk_stage_pipeline_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage")),
        sa.UniqueConstraint("pipeline_id", "name_key", name=op.f("uq_stage_pipeline_id_name_key")),
    )
    op.create_table(
        "team_head",
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("start_on < end_on", name=op.f("ck_team_head_starts_before_it_ends")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_team_head_person_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_head_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_head")),
        sa.UniqueConstraint(
            "person_id", "team_id", "start_on", name=op.f("uq_team_head_person_id_team_id_start_on")
        ),
    )
    with op.batch_alter_table("team_head", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_team_head_team_id_start_on_end_on"),
            ["team_id", "start_on", "end_on"],
            unique=False,
        )

    op.create_table(
        "territory_assignment",
        sa.Column(
            "territory_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "start_on < end_on", name=op.f("ck_territory_assignment_starts_before_it_ends")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_territory_assignment_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_territory_assignment_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territory_assignment")),
        sa.UniqueConstraint(
            "person_id",
            "territory_id",
            "start_on",
            name=op.f("uq_territory_assignment_person_id_territory_id_start_on"),
        ),
    )
    with op.batch_alter_table("territory_assignment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_territory_assignment_territory_id_start_on_end_on"),
            ["territory_id", "start_on", "end_on"],
            unique=False,
        )

    op.create_table(
        "deal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=400), nullable=False),
        sa.Column(
            "pipeline_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("stage_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "territory_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("lead_source", sa.String(length=120), nullable=False),
        sa.Column("next_step", sa.String(length=200), nullable=False),
        sa.Column("loss_reason", sa.String(length=120), nullable=False),
        sa.Column("expected_close_on", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("stage_since_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_deal_currency_length")),
        sa.CheckConstraint("length(lead_source) <= 120", name=op.f("ck_deal_lead_source_length")),
        sa.CheckConstraint("length(loss_reason) <= 120", name=op.f("ck_deal_loss_reason_length")),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_deal_name_length")),
        sa.CheckConstraint("length(name_key) <= 400", name=op.f("ck_deal_name_key_length")),
        sa.CheckConstraint("length(next_step) <= 200", name=op.f("ck_deal_next_step_length")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_deal_account_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_deal_owner_id")),
        sa.ForeignKeyConstraint(["pipeline_id"], ["pipeline.id"], name=op.f("fk_deal_pipeline_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_deal_product_id")),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_deal_stage_id")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_deal_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal")),
    )
    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deal_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deal_closed_on"), ["closed_on"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_deal_owner_id_stage_id"), ["owner_id", "stage_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_deal_product_id"), ["product_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_deal_stage_id_closed_on"), ["stage_id", "closed_on"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_deal_territory_id"), ["territory_id"], unique=False)

    op.create_table(
        "import",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column(
            "created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("act_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('uploaded', 'checked', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_import_state_is_known"),
        ),
        sa.CheckConstraint("length(digest) <= 64", name=op.f("ck_import_digest_length")),
        sa.CheckConstraint("length(state) <= 12", name=op.f("ck_import_state_length")),
        sa.ForeignKeyConstraint(["act_id"], ["audit_entry.id"], name=op.f("fk_import_act_id")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_import_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import")),
    )
    op.create_table(
        "kpi",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("specific", sa.Text(), nullable=False),
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("metric", sa.String(length=60), nullable=True),
        sa.Column("stage_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("basis", sa.String(length=20), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("direction", sa.String(length=8), nullable=True),
        sa.Column("range_low", sa.BigInteger(), nullable=True),
        sa.Column("range_high", sa.BigInteger(), nullable=True),
        sa.Column("baseline", sa.BigInteger(), nullable=True),
        sa.Column("attainable_note", sa.Text(), nullable=False),
        sa.Column("attainable_confirmed_at", sa.DateTime(), nullable=True),
        sa.Column(
            "attainable_confirmed_by",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column("goal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("relevance", sa.Text(), nullable=False),
        sa.Column("period_kind", sa.String(length=8), nullable=True),
        sa.Column("weight_bp", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("activated_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'active', 'retired')", name=op.f("ck_kpi_state_is_known")
        ),
        sa.CheckConstraint("length(basis) <= 20", name=op.f("ck_kpi_basis_length")),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_kpi_currency_length")),
        sa.CheckConstraint("length(direction) <= 8", name=op.f("ck_kpi_direction_length")),
        sa.CheckConstraint("length(key) <= 60", name=op.f("ck_kpi_key_length")),
        sa.CheckConstraint("length(metric) <= 60", name=op.f("ck_kpi_metric_length")),
        sa.CheckConstraint("length(name) <= 120", name=op.f("ck_kpi_name_length")),
        sa.CheckConstraint("length(period_kind) <= 8", name=op.f("ck_kpi_period_kind_length")),
        sa.CheckConstraint("length(state) <= 12", name=op.f("ck_kpi_state_length")),
        sa.CheckConstraint("length(unit) <= 20", name=op.f("ck_kpi_unit_length")),
        sa.ForeignKeyConstraint(
            ["attainable_confirmed_by"], ["person.id"], name=op.f("fk_kpi_attainable_confirmed_by")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_kpi_author_id")),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_kpi_goal_id")),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_kpi_stage_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_kpi_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi")),
        sa.UniqueConstraint("key", name=op.f("uq_kpi_key")),
    )
    op.create_table(
        "pack_sign_off",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pack_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "side IN ('rep', 'manager')", name=op.f("ck_pack_sign_off_side_is_known")
        ),
        sa.CheckConstraint("length(side) <= 8", name=op.f("ck_pack_sign_off_side_length")),
        sa.ForeignKeyConstraint(
            ["pack_id"], ["review_pack.id"], name=op.f("fk_pack_sign_off_pack_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_pack_sign_off_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_sign_off")),
        sa.UniqueConstraint(
            "pack_id", "person_id", name=op.f("uq_pack_sign_off_pack_id_person_id")
        ),
    )
    op.create_table(
        "posting",
        sa.Column(
            "office_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("start_on < end_on", name=op.f("ck_posting_starts_before_it_ends")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_posting_office_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_posting_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint(
            "person_id",
            "office_id",
            "start_on",
            name=op.f("uq_posting_person_id_office_id_start_on"),
        ),
    )
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_posting_office_id_start_on_end_on"),
            ["office_id", "start_on", "end_on"],
            unique=False,
        )

    op.create_table(
        "deal_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("occurred_at", sa.DateTime(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("act_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "voided_act_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("stage_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("expected_close_on", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "territory_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_deal_event_currency_length")),
        sa.CheckConstraint("length(kind) <= 16", name=op.f("ck_deal_event_kind_length")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_deal_event_account_id")
        ),
        sa.ForeignKeyConstraint(["act_id"], ["audit_entry.id"], name=op.f("fk_deal_event_act_id")),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_deal_event_actor_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_deal_event_deal_id")),
        sa.ForeignKeyConstraint(
            ["voided_act_id"], ["audit_entry.id"], name=op.f("fk_deal_event_voided_act_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_deal_event_owner_id")),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_deal_event_stage_id")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_deal_event_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_event")),
    )
    with op.batch_alter_table("deal_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_deal_event_deal_id_id"), ["deal_id", "id"], unique=False
        )

    op.create_table(
        "deal_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_deal_line_deal_id")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_deal_line_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_line")),
    )
    with op.batch_alter_table("deal_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deal_line_deal_id"), ["deal_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deal_line_product_id"), ["product_id"], unique=False)

    op.create_table(
        "deal_reach",
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reached_at", sa.DateTime(), nullable=True),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_deal_reach_currency_length")),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_deal_reach_deal_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_deal_reach_owner_id")),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_deal_reach_stage_id")),
        sa.PrimaryKeyConstraint("deal_id", "stage_id", name=op.f("pk_deal_reach")),
    )
    with op.batch_alter_table("deal_reach", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_deal_reach_owner_id_stage_id_reached_on"),
            ["owner_id", "stage_id", "reached_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_deal_reach_stage_id_reached_on"),
            ["stage_id", "reached_on"],
            unique=False,
        )

    op.create_table(
        "deal_state",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_at", sa.DateTime(), nullable=False),
        sa.Column("to_at", sa.DateTime(), nullable=False),
        sa.Column("is_dated", sa.Boolean(), nullable=False),
        sa.Column(
            "pipeline_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("stage_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage_kind", sa.String(length=8), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "credited_owner_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "territory_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("expected_close_on", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("from_at < to_at", name=op.f("ck_deal_state_starts_before_it_ends")),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_deal_state_currency_length")),
        sa.CheckConstraint("length(stage_kind) <= 8", name=op.f("ck_deal_state_stage_kind_length")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_deal_state_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["credited_owner_id"], ["person.id"], name=op.f("fk_deal_state_credited_owner_id")
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name=op.f("fk_deal_state_deal_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_deal_state_owner_id")),
        sa.ForeignKeyConstraint(
            ["pipeline_id"], ["pipeline.id"], name=op.f("fk_deal_state_pipeline_id")
        ),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_deal_state_stage_id")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_deal_state_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_state")),
        sa.UniqueConstraint("deal_id", "from_at", name=op.f("uq_deal_state_deal_id_from_at")),
    )
    with op.batch_alter_table("deal_state", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_deal_state_credited_owner_id_stage_kind_closed_on"),
            ["credited_owner_id", "stage_kind", "closed_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_deal_state_stage_kind_closed_on"),
            ["stage_kind", "closed_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_deal_state_to_at_from_at"), ["to_at", "from_at"], unique=False
        )

    op.create_table(
        "import_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("object", sa.String(length=80), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("is_local", sa.Boolean(), nullable=False),
        sa.CheckConstraint("length(field) <= 60", name=op.f("ck_import_change_field_length")),
        sa.CheckConstraint("length(object) <= 80", name=op.f("ck_import_change_object_length")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import.id"], name=op.f("fk_import_change_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_change")),
    )
    with op.batch_alter_table("import_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_change_import_id"), ["import_id"], unique=False)

    op.create_table(
        "import_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("stored_as", sa.String(length=80), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("recognised", sa.JSON(), nullable=False),
        sa.CheckConstraint("length(digest) <= 64", name=op.f("ck_import_file_digest_length")),
        sa.CheckConstraint("length(name) <= 200", name=op.f("ck_import_file_name_length")),
        sa.CheckConstraint("length(stored_as) <= 80", name=op.f("ck_import_file_stored_as_length")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import.id"], name=op.f("fk_import_file_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_file")),
    )
    with op.batch_alter_table("import_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_file_import_id"), ["import_id"], unique=False)

    op.create_table(
        "import_issue",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("column_name", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("is_refusal", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "length(column_name) <= 200", name=op.f("ck_import_issue_column_name_length")
        ),
        sa.CheckConstraint("length(file) <= 200", name=op.f("ck_import_issue_file_length")),
        sa.CheckConstraint("length(reason) <= 60", name=op.f("ck_import_issue_reason_length")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import.id"], name=op.f("fk_import_issue_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_issue")),
    )
    with op.batch_alter_table("import_issue", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_import_issue_import_id_is_refusal_id"),
            ["import_id", "is_refusal", "id"],
            unique=False,
        )

    op.create_table(
        "target",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kpi_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("team_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("period_kind", sa.String(length=8), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("set_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column(
            "answered_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (state = 'set')", name=op.f("ck_target_answered_when_not_set")
        ),
        sa.CheckConstraint(
            "state IN ('set', 'accepted', 'objected')", name=op.f("ck_target_state_is_known")
        ),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (team_id IS NULL)", name=op.f("ck_target_person_or_team")
        ),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_target_currency_length")),
        sa.CheckConstraint("length(period_kind) <= 8", name=op.f("ck_target_period_kind_length")),
        sa.CheckConstraint("length(state) <= 12", name=op.f("ck_target_state_length")),
        sa.CheckConstraint("period_start < period_end", name=op.f("ck_target_period_is_not_empty")),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_target_answered_by")),
        sa.ForeignKeyConstraint(["kpi_id"], ["kpi.id"], name=op.f("fk_target_kpi_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_target_person_id")),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_target_set_by")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_target_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
    )
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_target_person_id_period_start"),
            ["person_id", "period_start"],
            unique=False,
        )
        batch_op.create_index(
            "uq_target_person", ["kpi_id", "person_id", "period_start", "period_end"], unique=True
        )
        batch_op.create_index(
            "uq_target_team", ["kpi_id", "team_id", "period_start", "period_end"], unique=True
        )

    op.create_table(
        "target_answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('accept', 'object', 'comment')", name=op.f("ck_target_answer_kind_is_known")
        ),
        sa.CheckConstraint("length(kind) <= 12", name=op.f("ck_target_answer_kind_length")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_target_answer_by_id")),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_target_answer_target_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_answer")),
    )
    with op.batch_alter_table("target_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_target_answer_target_id"), ["target_id"], unique=False)

    op.create_table(
        "target_revision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("set_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_target_revision_set_by")),
        sa.ForeignKeyConstraint(
            ["target_id"], ["target.id"], name=op.f("fk_target_revision_target_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_revision")),
        sa.UniqueConstraint(
            "target_id", "revision", name=op.f("uq_target_revision_target_id_revision")
        ),
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("target_revision")
    with op.batch_alter_table("target_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_target_answer_target_id"))

    op.drop_table("target_answer")
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.drop_index("uq_target_team")
        batch_op.drop_index("uq_target_person")
        batch_op.drop_index(batch_op.f("ix_target_person_id_period_start"))

    op.drop_table("target")
    with op.batch_alter_table("import_issue", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_issue_import_id_is_refusal_id"))

    op.drop_table("import_issue")
    with op.batch_alter_table("import_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_file_import_id"))

    op.drop_table("import_file")
    with op.batch_alter_table("import_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_change_import_id"))

    op.drop_table("import_change")
    with op.batch_alter_table("deal_state", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deal_state_to_at_from_at"))
        batch_op.drop_index(batch_op.f("ix_deal_state_stage_kind_closed_on"))
        batch_op.drop_index(batch_op.f("ix_deal_state_credited_owner_id_stage_kind_closed_on"))

    op.drop_table("deal_state")
    with op.batch_alter_table("deal_reach", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deal_reach_stage_id_reached_on"))
        batch_op.drop_index(batch_op.f("ix_deal_reach_owner_id_stage_id_reached_on"))

    op.drop_table("deal_reach")
    with op.batch_alter_table("deal_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deal_line_product_id"))
        batch_op.drop_index(batch_op.f("ix_deal_line_deal_id"))

    op.drop_table("deal_line")
    with op.batch_alter_table("deal_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deal_event_deal_id_id"))

    op.drop_table("deal_event")
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_posting_office_id_start_on_end_on"))

    op.drop_table("posting")
    op.drop_table("pack_sign_off")
    op.drop_table("kpi")
    op.drop_table("import")
    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deal_territory_id"))
        batch_op.drop_index(batch_op.f("ix_deal_stage_id_closed_on"))
        batch_op.drop_index(batch_op.f("ix_deal_product_id"))
        batch_op.drop_index(batch_op.f("ix_deal_owner_id_stage_id"))
        batch_op.drop_index(batch_op.f("ix_deal_closed_on"))
        batch_op.drop_index(batch_op.f("ix_deal_account_id"))

    op.drop_table("deal")
    with op.batch_alter_table("territory_assignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_territory_assignment_territory_id_start_on_end_on"))

    op.drop_table("territory_assignment")
    with op.batch_alter_table("team_head", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_head_team_id_start_on_end_on"))

    op.drop_table("team_head")
    op.drop_table("stage")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_person_id"))

    op.drop_table("sign_in")
    op.drop_table("role_proposal")
    op.drop_table("role_grant")
    with op.batch_alter_table("review_pack", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_pack_person_id_issued_at"))

    op.drop_table("review_pack")
    with op.batch_alter_table("reporting_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reporting_line_manager_id_start_on_end_on"))

    op.drop_table("reporting_line")
    with op.batch_alter_table("one_time_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_one_time_token_person_id"))

    op.drop_table("one_time_token")
    with op.batch_alter_table("once", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_once_at"))

    op.drop_table("once")
    op.drop_table("office")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_team_id_start_on_end_on"))

    op.drop_table("membership")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_state_lease_until"))

    op.drop_table("job")
    op.drop_table("goal")
    op.drop_table("credential")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_person_id_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_object_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))

    op.drop_table("audit_entry")
    op.drop_table("territory")
    op.drop_table("team")
    with op.batch_alter_table("sign_in_try", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_try_counted_at"))

    op.drop_table("sign_in_try")
    op.drop_table("region")
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_product_name_key"))

    op.drop_table("product")
    op.drop_table("pipeline")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_name_key"))

    op.drop_table("person")
    op.drop_table("organisation")
    op.drop_table("holiday")
    with op.batch_alter_table("external_ref", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_external_ref_object_type_object_id"))

    op.drop_table("external_ref")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_name_key"))

    op.drop_table("account")
