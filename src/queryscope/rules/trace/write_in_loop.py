"""`write-in-loop`: rows are saved, created, deleted or linked one by one, with a query or more for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from queryscope.errors import EditRefusedError
from queryscope.fixes.bulk import Rows, Scene, bulk_code, called, scene_of, takes_batches
from queryscope.fixes.bulk_edit import bulk_edit
from queryscope.fixes.source import Replacement
from queryscope.model import AccessKind, Fix, Model, Models, Observation, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.transactions import has_transaction_each, opens_transaction
from queryscope.rules.writes import (
    WRITES,
    Writes,
    failures,
    is_batch,
    is_elsewhere,
    is_framework,
    is_paced,
    is_queue,
    location_of,
    loop_of,
    lost,
    reads_inside,
    runs_in_loop,
    writes_of,
)
from queryscope.sql.fingerprint import tables

_VERBS = {
    "save": "saved", "create": "created", "delete": "deleted", "update": "updated", "add": "linked",
    "remove": "unlinked", "set": "linked", "clear": "unlinked", "get_or_create": "looked up or created",
    "update_or_create": "updated or created", "execute": "wrote",
}  # fmt: skip
_KINDS = {
    "create": "bulk_create", "get_or_create": "bulk_create", "update_or_create": "bulk_create",
    "delete": "delete", "update": "update", "add": "add", "remove": "remove", "set": "bulk_create",
    "clear": "delete", "execute": "executemany",
}  # fmt: skip
_SET = re.compile(r" SET (?P<list>.*?) WHERE ", re.IGNORECASE)
_COLUMN = re.compile(r'(?:^|, )"(\w+)" = ')


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteInLoop:
    """Writes of single rows at one line, where one statement could write them all."""

    name: ClassVar[str] = "write-in-loop"
    # A pair of entries or a form's row or two are no loop; bulk_update() itself begins and commits.
    min_repeats: int = 3
    pause_ms: float = 50.0  # a line that waits this long between its writes waits for something else

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each line that wrote row by row."""
        for writes in writes_of(trace, models):
            if self._is_silent(writes, trace):
                continue
            is_lost = bool(lost(models.get(writes.model), writes))
            if is_lost and (not writes.main.is_in_transaction or has_transaction_each(trace, writes.main)):
                continue  # one transaction around the loop loses nothing
            repeated = [group for group in writes.groups if group.count > 1]
            yield Observation(
                rule=self.name,
                trace=trace.id,
                model=writes.model,
                confidence="likely" if is_lost else "certain",
                trigger=writes.stack[0],
                groups=tuple(group.index for group in repeated),
                fingerprints=tuple(dict.fromkeys(group.fingerprint for group in repeated)),
                query_count=sum(group.count for group in repeated),
                avoidable_queries=sum(group.count - 1 for group in repeated),
                duration_ms=sum(group.total_ms for group in repeated),
                owner_rows=writes.rows,
                subject=_subject(writes),
                method=writes.method,
            )

    def _is_silent(self, writes: Writes, trace: Trace) -> bool:
        main, least = writes.main, self.min_repeats
        if main.count < least or main.count - failures(trace, main) < least or is_framework(writes.model):
            return True
        if writes.method in ("save", "delete") and 0 < main.owners < least:
            return True  # the same row again: progress that somebody watches
        if main.distinct < least and writes.method not in ("create", "save"):
            return True
        if is_elsewhere(trace, writes) or is_queue(trace, writes):
            return True
        return is_paced(trace, main, self.pause_ms)

    def message(self, observations: Sequence[Observation]) -> str:
        """How many rows, how many queries."""
        worst = observations[0]
        same = [each for each in observations if each.trace == worst.trace]
        function = function_name(worst.trigger) if worst.trigger else "The page"
        rows, count = sum(each.owner_rows for each in same), sum(each.query_count for each in same)
        return (
            f"{function} {_VERBS[worst.method]} {rows} {worst.subject} rows one by one, with {count} queries."
        )

    def confirm(self, observation: Observation, context: Context) -> bool:
        """Only where application code loops; a transaction of its own for each row is another rule's."""
        trace = context.traces[observation.trace]
        writes = _again(observation, context)
        if writes is None or not runs_in_loop(writes.stack, writes.main, context):
            return False
        if is_fed_by_itself(writes, trace, context):
            return False
        frame = writes.stack[0]
        scene = scene_of(context.sources.around(frame), frame, loop_of(writes.stack, context))
        seen = takes_batches(scene) if scene is not None else None
        if is_batch(writes) if seen is None else seen:
            return False
        return not (has_transaction_each(trace, writes.main) and opens_transaction(writes.stack, context))

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """The bulk method that writes the same, and what it leaves out."""
        writes = _again(found[0], context)
        assert writes is not None
        loop = loop_of(writes.stack, context)
        scene = scene_of(context.sources.around(writes.stack[0]), writes.stack[0], loop)
        rows = rows_of(writes, scene, context, trace=context.traces[found[0].trace])
        caveats = [_what_changes(rows, writes)]
        code, diff = bulk_code(rows, scene), ""
        replacements: list[Replacement] = []
        try:
            if scene is None:
                raise EditRefusedError("The source shows no method call at this line.")
            replacements, written = bulk_edit(rows, scene)
            diff = scene.source.diff(replacements)
            if not diff:
                raise EditRefusedError("The loop is written in a way that no edit is certain for.")
            code = written
        except EditRefusedError as refusal:
            caveats.insert(0, f"No diff: {refusal}")
        kind = "bulk_create" if rows.is_insert else _KINDS.get(rows.method, "bulk_update")
        if ".bulk_update(" in code or ".abulk_update(" in code:
            kind = "bulk_update"
        elif "bulk_create(" in code:
            kind = "bulk_create"
        fix = Fix(
            kinds=(kind,),
            title=f"Write all rows at once with {kind}()",
            code=code,
            diff=diff,
            edits=scene.source.edits(replacements) if scene is not None and diff else (),
            caveat=" ".join(filter(None, caveats)),
        )
        return Remedy(fix, location_of(loop, writes.stack[0]))


def rows_of(writes: Writes, scene: Scene | None, context: Context, *, trace: Trace) -> Rows:
    """What the fix has to know."""
    model = context.models.get(writes.model) or Model(label=writes.model, table="")
    method = called(scene)
    method = method if method in _VERBS else writes.method
    access = writes.main.access
    key = ""
    if method == "create" and access is not None and access.attribute and access.model != access.target:
        owner = access.model
        keys = [
            each.name for each in model.relations if each.kind == AccessKind.FORWARD and each.target == owner
        ]
        key = keys[0] if len(keys) == 1 else ""
    rows = Rows(
        method=method,
        model=model,
        is_insert=method == "save" and writes.main.kind == "insert",
        columns=tuple(_columns(writes, model)),
        owner_key=key,
        through=_through(writes, context.models),
    )
    return replace(rows, obstacle=_obstacle(rows, writes, context, trace))


def _obstacle(rows: Rows, writes: Writes, context: Context, trace: Trace) -> str:
    """Why an edit might change what the program does."""
    if writes.main.asked_through:
        return f"{writes.main.asked_through} writes the rows: take the unsaved objects from it."
    missing = lost(context.models.get(writes.model), writes)
    if missing:
        return missing
    filled = [each.name for each in rows.model.fields if each.has_pre_save and each.name in rows.columns]
    dates = [
        name for name in filled if "Date" in _type(rows.model, name) or "Time" in _type(rows.model, name)
    ]
    if rows.method == "save" and not rows.is_insert and filled:
        named = ", ".join(dates or filled)
        return f"bulk_update() doesn't fill {named} as save() does: assign it in the loop, and name it."
    if reads_inside(writes, trace, context):
        return "The loop reads that table too, perhaps what it has just written."
    if writes.main.error is not None:
        return "Some of the writes failed, and the loop went on: one statement writes all rows or none."
    if rows.method == "save" and not rows.is_insert and 0 < writes.main.owners < min(writes.main.count, 1000):
        return "Some rows are saved more than once."
    kinds = {group.kind for group in writes.groups if group.kind in WRITES}
    if rows.method == "save" and len(kinds) > 1:
        return "save() creates some of the rows and updates others."
    return ""


def _through(writes: Writes, models: Models) -> Model | None:
    names = tables(writes.main.sql)
    model = models.by_table(names[0]) if names else None
    return model if model is not None and model.label != writes.model else None


def _type(model: Model, name: str) -> str:
    field = model.field(name)
    return field.type if field is not None else ""


def _columns(writes: Writes, model: Model) -> Iterator[str]:
    """Names of the fields that the UPDATE sets."""
    match = _SET.search(writes.main.sql) if writes.main.kind == "update" else None
    for column in _COLUMN.findall(match["list"]) if match else ():
        field = model.field(column)
        yield field.name if field is not None else column


def _what_changes(rows: Rows, writes: Writes) -> str:
    """What the bulk method does otherwise."""
    if rows.method == "save" and not rows.is_insert:
        return (
            "bulk_update() calls no save(), sends no signals and sets no auto_now; of very many rows give it a "
            "batch_size. Where all rows get the same values, queryset.update() needs no rows at all."
        )
    if rows.method in ("create", "save"):
        return (
            "bulk_create() calls no save() and sends no signals; PostgreSQL gives the primary keys back. It "
            "fits if no row needs the one before."
        )
    if rows.method == "get_or_create":
        return (
            "It needs a unique constraint on what is looked up. Rows that existed come back without a primary "
            "key: read them with one filter(…__in=…)."
        )
    if rows.method == "update_or_create":
        return "unique_fields need a unique constraint. No save() is called, and no signals are sent."
    if rows.method == "delete":
        return "queryset.delete() cascades and sends signals, but calls no delete() of the model."
    if rows.method == "update":
        return "It fits if no row depends on the update of the one before."
    if rows.method in ("add", "remove", "set", "clear"):
        return "m2m_changed is sent once for all, and by the through table's own manager not at all."
    return "It fits if no statement depends on the one before."


def _again(observation: Observation, context: Context) -> Writes | None:
    """The writes that an observation speaks of."""
    trace = context.traces[observation.trace]
    wanted = set(observation.groups)
    for writes in writes_of(trace, context.models):
        if wanted <= {group.index for group in writes.groups}:
            return writes
    return None


def is_fed_by_itself(writes: Writes, trace: Trace, context: Context) -> bool:
    """Whether a `while` loop asks for its next row each time: what it wrote decides which that is."""
    loop = loop_of(writes.stack, context)
    return loop is not None and loop.iterable is None and reads_inside(writes, trace, context)


def _subject(writes: Writes) -> str:
    name = writes.model.rpartition(".")[2] or "SQL"
    access = writes.main.access
    if writes.method in ("add", "remove", "set", "clear") and access is not None and access.attribute:
        return f"{name}.{access.attribute}"
    return name
