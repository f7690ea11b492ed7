"""Targets: setting and revising them, and what their owners say."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from spm.adapters.database import LOCK
from spm.domain.access import Permission, Subject, may
from spm.domain.errors import Forbidden, NotFound
from spm.domain.ids import KpiId, PersonId, TargetId
from spm.domain.metrics.registry import Unit
from spm.domain.period import NamedPeriod
from spm.domain.targets import state as rules
from spm.domain.targets.kpi import Kpi, KpiState, NotActive, digits_of
from spm.domain.targets.state import AnswerKind, TargetState, require_words
from spm.domain.targets.target import NotForOwner, Owner, Target, TargetExists, check_value
from spm.models.targets import TargetAnswerRow, TargetRevisionRow, TargetRow
from spm.queries.targets import targets as queries
from spm.queries.targets.kpis import get_kpi
from spm.queries.targets.owners import find_standing
from spm.services.work import StaleEdit, Work

COMMENT_LENGTH = 4_000
RATIONALE_LENGTH = 4_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One person's or team's value in a plan; ``revision`` is the one that was seen, 0 for none."""

    owner: Owner
    value: Decimal
    revision: int = 0


@dataclass(frozen=True, slots=True)
class PeriodEntries:
    """The values of one period in a grid."""

    period: NamedPeriod
    entries: tuple[Entry, ...]


def set_target(
    work: Work, kpi_id: KpiId, owner: Owner, period: NamedPeriod, *, value: Decimal, rationale: str
) -> TargetId:
    """Set a target; return its id.

    Raises:
        NotFound: There is no such KPI, or no such owner in the actor's sight.
        Forbidden: The actor sets none for the owner; nobody sets his own.
        NotActive: The KPI is a draft or retired.
        NotForOwner: The KPI is for another team.
        TargetExists: One is set for exactly this; it can be revised.
        TargetOfZero, TargetTooFine, TargetTooLarge: The value cannot be one.
        WordsMissing: Without a rationale.
    """
    owner = _settable(work, owner)
    kpi = _usable(work, kpi_id, owner)
    check_value(value, _digits(work, kpi))
    require_words(rationale, "rationale")
    existing = queries.find_exact(work.session, work.organisation, kpi_id, owner, period.period)
    if existing is not None:
        raise TargetExists(id=existing.id, period=period.name, owner=existing.owner_name)
    row = TargetRow(
        kpi_id=kpi_id,
        person_id=owner.person_id,
        team_id=owner.team_id,
        period_kind=period.kind.value,
        period_start=period.period.start,
        period_end=period.period.end,
        value=value,
        currency=_currency(work, kpi),
        rationale=rationale,
        revision=1,
        set_at=work.now,
        set_by=work.actor.person_id,
        state=TargetState.SET.value,
    )
    work.session.add(row)
    work.session.flush()
    _keep_revision(work, row, reason="")
    work.record(
        Permission.TARGETS_SET, f"target:{row.id}", person_id=owner.person_id, after=_text(row)
    )
    return TargetId(row.id)


def revise_target(
    work: Work, target_id: TargetId, revision: int, *, value: Decimal, rationale: str, reason: str
) -> None:
    """Give a target another value or rationale; its owner is asked again.

    Raises:
        NotFound: No such target in the actor's sight.
        Forbidden: The actor sets none for its owner; nobody revises his own.
        StaleEdit: It was revised since ``revision``; carries both texts.
        WordsMissing, NothingRevised: It does not say why, or changes nothing.
        TargetOfZero, TargetTooFine, TargetTooLarge: The value cannot be one.
    """
    target, row = _locked(work, target_id)
    work.require(Permission.TARGETS_SET, target.subject)
    check_value(value, digits_of(target.unit, target.currency or work.organisation.currency))
    if row.revision != revision:
        yours = {"value": str(value), "rationale": rationale, "reason": reason}
        raise StaleEdit(theirs=_text(row), yours=yours)
    state = rules.revise(target.standing, revision, value, rationale, reason)
    before = _text(row)
    row.value, row.rationale = value, rationale
    row.revision += 1
    row.set_at, row.set_by = work.now, work.actor.person_id
    row.state, row.answered_at, row.answered_by = state.value, None, None
    _keep_revision(work, row, reason)
    work.record(
        Permission.TARGETS_SET,
        f"target:{target_id}",
        person_id=target.owner.person_id,
        before=before,
        after=_text(row) | {"reason": reason},
    )


def plan_targets(
    work: Work,
    kpi_id: KpiId,
    period: NamedPeriod,
    entries: Sequence[Entry],
    *,
    rationale: str,
) -> tuple[TargetId, ...]:
    """Set or revise the targets of several owners in one act; return those that changed, in order.

    A value that is as it was is left alone. A revision's reason is the rationale.

    Raises:
        Everything that ``set_target`` and ``revise_target`` raise; then nothing is changed.
    """
    known = queries.exact(work.session, work.organisation, kpi_id, period.period)
    changed: list[TargetId] = []
    for entry in entries:
        target = known.get(Owner(entry.owner.person_id, entry.owner.team_id))
        if target is None:
            changed.append(
                set_target(
                    work, kpi_id, entry.owner, period, value=entry.value, rationale=rationale
                )
            )
        elif entry.value != target.value:
            revise_target(
                work,
                target.id,
                entry.revision,
                value=entry.value,
                rationale=rationale,
                reason=rationale,
            )
            changed.append(target.id)
    return tuple(changed)


def plan_periods(
    work: Work, kpi_id: KpiId, columns: Sequence[PeriodEntries], *, rationale: str
) -> tuple[TargetId, ...]:
    """Set or revise the targets of several owners in several periods; return those that changed.

    Raises:
        Everything that ``plan_targets`` raises; then nothing is changed in any period.
    """
    return tuple(
        target_id
        for column in columns
        for target_id in plan_targets(
            work, kpi_id, column.period, column.entries, rationale=rationale
        )
    )


def accept_target(work: Work, target_id: TargetId, revision: int) -> None:
    """Keep that the owner agrees.

    Raises:
        NotFound: No such target in the actor's sight.
        Forbidden: It is somebody else's.
        AlreadyAccepted, Superseded: It cannot be accepted as it stands.
    """
    target, row = _locked(work, target_id)
    by = _speaker(work, Permission.TARGETS_ACCEPT, target)
    _answer(work, row, rules.accept(target.standing, revision), by)
    _say(work, row, AnswerKind.ACCEPT, "", by)
    _record_answer(work, Permission.TARGETS_ACCEPT, target, row)


def object_to_target(work: Work, target_id: TargetId, revision: int, words: str) -> None:
    """Keep that the owner objects, and why.

    Raises:
        NotFound: No such target in the actor's sight.
        Forbidden: It is somebody else's.
        WordsMissing: Without words.
        AlreadyAccepted, AlreadyObjected, Superseded: It cannot be objected to as it stands.
    """
    target, row = _locked(work, target_id)
    by = _speaker(work, Permission.TARGETS_OBJECT, target)
    _answer(work, row, rules.object_to(target.standing, revision, words), by)
    _say(work, row, AnswerKind.OBJECT, words, by)
    _record_answer(work, Permission.TARGETS_OBJECT, target, row)


def comment_on_target(work: Work, target_id: TargetId, words: str) -> None:
    """Add a comment; it changes nothing else.

    Raises:
        NotFound: No such target in the actor's sight.
        Forbidden: The actor may read it but not speak.
        WordsMissing: Without words.
    """
    target, row = _locked(work, target_id)
    by = _speaker(work, Permission.TARGETS_COMMENT, target)
    require_words(words, "words")
    _say(work, row, AnswerKind.COMMENT, words, by)
    work.record(
        Permission.TARGETS_COMMENT,
        f"target:{target_id}",
        person_id=target.owner.person_id,
        after={"revision": row.revision},
    )


def _locked(work: Work, target_id: TargetId) -> tuple[Target, TargetRow]:
    """Return the target once nobody else can change it until this unit ends."""
    row = work.session.get(TargetRow, target_id, with_for_update=LOCK)
    target = queries.get_target(work.session, work.actor, work.organisation, target_id)
    if row is None:
        raise NotFound(what="target", id=target_id)
    return target, row


def _settable(work: Work, owner: Owner) -> Owner:
    """Return ``owner`` as it stands in the tree of teams, once it is clear that the actor may.

    Whose targets the actor may not even see does not exist for him.
    """
    standing = find_standing(work.session, owner, work.today)
    if standing is None or not _sees(work, standing.owner.subject):
        kind = "person" if owner.team_id is None else "team"
        raise NotFound(what=kind, id=owner.person_id or owner.team_id)
    work.require(Permission.TARGETS_SET, standing.owner.subject)
    return standing.owner


def _sees(work: Work, subject: Subject) -> bool:
    return may(work.actor, Permission.TARGETS_VIEW, subject)


def _usable(work: Work, kpi_id: KpiId, owner: Owner) -> Kpi:
    kpi = get_kpi(work.session, kpi_id)
    if kpi.state is not KpiState.ACTIVE:
        raise NotActive(state=kpi.state)
    team_id = kpi.measure.team_id
    standing = find_standing(work.session, owner, work.today)
    if team_id is not None and (standing is None or team_id not in standing.teams):
        raise NotForOwner(field="owner", kpi=kpi.name, team=kpi.team)
    return kpi


def _digits(work: Work, kpi: Kpi) -> int:
    return digits_of(kpi.unit or Unit.COUNT, work.organisation.currency)


def _currency(work: Work, kpi: Kpi) -> str | None:
    return work.organisation.currency if kpi.unit in {Unit.MONEY, Unit.MONEY_PER_DAY} else None


def _speaker(work: Work, permission: Permission, target: Target) -> PersonId:
    """Return who speaks; the command line is nobody and cannot."""
    work.require(permission, target.subject)
    if work.actor.person_id is None:
        raise Forbidden(permission=permission.value)
    return work.actor.person_id


def _answer(work: Work, row: TargetRow, state: TargetState, by: PersonId) -> None:
    row.state, row.answered_at, row.answered_by = state.value, work.now, by


def _say(work: Work, row: TargetRow, kind: AnswerKind, words: str, by: PersonId) -> None:
    work.session.add(
        TargetAnswerRow(
            target_id=row.id,
            revision=row.revision,
            kind=kind.value,
            words=words,
            by_id=by,
            at=work.now,
        )
    )
    work.session.flush()


def _record_answer(work: Work, act: Permission, target: Target, row: TargetRow) -> None:
    work.record(
        act,
        f"target:{target.id}",
        person_id=target.owner.person_id,
        before={"state": target.state.value},
        after={"state": row.state, "revision": row.revision},
    )


def _keep_revision(work: Work, row: TargetRow, reason: str) -> None:
    work.session.flush()
    work.session.add(
        TargetRevisionRow(
            target_id=row.id,
            revision=row.revision,
            value=row.value,
            rationale=row.rationale,
            reason=reason,
            set_at=row.set_at,
            set_by=row.set_by,
        )
    )
    work.session.flush()


def _text(row: TargetRow) -> dict[str, object]:
    return {
        "value": format(row.value, "f"),
        "currency": row.currency,
        "rationale": row.rationale,
        "revision": row.revision,
        "period": f"{row.period_start.isoformat()}..{row.period_end.isoformat()}",
    }
