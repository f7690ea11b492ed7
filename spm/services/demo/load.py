"""Fill an empty database with the demo company."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from spm.domain.access import Permission, Role
from spm.domain.errors import Conflict
from spm.domain.ids import AuditId, DealId, KpiId, PersonId, TargetId
from spm.domain.metrics.registry import METRICS, MetricId
from spm.domain.organisation import Organisation
from spm.domain.period import EVER, NEVER, NamedPeriod
from spm.domain.text import fold
from spm.models.moves import MoveProposalRow
from spm.models.organisation import (
    MembershipRow,
    OfficeRow,
    OrganisationRow,
    PersonRow,
    PostingRow,
    RegionRow,
    ReportingLineRow,
    RoleGrantRow,
    TeamHeadRow,
    TeamRow,
    TerritoryAssignmentRow,
    TerritoryRow,
)
from spm.models.pipeline import (
    AccountRow,
    DealEventRow,
    DealLineRow,
    DealRow,
    PipelineRow,
    ProductRow,
    SavedViewRow,
    StageRow,
)
from spm.models.targets import GoalRow, KpiRow, TargetAnswerRow, TargetRevisionRow, TargetRow
from spm.queries.organisation.actor import get_actor
from spm.services.demo import market, people, plan
from spm.services.pipeline.history import store
from spm.services.targets import targets as target_services
from spm.services.targets.kpis import ensure_won_revenue_kpi
from spm.services.work import Work

RAMP = timedelta(days=120)
"""Deals begin so long before the first quarter with targets, or that quarter would start empty."""


class NotEmpty(Conflict):
    """The demo company goes into a new database only."""

    code = "demo.not-empty"


def is_empty(session: Session) -> bool:
    """Return whether nobody is there yet."""
    return session.scalar(select(PersonRow.id).limit(1)) is None


def fill(work: Work) -> None:
    """Fill an empty database with the demo company, as it is on the day of ``work``.

    Raises:
        NotEmpty: Somebody is there already.
    """
    _Loader(work).fill()


class _Loader:
    """One filling: what was made so far, by name."""

    def __init__(self, work: Work, seed: int = plan.SEED) -> None:
        """Work on ``work``; the same ``seed`` and day make the same company."""
        self.organisation = Organisation(
            people.NAME, people.TIME_ZONE, people.CURRENCY, 1, "en", is_set_up=True
        )
        self.work = replace(work, organisation=self.organisation)
        self.chance = random.Random(seed)
        self.people: dict[str, int] = {}
        self.teams: dict[str, int] = {}
        self.territories: dict[str, int] = {}
        self.accounts: dict[str, int] = {}
        self.products: dict[str, int] = {}
        self.stages: dict[str, int] = {}
        self.pipeline_id = 0

    def fill(self) -> None:
        """Make everything; one act, one audit entry.

        Raises:
            NotEmpty: Somebody is there already.
        """
        session = self.work.session
        if not is_empty(session):
            raise NotEmpty
        today = self.work.today
        careers = plan.careers(today, self.chance)
        act_id = self.work.record(
            Permission.SET_UP, "organisation:1", after={"name": people.NAME, "is_demo": True}
        )
        self._organisation(careers)
        self._market()
        self._deals(careers, act_id)
        self._targets(careers, plan.quarters(today))
        self._views()
        self._moves()

    def _add(self, rows: Iterable[object]) -> None:
        self.work.session.add_all(rows)
        self.work.session.flush()

    def _organisation(self, careers: Sequence[plan.Career]) -> None:
        session = self.work.session
        row = session.get(OrganisationRow, 1) or OrganisationRow(id=1)
        row.name, row.time_zone, row.currency = people.NAME, people.TIME_ZONE, people.CURRENCY
        row.fiscal_start_month, row.locale = 1, "en"
        row.is_fiscal_start_chosen = row.is_set_up = True
        row.requires_target_approval = False
        self._add([row])
        regions = {name: RegionRow(name=name, name_key=fold(name)) for name in ("Europe", "Asia")}
        self._add(regions.values())
        offices = {
            name: OfficeRow(name=name, name_key=fold(name), region_id=regions[region].id)
            for name, region in people.OFFICES.items()
        }
        self._add(offices.values())
        for group in people.DIRECTORS:
            self._team(group, None)
            self._territory(group, None)
        for crew in people.CREWS:
            self._team(crew.name, crew.parent)
            self._territory(crew.territory, crew.parent)
        everybody = [*people.STAFF, *people.DIRECTORS.values(), *(c.head for c in people.CREWS)]
        for somebody in everybody:
            self._person(somebody, None)
        executive = self.people[people.STAFF[0].mailbox]
        for group, director in people.DIRECTORS.items():
            self._lead(director, group, executive)
        for crew in people.CREWS:
            director = people.DIRECTORS[crew.parent]
            self._lead(crew.head, crew.name, self.people[director.mailbox])
            self._add([self._dated(PostingRow, crew.head, office_id=offices[crew.office].id)])
        for career in careers:
            left_on = None if career.end == NEVER else career.end
            self._person(career.somebody, left_on)
            for crew, spell in career.spells:
                start = EVER if spell == career.spells[0][1] and not _is_late(career) else None
                dates = {"start_on": start or spell.start, "end_on": spell.end}
                who = career.somebody
                self._add(
                    (
                        self._dated(MembershipRow, who, team_id=self.teams[crew.name], **dates),
                        self._dated(
                            ReportingLineRow,
                            who,
                            manager_id=self.people[crew.head.mailbox],
                            **dates,
                        ),
                        self._dated(PostingRow, who, office_id=offices[crew.office].id, **dates),
                        self._dated(
                            TerritoryAssignmentRow,
                            who,
                            territory_id=self.territories[crew.territory],
                            **dates,
                        ),
                    )
                )

    def _dated(self, kind: Callable[..., object], who: people.Somebody, **values: object) -> object:
        return kind(person_id=self.people[who.mailbox], recorded_at=self.work.now, **values)

    def _team(self, name: str, parent: str | None) -> None:
        row = TeamRow(
            name=name, name_key=fold(name), parent_id=self.teams[parent] if parent else None
        )
        self._add([row])
        self.teams[name] = row.id

    def _territory(self, name: str, parent: str | None) -> None:
        parent_id = self.territories[parent] if parent else None
        row = TerritoryRow(name=name, name_key=fold(name), parent_id=parent_id)
        self._add([row])
        self.territories[name] = row.id

    def _person(self, somebody: people.Somebody, left_on: date | None) -> None:
        email = people.email_of(somebody)
        row = PersonRow(
            name=somebody.name,
            name_key=fold(somebody.name),
            email=email,
            email_key=fold(email),
            title=somebody.title,
            left_on=left_on,
            created_at=self.work.now,
        )
        self._add([row])
        self.people[somebody.mailbox] = row.id
        self._add(
            RoleGrantRow(person_id=row.id, role=role.value, granted_at=self.work.now)
            for role in somebody.roles
        )

    def _lead(self, head: people.Somebody, team: str, manager_id: int) -> None:
        self._add(
            (
                self._dated(TeamHeadRow, head, team_id=self.teams[team]),
                self._dated(ReportingLineRow, head, manager_id=manager_id),
            )
        )

    def _market(self) -> None:
        pipeline = PipelineRow(
            name="New business",
            name_key="new business",
            description="From the first contact to the signature.",
        )
        self._add([pipeline])
        self.pipeline_id = pipeline.id
        for position, (name, kind, chance_bp, days, entry, leave) in enumerate(STAGES, start=1):
            stage = StageRow(
                pipeline_id=pipeline.id,
                position=position,
                name=name,
                name_key=fold(name),
                kind=kind,
                probability_bp=chance_bp,
                expected_days=days,
                entry_criteria=entry,
                exit_criteria=leave,
                is_gated=name in GATED,
            )
            self._add([stage])
            self.stages[name] = stage.id
        for name, family, price, _weight in market.PRODUCTS:
            product = ProductRow(
                name=name,
                name_key=fold(name),
                family=family,
                list_price_minor=price * 100,
                currency=people.CURRENCY,
            )
            self._add([product])
            self.products[name] = product.id
        for territory, names in market.ACCOUNTS.items():
            rows = [AccountRow(name=n, name_key=fold(n), country=territory) for n in names]
            self._add(rows)
            self.accounts |= {row.name: row.id for row in rows}

    def _deals(self, careers: Sequence[plan.Career], act_id: AuditId) -> None:
        zone = self.organisation.time_zone
        deals: list[dict[str, object]] = []
        stories: list[tuple[plan.Career, people.Crew, market.Story]] = []
        for career in careers:
            for crew, spell in career.spells:
                start = spell.start - (timedelta() if _is_late(career) else RAMP)
                until = self.work.now
                if spell.end != NEVER:
                    until = min(until, self.organisation.start_of(spell.end))
                sold = market.Market(self.chance, crew.territory, zone)
                stories += [(career, crew, s) for s in sold.stories(career.seller, start, until)]
        for number, (career, _crew, story) in enumerate(stories):
            name = f"{story.account} · {story.product}"
            deals.append(
                {
                    "name": name,
                    "name_key": fold(name),
                    "pipeline_id": self.pipeline_id,
                    "stage_id": self.stages[market.STAGES[0]],
                    "owner_id": self.people[career.somebody.mailbox],
                    "product_id": self.products[story.product],
                    "currency": people.CURRENCY,
                    "lead_source": story.source,
                    "next_step": story.next_step,
                    "loss_reason": story.loss_reason,
                    "loss_notes": market.loss_notes(story.loss_reason, number),
                    "created_at": story.steps[0].at + timedelta(microseconds=number % 1000),
                }
            )
        deal_ids = self.work.session.scalars(
            insert(DealRow).returning(DealRow.id, sort_by_parameter_order=True), deals
        ).all()
        events = [
            self._event(deal_id, career, crew, story, step, act_id)
            for deal_id, (career, crew, story) in zip(deal_ids, stories, strict=True)
            for step in story.steps
        ]
        self.work.session.execute(insert(DealEventRow), events)
        self._lines(deal_ids, [story for _career, _crew, story in stories])
        store(self.work.session, [DealId(deal_id) for deal_id in deal_ids])

    def _lines(self, deal_ids: Sequence[int], stories: Sequence[market.Story]) -> None:
        """Make up each ninth deal of two lines: the product at a discount, and something that goes with it."""
        names = list(self.products)
        for deal_id, story in list(zip(deal_ids, stories, strict=True))[::9]:
            said = [(step.at, step.amount) for step in story.steps if step.amount is not None]
            if not said:
                continue
            whole = (said[-1][1] or 0) * 100
            # The lines are what the deal came to last; before, it was worth something else as a whole.
            changes = [n for n in range(1, len(said)) if said[n][1] != said[n - 1][1]]
            begins = said[changes[-1]][0] if changes else None
            first = whole * 4 // 5
            beside = names[(names.index(story.product) + 1) % len(names)]
            self._add(
                [
                    DealLineRow(
                        deal_id=deal_id,
                        product_id=self.products[name],
                        quantity=Decimal(1),
                        unit_price_minor=price,
                        amount_minor=amount,
                        from_at=begins,
                    )
                    for name, price, amount in (
                        (story.product, first * 10 // 9, first),
                        (beside, whole - first, whole - first),
                    )
                ]
            )

    def _event(
        self,
        deal_id: int,
        career: plan.Career,
        crew: people.Crew,
        story: market.Story,
        step: market.Step,
        act_id: AuditId,
    ) -> dict[str, object]:
        is_first = step.kind == "created"
        owner_id = self.people[career.somebody.mailbox]
        return {
            "deal_id": deal_id,
            "kind": step.kind,
            "occurred_at": step.at,
            "occurred_on": self.organisation.business_date(step.at),
            "recorded_at": step.at,
            "actor_id": owner_id,
            "act_id": act_id,
            "stage_id": self.stages[step.stage] if step.stage else None,
            "amount_minor": None if step.amount is None else step.amount * 100,
            "currency": None if step.amount is None else people.CURRENCY,
            "expected_close_on": step.expected_close_on,
            "owner_id": owner_id if is_first else None,
            "account_id": self.accounts[story.account] if is_first else None,
            "territory_id": self.territories[crew.territory] if is_first else None,
            "reason": step.reason,
        }

    def _targets(self, careers: Sequence[plan.Career], quarters: Sequence[NamedPeriod]) -> None:
        revenue = ensure_won_revenue_kpi(self.work.session, self.work.now)
        goal = GoalRow(
            name="Grow revenue by 8 % a year",
            name_key="grow revenue by 8 % a year",
            description="Set by the board. More qualified opportunities, better conversion.",
        )
        self._add([goal])
        qualified = self._kpi("qualified_deals", "Qualified opportunities", "Qualification", goal)
        offers = self._kpi("proposals", "Proposals made", "Proposal", goal)
        cycle = self._figure("cycle", "Sales cycle", MetricId.SALES_CYCLE_DAYS, goal)
        size = self._figure("deal_size", "Average deal size", MetricId.AVERAGE_DEAL_SIZE, goal)
        self._weigh({revenue: 60, qualified: 15, offers: 15, cycle: 10})
        self.work.session.get_one(KpiRow, size).range_low = plan.SIZES[0]
        self.work.session.get_one(KpiRow, size).range_high = plan.SIZES[1]
        team_totals: dict[tuple[KpiId, str, NamedPeriod], Decimal] = {}
        for nth, quarter in enumerate(quarters):
            is_recent = nth >= len(quarters) - 3
            for career in careers:
                if not (career.start < quarter.period.end and quarter.period.start < career.end):
                    continue
                crew = career.spells[-1][0]
                wanted = [(revenue, plan.quota(career, nth, self.chance))]
                if is_recent:
                    wanted += [
                        (qualified, plan.stage_quota(career, 0.6)),
                        (offers, plan.stage_quota(career, 0.4)),
                        (cycle, plan.CYCLE_DAYS),
                    ]
                for kpi_id, value in wanted:
                    self._target(kpi_id, career, crew, quarter, value)
                    key = (kpi_id, crew.name, quarter)
                    team_totals[key] = team_totals.get(key, Decimal(0)) + value
        self._targets_of_teams(revenue, cycle, team_totals)
        self._answers(careers, quarters)

    def _targets_of_teams(
        self,
        revenue: KpiId,
        cycle: KpiId,
        asked_of_people: Mapping[tuple[KpiId, str, NamedPeriod], Decimal],
    ) -> None:
        """A team is asked for a little less revenue than its people, a group for less than its teams.

        At the stages the groups have no target of their own, so that a page without one can be seen.
        """
        parents = {crew.name: crew.parent for crew in people.CREWS}
        groups: dict[tuple[str, NamedPeriod], Decimal] = {}
        for (kpi_id, team, quarter), total in asked_of_people.items():
            if kpi_id == cycle:
                self._team_target(kpi_id, team, quarter, plan.CYCLE_DAYS)
                continue
            if kpi_id != revenue:
                self._team_target(kpi_id, team, quarter, total)
                continue
            asked = Decimal(round(total * Decimal("0.95") / 10_000) * 10_000)
            self._team_target(kpi_id, team, quarter, asked)
            above = (parents[team], quarter)
            groups[above] = groups.get(above, Decimal(0)) + asked
        for (group, quarter), total in groups.items():
            asked = Decimal(round(total * Decimal("0.96") / 50_000) * 50_000)
            self._team_target(revenue, group, quarter, asked)

    def _kpi(self, key: str, name: str, stage: str, goal: GoalRow) -> KpiId:
        row = KpiRow(
            key=key,
            name=name,
            state="active",
            specific=f"Deals that reach {stage} or a stage beyond it for the first time.",
            metric="deals_reaching_stage",
            stage_id=self.stages[stage],
            unit="count",
            direction="up",
            attainable_note="Checked against each rep's last eight quarters.",
            attainable_confirmed_at=self.work.now,
            goal_id=goal.id,
            relevance="What closes next quarter is qualified in this one.",
            period_kind="quarter",
            activated_at=self.work.now,
        )
        self._add([row])
        return KpiId(row.id)

    def _figure(self, key: str, name: str, metric: MetricId, goal: GoalRow) -> KpiId:
        """A KPI of a figure that does not add up: one to keep low, one to keep within a range."""
        defined = METRICS[metric]
        row = KpiRow(
            key=key,
            name=name,
            state="active",
            specific=defined.summary,
            metric=metric.value,
            unit=defined.unit.value if defined.unit else None,
            direction=defined.direction.value,
            attainable_note="Checked against each rep's last eight quarters.",
            attainable_confirmed_at=self.work.now,
            goal_id=goal.id,
            relevance="Deals that take long or are given away cost the quarter.",
            period_kind="quarter",
            activated_at=self.work.now,
        )
        self._add([row])
        return KpiId(row.id)

    def _weigh(self, percent: Mapping[KpiId, int]) -> None:
        for kpi_id, weight in percent.items():
            self.work.session.get_one(KpiRow, kpi_id).weight_bp = weight * 100

    def _target(
        self,
        kpi_id: KpiId,
        career: plan.Career,
        crew: people.Crew,
        quarter: NamedPeriod,
        value: Decimal,
    ) -> None:
        """A rep's target, set by the head of the team before the quarter and accepted in past ones."""
        owner_id = self.people[career.somebody.mailbox]
        set_at = min(self._moment(quarter.period.start - timedelta(days=12)), self.work.now)
        answered_at = self._moment(quarter.period.start - timedelta(days=5))
        is_past = quarter.period.end <= self.work.today
        row = self._row(kpi_id, quarter, value, set_at, self.people[crew.head.mailbox])
        row.person_id = owner_id
        if is_past:
            row.state, row.answered_at, row.answered_by = "accepted", answered_at, owner_id
        self._keep(row)
        if is_past:
            self._add(
                [
                    TargetAnswerRow(
                        target_id=row.id, revision=1, kind="accept", by_id=owner_id, at=answered_at
                    )
                ]
            )

    def _team_target(self, kpi_id: KpiId, team: str, quarter: NamedPeriod, value: Decimal) -> None:
        set_at = min(self._moment(quarter.period.start - timedelta(days=20)), self.work.now)
        operations = self.people[people.STAFF[1].mailbox]
        row = self._row(kpi_id, quarter, value, set_at, operations)
        row.team_id = self.teams[team]
        self._keep(row)

    def _row(
        self, kpi_id: KpiId, quarter: NamedPeriod, value: Decimal, set_at: datetime, by: int
    ) -> TargetRow:
        is_money = value > 1000
        return TargetRow(
            kpi_id=kpi_id,
            period_kind=quarter.kind.value,
            period_start=quarter.period.start,
            period_end=quarter.period.end,
            value=value,
            currency=people.CURRENCY if is_money else None,
            rationale=(
                RATIONALE
                if is_money
                else CYCLE_RATIONALE
                if value == plan.CYCLE_DAYS
                else STAGE_RATIONALE
            ),
            revision=1,
            set_at=set_at,
            set_by=by,
            state="set",
        )

    def _keep(self, row: TargetRow) -> None:
        self._add([row])
        self._add(
            [
                TargetRevisionRow(
                    target_id=row.id,
                    revision=1,
                    value=row.value,
                    rationale=row.rationale,
                    set_at=row.set_at,
                    set_by=row.set_by,
                )
            ]
        )

    def _answers(self, careers: Sequence[plan.Career], quarters: Sequence[NamedPeriod]) -> None:
        """Let the reps answer this quarter's targets as people do: most accept, a few object."""
        session = self.work.session
        present = quarters[-2]
        for number, career in enumerate(careers):
            owner_id = PersonId(self.people[career.somebody.mailbox])
            if career.end != NEVER:
                continue
            rows = session.scalars(
                select(TargetRow)
                .where(TargetRow.person_id == owner_id)
                .where(TargetRow.period_start == present.period.start)
                .order_by(TargetRow.id)
            ).all()
            answered_at = self._moment(present.period.start + timedelta(days=2))
            actor = get_actor(session, owner_id, self.work.today)
            as_rep = replace(self.work, actor=actor, now=answered_at)
            for place, row in enumerate(rows):
                target_id = TargetId(row.id)
                if number % 10 == 4 and place == 0:
                    target_services.object_to_target(as_rep, target_id, 1, OBJECTION)
                elif number % 10 != 7 or place == 0:
                    target_services.accept_target(as_rep, target_id, 1)

    def _views(self) -> None:
        """A list that the head of the first team keeps for it."""
        crew = people.CREWS[0]
        name = "Large and late"
        view = SavedViewRow(
            owner_id=self.people[crew.head.mailbox],
            name=name,
            name_key=fold(name),
            question="status=open&concern=overdue&amount_from=5000&sort=-amount",
            team_id=self.teams[crew.name],
        )
        self._add([view])

    def _moves(self) -> None:
        """What heads of teams proposed: one waits, one was declined."""
        first, second = people.CREWS[0], people.CREWS[1]
        decider = next(
            self.people[one.mailbox] for one in people.STAFF if Role.OPERATIONS in one.roles
        )
        for crew, to, reason, words in (
            (first, second, "Half of the accounts are theirs already, and a commute less.", ""),
            (second, first, "We are nine, they are seven.", "After the quarter; ask again then."),
        ):
            self._add(
                [
                    MoveProposalRow(
                        person_id=self.people[crew.reps[1].mailbox],
                        team_id=self.teams[to.name],
                        manager_id=self.people[to.head.mailbox],
                        from_on=self.work.today + timedelta(days=12),
                        reason=reason,
                        state="declined" if words else "open",
                        proposed_by=self.people[crew.head.mailbox],
                        proposed_at=self.work.now - timedelta(days=9 if words else 2),
                        decided_by=decider if words else None,
                        decided_at=self.work.now - timedelta(days=7) if words else None,
                        words=words,
                    )
                ]
            )

    def _moment(self, day: date) -> datetime:
        return self.organisation.start_of(day) + timedelta(hours=10)


def _is_late(career: plan.Career) -> bool:
    """Whether somebody came while the others were there already: no deals from before."""
    return career.somebody is CREW_LATE.get(career.spells[0][0].name)


CREW_LATE = {crew.name: crew.reps[9] for crew in people.CREWS[1:]}

RATIONALE = (
    "Your last four quarters plus 2 % for the season, rounded. The territory has the accounts for it: "
    "three times the amount was open at the end of last quarter."
)
STAGE_RATIONALE = "What the revenue target needs at your own conversion of the last four quarters."
CYCLE_RATIONALE = (
    "What the better half of us needed last year, from the first step to the signature."
)
OBJECTION = (
    "Two of my largest accounts have frozen their budgets until spring. "
    "I can carry nine tenths of this; can we talk about the rest?"
)

STAGES = (
    ("Prospecting", "open", 1000, 14, "A named contact", "The need is stated by the customer"),
    ("Qualification", "open", 2500, 21, "A stated need", "Budget and date are known"),
    ("Proposal", "open", 5000, 28, "Budget and date are known", "The offer was discussed"),
    ("Decision", "open", 7500, 21, "The offer was discussed", "Somebody with a mandate decided"),
    ("Won", "won", 10000, None, "Signed order", ""),
    ("Lost", "lost", 0, None, "The reason is known", ""),
)
"""Name, kind, probability in basis points, expected days, entry and exit criteria."""

GATED = ("Decision",)
"""Where whoever moves a deal ticks that the criteria hold."""
