"""Which indexes of the tables that a run read can go: invalid, double, contained in others, unused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from queryscope.fixes.index_removal import django_removal, drop_sql, is_twin
from queryscope.model import (
    Index,
    IndexAdvice,
    IndexKey,
    IndexRemoval,
    Level,
    Model,
    Models,
    Schema,
    Table,
)
from queryscope.plans.redact import VALUE
from queryscope.rules.index.candidate.bare import is_same

FEW_SCANS = 50
OLD_DAYS = 7.0  # before, a week's job may not have run
MANY_SCANS = 10_000  # of all indexes of the table: so much was asked of it while this one was not used
RARE = 0.1  # share of the rarer value of a boolean: below, a partial index finds it

_CONFIDENCES = ("certain", "likely", "idea")
_ORDER = re.compile(r"(?: (?P<desc>DESC))?(?: NULLS (?P<nulls>FIRST|LAST))?$")


@dataclass(frozen=True, slots=True)
class _Part:
    """A key of an index with all that must agree."""

    name: str
    opclass: str
    collation: str
    is_descending: bool
    is_first: bool  # NULLs
    constants: tuple[str, ...] = ()  # digests

    @property
    def turned(self) -> _Part:
        return replace(self, is_descending=not self.is_descending, is_first=not self.is_first)


def removals_of(
    schemas: Mapping[str, tuple[Schema, Table]], models: Models, advised: Sequence[IndexAdvice]
) -> tuple[IndexRemoval, ...]:
    """Every index that can go, each with the strongest reason; the certain ones first, then by size.

    Args:
        schemas: each table that was read, with the schema of which its counts are.
        models: what Django knows of; tables of other people's models are left to them.
        advised: indexes of this report: some make others redundant.
    """
    found: list[IndexRemoval] = []
    for name in sorted(schemas):
        schema, table = schemas[name]
        model = models.by_table(name)
        own = [each for each in advised if each.relation == name]
        told: dict[str, IndexRemoval] = {}
        for removal in _of_table(table, schema, model, own):
            told.setdefault(removal.name, removal)
        # A library's, or the table of a many-to-many relation that Django makes by itself.
        is_theirs = model is not None and not (model.path and model.line)
        found += [each for each in told.values() if each.kind == "invalid" or not is_theirs]
    return tuple(sorted(found, key=lambda each: (_CONFIDENCES.index(each.confidence), -each.size_bytes)))


def replaced_by(advice: IndexAdvice, table: Table) -> tuple[str, ...]:
    """Names of the table's indexes that nobody needs beside this one."""
    if advice.method != "btree" or advice.predicate:
        return ()
    asked = tuple(_part_of(key, table) for key in advice.keys)
    inside = {*advice.include, *(key.column for key in advice.keys)}
    return tuple(
        index.name
        for index in table.indexes
        if not _is_needed(index)
        and index.method == "btree"
        and not index.predicate
        and _is_known(index)
        and set(index.include) <= inside
        and _begins_with(asked, _parts(index))
    )


def _of_table(
    table: Table, schema: Schema, model: Model | None, advised: Sequence[IndexAdvice]
) -> Iterator[IndexRemoval]:
    for index in table.indexes:
        if not index.is_valid:
            text = (
                "It is INVALID: building it was interrupted. No query uses it, and every write pays for it. "
                "Drop it, and build it again."
            )
            yield _removal(table, index, model, kind="invalid", reason=text)
    valid = [index for index in table.indexes if index.is_valid]
    yield from _contained(table, valid, model)
    yield from _replaced(table, valid, model, advised)
    yield from _unused(table, valid, schema, model)
    yield from _booleans(table, valid, model)


def _replaced(
    table: Table, valid: Sequence[Index], model: Model | None, advised: Sequence[IndexAdvice]
) -> Iterator[IndexRemoval]:
    """What an advised index contains; where that one is an idea, so is this."""
    for advice in advised:
        if advice.evidence.level is Level.NONE:
            continue
        is_timed = advice.evidence.level in (Level.RERUN, Level.TIMED)
        for index in valid:
            if index.name in advice.replaces:
                text = f"{advice.name}, which is advised, begins with the same keys."
                more = {"reason": text, "kept": advice.name, "confidence": "likely" if is_timed else "idea"}
                yield _removal(table, index, model, kind="replaced", **more)


def _contained(table: Table, valid: Sequence[Index], model: Model | None) -> Iterator[IndexRemoval]:
    """Of two that are alike the one that nothing else needs; and left parts of longer ones."""
    kept = list(valid)
    for index in sorted(valid, key=lambda each: (-len(each.keys), -each.size_bytes, each.name)):
        longer = [each for each in kept if each is not index and _holds(each, index)]
        if _is_needed(index) or not longer:
            continue
        kept.remove(index)
        other = min(longer, key=lambda each: (len(each.keys), not each.is_unique, each.size_bytes, each.name))
        if len(other.keys) == len(index.keys) and len(other.include) == len(index.include):
            text = f"{other.name} has the same keys."
            yield _removal(table, index, model, kind="duplicate", reason=text, kept=other.name)
        else:
            text = f"{other.name} begins with the same keys and serves the same queries: ({_keys(other)})."
            yield _removal(
                table, index, model, kind="prefix", reason=text, kept=other.name, confidence="likely"
            )


def _keys(index: Index) -> str:
    return ", ".join(index.keys)


def _holds(longer: Index, index: Index) -> bool:
    """Whether an index does all that another one does."""
    is_alike = (longer.method, longer.predicate, longer.predicate_constants) == (
        index.method,
        index.predicate,
        index.predicate_constants,
    )
    if not is_alike or not _is_known(index) or not _is_known(longer):
        return False
    one, other = _parts(longer), _parts(index)
    if not set(index.include) <= {*longer.include, *(part.name for part in one)}:
        return False
    return _begins_with(one, other) if index.method == "btree" else one == other


def _begins_with(one: Sequence[_Part], other: Sequence[_Part]) -> bool:
    """Whether the first keys of one are the other's; an index is read backwards as well."""
    head = tuple(one[: len(other)])
    return head == tuple(other) or head == tuple(part.turned for part in other)


def _is_needed(index: Index) -> bool:
    return index.is_primary or index.is_constraint or index.is_unique


def _is_known(index: Index) -> bool:
    """Whether its definition holds no value, or such that are told apart; all were taken out of it."""
    told = [*index.constants, *[()] * (len(index.keys) - len(index.constants)), index.predicate_constants]
    texts = (*index.keys, index.predicate)
    return all(text.count(VALUE) == len(own) for text, own in zip(texts, told, strict=True))


def _parts(index: Index) -> tuple[_Part, ...]:
    found = []
    for at, key in enumerate(index.keys):
        match = _ORDER.search(key)
        desc = bool(match and match["desc"])
        nulls = match["nulls"] if match else None
        found.append(
            _Part(
                name=key[: match.start()] if match else key,
                opclass=index.opclasses[at] if at < len(index.opclasses) else "",
                collation=index.collations[at] if at < len(index.collations) else "",
                is_descending=desc,
                is_first=nulls == "FIRST" if nulls else desc,
                constants=index.constants[at] if at < len(index.constants) else (),
            )
        )
    return tuple(found)


def _part_of(key: IndexKey, table: Table) -> _Part:
    """A key of an advised index; its operator class, if none is named, is that of the table's plain ones."""
    usual = {
        part.name: part.opclass
        for index in table.indexes
        for part in _parts(index)
        if not part.opclass.endswith("_pattern_ops")
    }
    parts = (part for index in table.indexes for part in _parts(index) if key.expression)
    same = next((each for each in parts if is_same(key.expression, each.name, each.constants)), None)
    name = same.name if same is not None else key.column or key.expression
    return _Part(
        name=name,
        constants=same.constants if same is not None else (),
        opclass=key.opclass or usual.get(name, ""),
        collation="",
        is_descending=key.is_descending,
        is_first=key.nulls == "first" if key.nulls else key.is_descending,
    )


def _unused(
    table: Table, valid: Sequence[Index], schema: Schema, model: Model | None
) -> Iterator[IndexRemoval]:
    """Ideas only: replicas count for themselves, and nobody knows how old an index is."""
    days = schema.counted_days
    asked = sum(index.scans or 0 for index in valid)
    if days is None or days < OLD_DAYS or asked < MANY_SCANS:
        return
    keys = _foreign_keys(model)
    for index in valid:
        if index.scans is None or index.scans > FEW_SCANS or _is_needed(index):
            continue
        first = index.keys[0] if index.keys else ""
        leading = [each for each in valid if each.keys and each.keys[0] == first and not each.predicate]
        if first in keys and leading == [index]:
            continue  # deleting what the foreign key refers to would read the whole table
        told = (
            f"Used {_times(index.scans)} in {days:,.0f} days, in which the table's indexes were used "
            f"{asked:,} times. Replicas count for themselves, and it may be younger."
        )
        kind = "pattern-twin" if is_twin(index) else "unused"
        if kind == "pattern-twin":
            told = f"Django made it beside the index of the column, for LIKE. {told}"
        yield _removal(table, index, model, kind=kind, reason=told, confidence="idea")


def _booleans(table: Table, valid: Sequence[Index], model: Model | None) -> Iterator[IndexRemoval]:
    for index in valid:
        column = table.column(index.keys[0]) if len(index.keys) == 1 else None
        is_plain = index.method == "btree" and not index.predicate and not _is_needed(index)
        if column is None or column.type != "boolean" or not is_plain or column.top_frequency is None:
            continue
        if index.scans is not None and index.scans > FEW_SCANS:
            continue
        rare = 1.0 - column.top_frequency - (column.null_frac or 0.0)
        told = f"It is over a boolean alone, whose rarer value {rare:.0%} of the rows have: "
        told += (
            f"a partial index with that condition finds them in {rare:.0%} of the space."
            if rare <= RARE
            else "to find so many, PostgreSQL reads the table."
        )
        yield _removal(table, index, model, kind="boolean", reason=told, confidence="idea")


def _foreign_keys(model: Model | None) -> frozenset[str]:
    return frozenset(field.column for field in model.fields if field.target) if model else frozenset()


def _removal(table: Table, index: Index, model: Model | None, **more: object) -> IndexRemoval:
    return IndexRemoval(
        relation=table.name,
        name=index.name,
        model=model.label if model is not None else "",
        size_bytes=index.size_bytes,
        scans=index.scans,
        django=django_removal(index, model) if model is not None and model.is_managed else "",
        drop_sql=drop_sql(table, index.name),
        **more,  # type: ignore[arg-type]
    )


def _times(number: int) -> str:
    return "never" if number == 0 else "once" if number == 1 else f"{number:,} times"
