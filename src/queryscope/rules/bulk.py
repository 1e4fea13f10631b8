"""The fix of rows that one loop writes one by one, at one line or at several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from queryscope.errors import EditRefusedError
from queryscope.fixes.bulk import bulk_code
from queryscope.fixes.bulk_edit import bulk_edit
from queryscope.fixes.scene import Rows, Scene, scene_of
from queryscope.fixes.source import Replacement
from queryscope.model import Fix, Frame, Observation
from queryscope.rules.remedy import Context
from queryscope.rules.writes import loop_of, writes_from
from queryscope.rules.written import rows_of, what_changes

_KINDS = {
    "create": "bulk_create", "get_or_create": "bulk_create", "update_or_create": "bulk_create",
    "delete": "delete", "update": "update", "add": "add", "remove": "remove", "set": "bulk_create",
    "clear": "delete", "execute": "executemany",
}  # fmt: skip


_ATOMIC = frozenset({"bulk_create", "bulk_update", "delete"})  # of autocommitted rows: one transaction


@dataclass(frozen=True, slots=True)
class _Line:
    """One line that writes."""

    rows: Rows
    scene: Scene | None


def bulk_fix(found: Sequence[Observation], context: Context) -> Fix:
    """The bulk method that writes the same as all these lines, and what it leaves out."""
    lines = list(_lines(found, context))
    first = lines[0]
    caveats = [what_changes(first.rows, first.scene)]
    code, diff = bulk_code(first.rows, first.scene), ""
    replacements: list[Replacement] = []
    try:
        replacements, written = _together(lines)
        assert first.scene is not None
        diff = first.scene.source.diff(replacements)
        if not diff:
            raise EditRefusedError("The loop is written in a way that no edit is certain for.")
        code = written
    except EditRefusedError as refusal:
        caveats.insert(0, f"No diff: {refusal}")
    kind = _kind(first.rows, code)
    if kind in _ATOMIC and any(_commits_each(each, context) for each in found):
        caveats.append(
            f"Each row is committed by itself today; {kind}() is atomic: a row that fails takes all others "
            "with it."
        )
    return Fix(
        kinds=(kind,),
        title=f"Write all rows at once with {kind}()",
        code=code,
        diff=diff,
        edits=first.scene.source.edits(replacements) if first.scene is not None and diff else (),
        caveat=" ".join(filter(None, caveats)),
    )


def _commits_each(observation: Observation, context: Context) -> bool:
    main = writes_from(context.groups(observation), context.models).main
    return main.kind != "select" and not main.is_in_transaction


def _lines(found: Sequence[Observation], context: Context) -> Iterable[_Line]:
    seen: set[Frame | None] = set()
    for observation in found:
        if observation.trigger not in seen:
            seen.add(observation.trigger)
            writes = writes_from(context.groups(observation), context.models)
            frame = writes.stack[0]
            scene = scene_of(context.sources.around(frame), frame, loop_of(writes.stack, context))
            trace = context.traces[observation.trace]
            yield _Line(rows_of(writes, scene, context, trace=trace), scene)


def _together(lines: Sequence[_Line]) -> tuple[list[Replacement], str]:
    """The edits of all lines: the list that they share is begun once, and written once.

    Raises:
        EditRefusedError: why there are none.
    """
    made: dict[tuple[int, int, str], Replacement] = {}
    code = ""
    for line in lines:
        if line.scene is None:
            raise EditRefusedError("The source shows no method call at this line.")
        replacements, written = bulk_edit(line.rows, line.scene)
        code = code or written
        made |= {(each.start, each.end, each.text): each for each in replacements}
    ordered = [made[key] for key in sorted(made)]
    for one, other in pairwise(ordered):
        if other.start < one.end or (other.start == one.start and len(lines) > 1):
            raise EditRefusedError("Several lines of the loop write, each in its own way.")
    return ordered, code


def _kind(rows: Rows, code: str) -> str:
    if ".bulk_update(" in code or ".abulk_update(" in code:
        return "bulk_update"
    if "bulk_create(" in code:
        return "bulk_create"
    return "bulk_create" if rows.is_insert else _KINDS.get(rows.method, "bulk_update")
