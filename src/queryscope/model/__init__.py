"""The ground: frozen dataclasses that everything else speaks in. Standard library only."""

from __future__ import annotations

from queryscope.model.advice import IndexAdvice, IndexKey, Refusal
from queryscope.model.allow import Allow, AllowedFinding
from queryscope.model.evidence import Evidence, Level, Measure
from queryscope.model.finding import (
    Confidence,
    EagerLoad,
    Edit,
    Fact,
    Finding,
    Fix,
    Location,
    Observation,
    Occurrence,
    Severity,
    Status,
    Trigger,
)
from queryscope.model.load import Load
from queryscope.model.models import Field, Model, ModelRelation, Models
from queryscope.model.plan import Insight, Plan, PlanNode, SkippedPlan
from queryscope.model.query import (
    RELATION_KINDS,
    Access,
    AccessKind,
    ClassSite,
    Frame,
    Query,
    QueryGroup,
    QuerySetSite,
)
from queryscope.model.report import Capture, Example, Report, Run, Shape, Verdict
from queryscope.model.schema import Column, Index, Schema, Table
from queryscope.model.trace import ConnectionEvent, ConnectionEventKind, Origin, OriginKind, Repeat, Trace

__all__ = [
    "RELATION_KINDS",
    "Access",
    "AccessKind",
    "Allow",
    "AllowedFinding",
    "Capture",
    "ClassSite",
    "Column",
    "Confidence",
    "ConnectionEvent",
    "ConnectionEventKind",
    "EagerLoad",
    "Edit",
    "Evidence",
    "Example",
    "Fact",
    "Field",
    "Finding",
    "Fix",
    "Frame",
    "Index",
    "IndexAdvice",
    "IndexKey",
    "Insight",
    "Level",
    "Load",
    "Location",
    "Measure",
    "Model",
    "ModelRelation",
    "Models",
    "Observation",
    "Occurrence",
    "Origin",
    "OriginKind",
    "Plan",
    "PlanNode",
    "Query",
    "QueryGroup",
    "QuerySetSite",
    "Refusal",
    "Repeat",
    "Report",
    "Run",
    "Schema",
    "Severity",
    "Shape",
    "SkippedPlan",
    "Status",
    "Table",
    "Trace",
    "Trigger",
    "Verdict",
]
