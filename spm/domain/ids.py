"""Distinct types for primary keys, so that mypy refuses a swap."""

from typing import NewType

PersonId = NewType("PersonId", int)
TeamId = NewType("TeamId", int)
OfficeId = NewType("OfficeId", int)
RegionId = NewType("RegionId", int)
TerritoryId = NewType("TerritoryId", int)
PipelineId = NewType("PipelineId", int)
StageId = NewType("StageId", int)
AccountId = NewType("AccountId", int)
ProductId = NewType("ProductId", int)
DealId = NewType("DealId", int)
GoalId = NewType("GoalId", int)
KpiId = NewType("KpiId", int)
TargetId = NewType("TargetId", int)
PackId = NewType("PackId", int)
PackRunId = NewType("PackRunId", int)
ViewId = NewType("ViewId", int)
ImportId = NewType("ImportId", int)
JobId = NewType("JobId", int)
AuditId = NewType("AuditId", int)
