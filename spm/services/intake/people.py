"""Territories, people, who leads them, where they work."""

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from sqlalchemy import select

from spm.domain.access import Role
from spm.domain.errors import Invalid
from spm.domain.ids import PersonId
from spm.domain.intake.reasons import Reason
from spm.domain.intake.records import (
    NAME,
    ExternalKey,
    PersonRecord,
    Reference,
    TerritoryMemberRecord,
    TerritoryRecord,
)
from spm.domain.intake.schema import Kind
from spm.domain.organisation import Line, Span, changed, check_line, clean_email
from spm.domain.period import EVER, NEVER
from spm.domain.text import fold
from spm.models.organisation import (
    MembershipRow,
    OfficeRow,
    PersonRow,
    PostingRow,
    ReportingLineRow,
    RoleGrantRow,
    TeamHeadRow,
    TeamRow,
    TerritoryAssignmentRow,
)
from spm.services.intake.writing import Loading, Values, write_named


def load_territories(loading: Loading, records: Iterable[TerritoryRecord]) -> None:
    """Load territories, and the groups that they are part of as territories above them."""
    mapped = loading.binding.mapped
    groups: dict[str, int] = {}
    for record in records:
        values: dict[str, Any] = {"name": record.name}
        if "country" in mapped:
            values["country"] = record.country
        if "group" in mapped:
            values["parent_id"] = _group(loading, record, groups)
        write_named(loading, Kind.TERRITORY, record.line, record.keys, values)


def _group(loading: Loading, record: TerritoryRecord, groups: dict[str, int]) -> int | None:
    if not record.group or fold(record.group) == fold(record.name):
        return None
    if record.group not in groups:
        reference = Reference(
            Kind.TERRITORY, "group", record.group, loading.column("group"), may_create=True
        )
        key = ExternalKey("group", record.group)
        known = loading.refs.find(Kind.TERRITORY.value, key)
        if known is None:
            same = loading.refs.names(Kind.TERRITORY).folded.get(fold(record.group), set())
            object_id = min(same) if same else loading.make(reference)
            if same:
                loading.refs.add(Kind.TERRITORY.value, key, object_id)
            groups[record.group] = object_id
        else:
            groups[record.group] = known.object_id
    return groups[record.group]


def load_people(loading: Loading, records: Iterable[PersonRecord]) -> None:
    """Load people with their roles; then their managers, teams and offices."""
    people: list[tuple[PersonRecord, int]] = []
    emails: dict[str, int] = {}
    for record in records:
        values = _person_values(loading, record)
        if values is None:
            continue
        email = values.get("email_key")
        first = emails.setdefault(email, record.line) if email else record.line
        if first != record.line:
            loading.run.refuse(
                loading.binding,
                record.line,
                Reason.EMAIL_TAKEN,
                loading.column("email"),
                record.email or "",
                first=first,
            )
            continue
        person_id = write_named(loading, Kind.PERSON, record.line, record.keys, values)
        if person_id is not None:
            people.append((record, person_id))
    loading.refs.forget_emails()
    places = Places(loading)
    for record, person_id in people:
        places.grant(person_id, Role.REP)
        places.place(record, person_id)


def _person_values(loading: Loading, record: PersonRecord) -> Values | None:
    mapped = loading.binding.mapped
    values: dict[str, Any] = {"name": record.name}
    if "title" in mapped:
        values["title"] = record.title
    if "email" in mapped:
        try:
            email = clean_email(record.email) if record.email else None
        except Invalid:
            loading.run.refuse(
                loading.binding,
                record.line,
                Reason.NOT_AN_EMAIL,
                loading.column("email"),
                record.email or "",
            )
            return None
        values["email"] = email
        values["email_key"] = fold(email) if email else None
    return values


class Places:
    """Who reports to whom, is in which team and works where, as of today and from ever."""

    def __init__(self, loading: Loading) -> None:
        self._loading = loading
        self._session = loading.run.session
        self._roles = {
            (person_id, role)
            for person_id, role in self._session.execute(
                select(RoleGrantRow.person_id, RoleGrantRow.role)
            )
        }
        self._lines = _Spans(loading, ReportingLineRow, "manager_id")
        self._members = _Spans(loading, MembershipRow, "team_id")
        self._postings = _Spans(loading, PostingRow, "office_id")
        self._heads = set(
            self._session.execute(
                select(TeamHeadRow.team_id, TeamHeadRow.person_id).where(
                    TeamHeadRow.end_on == NEVER
                )
            ).tuples()
        )
        self._teams: dict[int, int] = {}
        self._offices: dict[str, int] = {}

    def grant(self, person_id: int, role: Role) -> None:
        """Give somebody a role, once."""
        if (person_id, role.value) not in self._roles:
            self._roles.add((person_id, role.value))
            self._session.add(
                RoleGrantRow(
                    person_id=person_id,
                    role=role.value,
                    granted_at=self._loading.run.work.now,
                    granted_by=self._loading.run.work.actor.person_id,
                )
            )

    def place(self, record: PersonRecord, person_id: int) -> None:
        """Put somebody under his manager, into the team and to the office."""
        mapped = self._loading.binding.mapped
        if "manager" in mapped and record.manager is not None:
            self._manage(record, person_id, record.manager)
        if "office" in mapped and record.office:
            self._postings.set(person_id, self._office(record.office))

    def _manage(self, record: PersonRecord, person_id: int, reference: Reference) -> None:
        manager_id = self._loading.resolve(record.line, reference)
        if manager_id is None or manager_id == person_id:
            return
        try:
            if self._lines.leads_to(manager_id, person_id):
                check_line(self._lines.all(), PersonId(person_id), Span(manager_id, EVER, NEVER))
        except Invalid:
            self._loading.run.refuse(
                self._loading.binding,
                record.line,
                Reason.MANAGER_BELOW,
                reference.column,
                reference.key,
            )
            return
        self.grant(manager_id, Role.MANAGER)
        self._lines.set(person_id, manager_id)
        if self._loading.binding.table.team_per_manager:
            self._members.set(person_id, self._team(manager_id, reference.key))

    def _team(self, manager_id: int, manager: str) -> int:
        """The team that a manager leads; it bears the manager's name."""
        if manager_id not in self._teams:
            self._teams[manager_id] = self._found_team(manager_id, manager)
        return self._teams[manager_id]

    def _found_team(self, manager_id: int, manager: str) -> int:
        refs, key = self._loading.refs, ExternalKey("manager", manager)
        known = refs.find("team", key)
        if known is not None:
            return known.object_id
        name = self._session.get_one(PersonRow, manager_id).name[:120]
        row = self._session.scalar(select(TeamRow).where(TeamRow.name_key == fold(name)))
        if row is None:
            row = TeamRow(name=name, name_key=fold(name))
            self._session.add(row)
            self._session.flush([row])
            self._loading.run.tally("team").created += 1
        refs.add("team", key, row.id)
        if (row.id, manager_id) not in self._heads:
            self._heads.add((row.id, manager_id))
            self._session.add(
                TeamHeadRow(
                    person_id=manager_id,
                    team_id=row.id,
                    start_on=EVER,
                    end_on=NEVER,
                    recorded_at=self._loading.run.work.now,
                )
            )
        return row.id

    def _office(self, name: str) -> int:
        if name not in self._offices:
            self._offices[name] = self._found_office(name)
        return self._offices[name]

    def _found_office(self, name: str) -> int:
        refs, key = self._loading.refs, ExternalKey(NAME, name)
        known = refs.find("office", key)
        if known is not None:
            return known.object_id
        row = self._session.scalar(select(OfficeRow).where(OfficeRow.name_key == fold(name)))
        if row is None:
            row = OfficeRow(name=name, name_key=fold(name))
            self._session.add(row)
            self._session.flush([row])
            self._loading.run.tally("office").created += 1
        refs.add("office", key, row.id)
        return row.id


DatedRow = ReportingLineRow | MembershipRow | PostingRow


class _Spans:
    """One effective-dated fact about everybody: one at a time per person."""

    def __init__(self, loading: Loading, model: type[DatedRow], target: str) -> None:
        self._loading = loading
        self._model = model
        self._target = target
        self._known: dict[int, list[DatedRow]] = {}
        for row in cast("Iterable[DatedRow]", loading.run.session.scalars(select(model))):
            self._known.setdefault(row.person_id, []).append(row)

    def all(self) -> list[Line]:
        """Return all facts as lines from a person to a target."""
        return [
            Line(PersonId(row.person_id), getattr(row, self._target), row.start_on, row.end_on)
            for rows in self._known.values()
            for row in rows
        ]

    def leads_to(self, person_id: int, target_id: int) -> bool:
        """Return whether the facts, of whatever days, lead from a person to a target."""
        met, waiting = {person_id}, [person_id]
        while waiting:
            for row in self._known.get(waiting.pop(), ()):
                above = getattr(row, self._target)
                if above not in met:
                    met.add(above)
                    waiting.append(above)
        return target_id in met

    def set(self, person_id: int, target_id: int) -> None:
        """Let a fact hold: from ever if it is the first one, else from today if it is another."""
        run, rows = self._loading.run, self._known.setdefault(person_id, [])
        today = run.work.today
        spans = [Span(getattr(row, self._target), row.start_on, row.end_on) for row in rows]
        now = next((span for span in spans if span.covers(today)), None)
        if now is not None and now.target_id == target_id:
            return
        since = today if spans else EVER
        if spans:
            run.change(
                f"person:{person_id}",
                self._target,
                now.target_id if now else None,
                target_id,
                is_local=False,
            )
        self._replace(person_id, changed(spans, since, target_id))

    def _replace(self, person_id: int, spans: Iterable[Span]) -> None:
        session = self._loading.run.session
        wanted = {(span.target_id, span.start_on): span.end_on for span in spans}
        kept: list[DatedRow] = []
        for row in self._known[person_id]:
            end_on = wanted.pop((getattr(row, self._target), row.start_on), None)
            if end_on is None:
                session.delete(row)
                continue
            if row.end_on != end_on:
                row.end_on = end_on
            kept.append(row)
        session.flush()
        for (target_id, start_on), end_on in wanted.items():
            row = self._new(person_id, target_id, start_on, end_on)
            session.add(row)
            kept.append(row)
        self._known[person_id] = kept

    def _new(self, person_id: int, target_id: int, start_on: date, end_on: date) -> DatedRow:
        facts: dict[str, Any] = {self._target: target_id}
        return self._model(
            person_id=person_id,
            start_on=start_on,
            end_on=end_on,
            recorded_at=self._loading.run.work.now,
            **facts,
        )


def load_members(loading: Loading, records: Iterable[TerritoryMemberRecord]) -> None:
    """Load who works which territory, from ever; what is there stays as it is."""
    session, run = loading.run.session, loading.run
    known = set(
        session.execute(
            select(TerritoryAssignmentRow.person_id, TerritoryAssignmentRow.territory_id).where(
                TerritoryAssignmentRow.end_on > run.work.today
            )
        ).tuples()
    )
    tally = run.tally(Kind.TERRITORY_MEMBER.value)
    for record in records:
        person_id = loading.resolve(record.line, record.person)
        territory_id = loading.resolve(record.line, record.territory)
        if person_id is None or territory_id is None:
            continue
        if (person_id, territory_id) in known:
            tally.unchanged += 1
            continue
        known.add((person_id, territory_id))
        tally.created += 1
        session.add(
            TerritoryAssignmentRow(
                person_id=person_id,
                territory_id=territory_id,
                start_on=EVER,
                end_on=NEVER,
                recorded_at=run.work.now,
            )
        )
