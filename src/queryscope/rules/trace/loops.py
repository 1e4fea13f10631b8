"""What look-ups in a loop have in common: whose loop it is, and whether one query could do for all rounds."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from queryscope.fixes.chain import QUERYSET_METHODS, SHORTCUTS, node_at
from queryscope.fixes.looping import is_in_for
from queryscope.fixes.loops import Loop, function_at, loop_at, names_read
from queryscope.fixes.root import last_name
from queryscope.fixes.rounds import has_other_way, is_cached, sleeps
from queryscope.model import AccessKind, Frame, Observation, QueryGroup, QuerySetSite, Trace
from queryscope.rules.attribution import function_name, is_application, is_run_by_application
from queryscope.rules.pauses import is_paced
from queryscope.rules.remedy import Context
from queryscope.rules.writes import WRITES
from queryscope.sql.fingerprint import tables

# Django looks these up by itself and caches them as it sees fit.
_FRAMEWORK = ("auth.", "contenttypes.", "sessions.", "sites.", "admin.")
_SYSTEM = ("pg_", "information_schema", "django_", "auth_")
_LOCKS = re.compile(r" FOR (UPDATE|NO KEY UPDATE|SHARE|KEY SHARE)\b", re.IGNORECASE)
REFRESHES = frozenset({"refresh_from_db", "arefresh_from_db"})
# Django's own methods that query for reasons of their own: to validate, to save, to authenticate.
_DJANGOS = frozenset((
    "asave", "adelete", "authenticate", "clean", "delete", "errors", "full_clean", "has_perm", "has_perms",
    "is_valid", "login", "save", "validate_constraints", "validate_unique",
))  # fmt: skip
# Methods that a library calls once for a form, a request or an object that is saved.
_ONCE = (
    "clean",
    "dispatch",
    "form_",
    "get_object",
    "get_queryset",
    "has_",
    "perform_",
    "process_",
    "save",
    "validate",
)
_PAUSE_MS = 50.0
# Of a list of keys: from here on its rows cost more than the round trip, and need memory.
_BATCH_ROWS = 100


def is_free_read(group: QueryGroup) -> bool:
    """Whether a group is a read that the application itself asks for, without locking what it reads."""
    if group.kind != "select" or group.error is not None or group.is_asked_by_library or not group.stack:
        return False
    return not _LOCKS.search(group.sql) and not (group.site is not None and group.site.is_for_update)


def is_look_up(group: QueryGroup) -> bool:
    """Whether a group reads a table by itself, through no instance; Django's own tables left out."""
    access, site = group.access, group.site
    if not is_free_read(group):
        return False
    named = tables(group.sql)
    if not named or all(name.startswith(_SYSTEM) for name in named):
        return False
    if access is None or access.kind is AccessKind.RAW:
        return True
    return access.kind is AccessKind.MANAGER and site is not None and not site.model.startswith(_FRAMEWORK)


def takes_pages(group: QueryGroup) -> bool:
    """Whether parts of one result are fetched in turn: by offset, or by the last key."""
    site = group.site
    if site is None or group.access is None or group.access.kind is AccessKind.RAW:
        return False
    exact = [name for name in site.lookups if not name.endswith(("__gt", "__lt", "__gte", "__lte"))]
    is_sliced = site.is_sliced and group.access.method not in ("get", "first", "last", "earliest", "latest")
    # Of one slice of each of several sets of rows the offset is the same, and rarely two slices long.
    is_further = group.limit is not None and group.offset >= 2 * group.limit
    return not site.lookups or (is_sliced and (not exact or is_further))


def observed(rule: str, group: QueryGroup, trace: Trace, *, keys: int = 0) -> Observation:
    """What a rule says of one queryset, or one line of SQL, that a loop asks again and again.

    Args:
        rule: its name.
        group: the queries.
        trace: where they ran.
        keys: how many different ones were looked up, where that matters.
    """
    site = _site_of(group)
    return Observation(
        rule=rule,
        trace=trace.id,
        model=site.model,
        site=site,
        trigger=group.stack[0],
        groups=(group.index,),
        fingerprints=(group.fingerprint,),
        query_count=group.count,
        avoidable_queries=group.count - 1,
        duration_ms=group.total_ms,
        owner_rows=keys,
        subject=site.model.rpartition(".")[2] or "SQL",
        method=group.access.method if group.access is not None else "",
    )


def _site_of(group: QueryGroup) -> QuerySetSite:
    """Where the queryset is built; of SQL, and of one that nobody knows it of, the line that runs it."""
    site = group.site
    if site is not None and (site.frame is not None or site.holder is not None):
        return site
    return replace(site or QuerySetSite(model=""), frame=group.stack[0])


def set_off_by_loop(observation: Observation, context: Context) -> Observation:
    """The same, set off by the line whose loop asks: that of a helper may be far away."""
    group = context.groups(observation)[0]
    return replace(observation, trigger=_looping(group, context)[0] or observation.trigger)


def visible_loop(group: QueryGroup, context: Context) -> Loop | None:
    """The innermost loop in the source of the frames on the stack; None where that is a template's."""
    return _looping(group, context)[1]


def _looping(group: QueryGroup, context: Context) -> tuple[Frame | None, Loop | None]:
    """The innermost frame that a loop in sight repeats, and its loop, unless that is a template's."""
    for frame in group.stack:
        if frame.is_template and is_in_for(context.sources.text(frame.path) or "", frame):
            return frame, None
        source = context.sources.around(frame)
        loop = loop_at(source, frame) if source is not None else None
        if loop is not None:
            return frame, loop
    return None, None


def is_loop(observation: Observation, context: Context) -> bool:
    """Whether the source agrees that a group is a look-up that a loop repeats, and could be done at once."""
    group = context.groups(observation)[0]
    trace = context.traces[observation.trace]
    lookups = group.site.lookups if group.site is not None else ()
    if not is_run_by_application(group):
        return False
    if not _asks(group, context) or _is_kept(group, context) or _is_batch(group):
        return False
    if _decides(group, context) or _reads_what_it_wrote(group, trace, context):
        return False
    loop = visible_loop(group, context)
    if loop is None:
        return not _has_in(lookups) and _is_called_again(group, trace, context)
    if not is_application(loop.frame) or has_other_way(loop, lookups):
        return False
    asked = _loop_of_look_up(group, loop, context)
    if asked is not None and has_other_way(asked, lookups):
        return False
    return not (is_paced(trace, group, _PAUSE_MS) and sleeps(loop))


def _is_kept(group: QueryGroup, context: Context) -> bool:
    """Whether some code between the query and its loop keeps what was found."""
    for frame in group.stack:
        source = context.sources.around(frame)
        if source is not None and is_cached(source, frame):
            return True
        if source is not None and loop_at(source, frame) is not None:
            return False
    return False


def _decides(group: QueryGroup, context: Context) -> bool:
    """Whether each answer decides about the next round: `while Page.objects.filter(slug=slug).exists():`."""
    frame = group.stack[0]
    source = context.sources.around(frame)
    return source is not None and any(
        isinstance(node, ast.While) and node.test.lineno <= frame.line <= (node.test.end_lineno or 0)
        for node in ast.walk(function_at(source, frame) or source.tree)
    )


def _reads_what_it_wrote(group: QueryGroup, trace: Trace, context: Context) -> bool:
    """Whether a function writes a row and reads it anew, each time: `update(F(…))`, `refresh_from_db()`."""
    frame = group.stack[0]
    source = context.sources.around(frame)
    node = node_at(source, frame) if source is not None else None
    if node is None or _called(node) not in REFRESHES:
        return False
    named = set(tables(group.sql))
    return any(
        each.kind in WRITES
        and each.count >= group.count
        and each.stack[1:] == group.stack[1:]
        and each.stack
        and each.stack[0].function == frame.function
        and not named.isdisjoint(tables(each.sql))
        for each in trace.groups
    )


def _has_in(lookups: tuple[str, ...]) -> bool:
    return any(name.endswith("__in") for name in lookups)


def _is_batch(group: QueryGroup) -> bool:
    """Whether each query fetches many rows by a list of keys."""
    lookups = group.site.lookups if group.site is not None else ()
    return _has_in(lookups) and (group.rows or 0) >= _BATCH_ROWS * group.count


def _loop_of_look_up(group: QueryGroup, loop: Loop, context: Context) -> Loop | None:
    """The loop as it is seen from the line where the conditions stand, if that is another in it."""
    frame = group.site.frame if group.site is not None else None
    source = context.sources.around(frame)
    if frame is None or source is None or frame == loop.frame:
        return None
    found = loop_at(source, frame)
    return found if found is not None and found.node is loop.node else None


def _asks(group: QueryGroup, context: Context) -> bool:
    """Whether the source holds a query there; Django's validation and saving ask for reasons of their own."""
    inner = group.stack[0]
    if inner.is_template or group.access is None:
        return True
    frames = (inner, group.site.frame if group.site is not None else None)
    sources = [(context.sources.around(frame), frame) for frame in frames]
    nodes = [node_at(source, frame) if source and frame else None for source, frame in sources]
    if nodes[0] is None:
        return True  # changed since, or built at run time
    if _called(nodes[0]) in _DJANGOS:
        return False
    name = group.access.target.rpartition(".")[2]
    return any(node is not None and _is_asking(node, name) for node in nodes)


def _called(node: ast.expr) -> str:
    return last_name(node.func if isinstance(node, ast.Call) else node)


def _is_asking(node: ast.expr, model: str) -> bool:
    called = _called(node)
    if not isinstance(node, ast.Call) or called in QUERYSET_METHODS or called in SHORTCUTS | REFRESHES:
        return True
    if called.startswith("get_"):
        return True
    said = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)} | names_read(node)
    return bool(said & {"objects", "raw", model})


def _is_called_again(group: QueryGroup, trace: Trace, context: Context) -> bool:
    """Whether something that no frame shows may call this row by row: a template, a serializer, map()."""
    stack = group.stack
    if any(frame.is_template and is_in_for(context.sources.text(frame.path) or "", frame) for frame in stack):
        return True
    for frame, caller in zip(stack, (*stack[1:], None), strict=True):
        if frame.is_template or not is_application(frame):
            continue
        if caller is not None and _calls(caller, frame, context):
            continue
        if trace.origin.kind == "request" or _takes_a_row(frame, context):
            return True
    return False


def _calls(caller: Frame, frame: Frame, context: Context) -> bool:
    """Whether one frame calls the next by its name: nothing stands between that could repeat it."""
    source = context.sources.around(caller)
    node = node_at(source, caller) if source is not None else None
    if node is None:
        return False
    name = function_name(frame).rpartition(".")[2]
    return _called(node) == name


def _takes_a_row(frame: Frame, context: Context) -> bool:
    """Whether a function is given the thing that it looks up for: not a request, nor only itself."""
    source = context.sources.around(frame)
    if source is None or "<lambda>" in frame.function:
        return "<lambda>" in frame.function
    function = function_at(source, frame)
    if function is None:
        return False
    names = [
        each.arg for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    ]
    if "request" in names:
        return False
    holder = function_name(frame).rpartition(".")[0].rpartition(".")[2]
    is_models = any(model.name == holder and model.path == frame.path for model in context.models.models)
    return is_models or any(name not in ("self", "cls", "info", "queryset") for name in names)
