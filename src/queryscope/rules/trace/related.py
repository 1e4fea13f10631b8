"""The remedy of related managers that are asked row by row: what the rows' own query can bring along."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from queryscope.errors import EditRefusedError
from queryscope.fixes.additions import addition_of
from queryscope.fixes.annotate import Order, Reading, write
from queryscope.fixes.asked import Asked, asked_of_owner
from queryscope.fixes.conditions import Way
from queryscope.fixes.handed_on import addition_of_handed
from queryscope.fixes.naming import attributes_of, free_name, singular
from queryscope.fixes.question import Addition, Surroundings
from queryscope.fixes.used import is_read_at_once
from queryscope.model import (
    AccessKind,
    EagerLoad,
    Frame,
    Location,
    Model,
    Models,
    Observation,
    QueryGroup,
    Trace,
)
from queryscope.rules.attribution import function_name
from queryscope.rules.eager import target_of
from queryscope.rules.remedy import Context, Remedy
from queryscope.rules.trace.paths import Hop, Root, find_root

_SINGLE = frozenset({AccessKind.FORWARD, AccessKind.REVERSE_ONE_TO_ONE})
_JOINING = frozenset({"aggregate", "count"})


@dataclass(frozen=True, slots=True)
class _Question:
    """One observation, with what is known of it."""

    group: QueryGroup
    root: Root
    way: Way | None
    asked: Asked | None
    is_handed_on: bool = False  # the line that asks is another than the one that narrows the rows


def related_remedy(found: Sequence[Observation], context: Context) -> Remedy:
    """One fix for everything that the rows of one queryset are asked."""
    first, models = found[0], context.models
    assert first.site is not None
    questions = [question for each in found for question in _questions(each, context)]
    label = first.model
    model = models.get(label) or Model(label=label, table="")
    taken = attributes_of(model, context.sources.at(model.path)) | set(first.site.annotations)
    joins = {question.way.path for question in questions if question.way and _method(question) in _JOINING}
    known = frozenset(taken)
    readings: list[Reading] = []
    obstacle = ""
    for question in questions:
        around = _surroundings(question, taken, models, is_joined=len(joins) > 1)
        try:
            reading = _reading(question, replace(around, taken=known), context)
            # What another line asks too has its name already.
            if reading.addition.code not in {each.addition.code for each in readings}:
                reading = _reading(question, around, context)
        except EditRefusedError as refusal:
            served = _served(question)
            reading = served or _rough_reading(
                question, replace(around, taken=known), around, readings, models
            )
            obstacle = obstacle if served else str(refusal)
        readings.append(reading)
        if reading.addition.code not in {each.addition.code for each in readings[:-1]}:
            taken.add(reading.addition.code.partition("=")[0])
    order = Order(
        readings=tuple(readings),
        site=first.site,
        target=target_of(label, models),
        method=questions[0].root.group.access.method if questions[0].root.group.access else "",
        obstacle=obstacle,
    )
    fix, location = write(order, context.sources, models.models)
    relations = tuple(sorted({load.path for each in found for load in each.loads}))
    return Remedy(fix, location and _named(location), relations)


def _rough_reading(
    question: _Question, plain: Surroundings, around: Surroundings, readings: list[Reading], models: Models
) -> Reading:
    """A reading as the trace alone tells it, by the name that the same has already."""
    same = Reading(_rough(question, plain, models))
    codes = {each.addition.code for each in readings}
    return same if same.addition.code in codes else Reading(_rough(question, around, models))


def _named(location: Location) -> Location:
    function = function_name(Frame(path=location.path, line=location.line, function=location.function))
    return Location(path=location.path, line=location.line, end_line=location.end_line, function=function)


def _questions(observation: Observation, context: Context) -> list[_Question]:
    trace = context.traces[observation.trace]
    found = []
    for group in context.groups(observation):
        root = nearest_root(group, trace, context.models)
        if root is not None:
            asked, is_handed_on = _asked(group, context)
            found.append(_Question(group, root, _way(root, context.models), asked, is_handed_on))
    return found


def nearest_root(group: QueryGroup, trace: Trace, models: Models) -> Root | None:
    """The queryset to annotate: of a prefetch that has one of its own, that one."""
    access = group.access
    if access is None or access.owner_group is None:
        return None
    owner = trace.groups[access.owner_group]
    is_prefetch = owner.access is not None and owner.access.kind is AccessKind.PREFETCH
    built = owner.site.frame if owner.site is not None else None
    if not is_prefetch or access.owner_path or built is None or built.is_template or built in owner.stack:
        return find_root(group, trace, models)
    assert owner.site is not None
    model = models.get(access.model)
    relation = model.relation(access.attribute) if model is not None else None
    return Root(
        group=owner,
        site=owner.site,
        load=EagerLoad(path=access.attribute, kind="prefetch_related"),
        hops=(Hop(model=access.model, attribute=access.attribute, kind=access.kind, relation=relation),),
        gives_many=True,
    )


def _way(root: Root, models: Models) -> Way | None:
    *before, last = root.hops
    owner = models.get(last.model)
    target = models.get(last.relation.target or "") if last.relation else None
    if owner is None or target is None or last.relation is None:
        return None
    if any(hop.kind not in _SINGLE or hop.relation is None for hop in before):
        return None
    return Way(
        owner=owner,
        target=target,
        relation=last.relation,
        hops=tuple(hop.attribute for hop in before),
        outer="__".join(hop.relation.query_name for hop in before if hop.relation),
    )


def _asked(group: QueryGroup, context: Context) -> tuple[Asked | None, bool]:
    """What the rows are asked, and whether another line than the one that asks says it."""
    assert group.access is not None
    for frame in (group.stack[0], group.site.frame if group.site else None):
        source = context.sources.around(frame)
        if source is not None and frame is not None:
            found = asked_of_owner(source, frame, group.access.attribute)
            if found is not None and found.links:
                is_asked_here = found.method == group.access.method or is_read_at_once(found)
                return found, frame != group.stack[0] and not is_asked_here
    return None, False


def _method(question: _Question) -> str:
    return question.group.access.method if question.group.access else ""


_JOIN = re.compile(
    r'JOIN "(?P<table>[^"]+)"(?: (?:"[^"]+"|\w+))? ON \("?\w+"?\."\w+" = "?\w+"?\."(?P<column>\w+)"'
)


def _multiplying_joins(sql: str, models: Models) -> bool:
    """Whether a query joins rows of which there may be several: by a column that isn't unique."""
    for match in _JOIN.finditer(sql):
        model = models.by_table(match["table"])
        field = model.field(match["column"]) if model is not None else None
        if field is None or not field.is_unique:
            return True
    return False


def _surroundings(question: _Question, taken: set[str], models: Models, *, is_joined: bool) -> Surroundings:
    root, group = question.root, question.group
    joins = _multiplying_joins(root.group.sql, models)
    lookups = question.group.site.lookups if question.group.site else ()
    said = 1 if question.asked is None else sum(1 for _ in question.asked.conditions())
    base = 2 if question.group.access and question.group.access.kind is AccessKind.GENERIC_RELATION else 1
    has_more = len([name for name in lookups if not name.endswith("__isnull")]) > base + said
    has_filters = question.asked is not None and question.asked.is_plain
    return Surroundings(
        taken=taken,
        is_joined=is_joined or joins,
        is_repeated=joins and group.count > group.owners,
        is_aggregated=bool(root.site.annotations),
        has_own_filter=has_more and has_filters,
    )


def _reading(question: _Question, around: Surroundings, context: Context) -> Reading:
    group, root, way = question.group, question.root, question.way
    if way is None:
        way, path = _way_below(root, context.models)
        if path not in root.site.prefetch_related:
            raise EditRefusedError(
                f"The rows come through {path}: prefetch them, and annotate that queryset."
            )
        below = Root(group=root.group, site=root.site, load=root.load, hops=root.hops[-1:], gives_many=True)
        near = _Question(group, below, way, question.asked)
        found = _reading(near, replace(around, is_joined=False), context)
        return replace(found, addition=_below(found.addition, path, way))
    inner = group.stack[0]
    if question.asked is not None and question.is_handed_on:
        return Reading(_handed_on(question, question.asked, way, around), question.asked, is_near=False)
    if inner.is_template:
        return _of_template(inner, question, way, around, context.models)
    if question.asked is None:
        raise EditRefusedError(f"{inner.path}:{inner.line} doesn't show what each row is asked.")
    addition = addition_of(question.asked, way, around)
    built = root.site.frame
    is_near = built is not None and (built.path, function_name(built)) in {
        (frame.path, function_name(frame)) for frame in group.stack[:1]
    }
    return Reading(addition, question.asked, is_near=is_near)


def _handed_on(question: _Question, asked: Asked, way: Way, around: Surroundings) -> Addition:
    site, access = question.group.site, question.group.access
    named = [name for name in (site.lookups if site is not None else ()) if not name.endswith("__isnull")]
    own = 2 if access is not None and access.kind is AccessKind.GENERIC_RELATION else 1
    return addition_of_handed(asked, way, around, _method(question), len(named) - own)


def _served(question: _Question) -> Reading | None:
    """Where a part of all related rows is cut out, a prefetch of all serves it: no line changes."""
    asked, site = question.asked, question.group.site
    if asked is None or site is None or not site.is_sliced or _is_filtered(question):
        return None
    if [link.name for link in asked.links] != ["all"] or asked.subscript is None:
        return None
    addition = Addition("prefetch_related", f'"{question.root.load.path}"')
    return Reading(addition, is_served=True)


_TAG = r"(?P<row>[A-Za-z_][\w.]*)\.{name}(?:\.all)?\.(?P<asks>count|exists|first(?=\.)|last(?=\.))(?:\(\))?"


def _of_template(
    frame: Frame, question: _Question, way: Way, around: Surroundings, models: Models
) -> Reading:
    match = re.search(_TAG.replace("{name}", re.escape(way.relation.name)), frame.source)
    if match is None:
        raise EditRefusedError(
            f"{frame.path}:{frame.line} asks in a way that no annotation answers by itself."
        )
    if _is_filtered(question):
        raise EditRefusedError(f"The manager of {way.relation.name} filters by itself, a join would not.")
    row = match["row"]
    for name in reversed(way.hops):
        if not row.endswith(f".{name}"):
            raise EditRefusedError(f"{row} is reached in another way than the row's own query gives it.")
        row = row[: -len(name) - 1]
    addition = _rough(question, around, models)
    name = addition.code.partition("=")[0]
    if addition.method == "prefetch_related":  # the first of one
        name = f"{addition.code.rpartition('to_attr=')[2].strip(')')[1:-1]}.0"
        row = match["row"]
    return Reading(
        replace(addition, access=f"{row}.{name}"), path=frame.path, line=frame.line, before=match.group()
    )


def _rough(question: _Question, around: Surroundings, models: Models) -> Addition:
    """The addition as the trace alone tells it, without conditions."""
    root, way, method = question.root, question.way, _method(question)
    relation = root.hops[-1].relation
    one = singular(root.hops[-1].attribute)
    path = way.path if way is not None else "__".join(hop.attribute for hop in root.hops)
    front = "_".join(way.hops) if way is not None else ""
    front = f"{front}_" if front else ""
    is_filtered = _is_filtered(question)
    if method in ("exists", "contains") and way is not None and relation is not None and relation.remote:
        name = free_name(f"{front}has_{one}", around.taken)
        more = ", …" if is_filtered else ""
        code = f"{name}=Exists({way.manager}.filter({way.back}{more}))"
        return Addition("annotate", code, ("Exists", "OuterRef"), (way.target.name,))
    if method in ("count", "exists"):
        name = free_name(f"{front}{one}_count", around.taken)
        more = ", filter=Q(…)" if is_filtered else ""
        more += ", distinct=True" if around.is_joined else ""
        code = f'{name}=Count("{path}"{more})'
        return _through(question, Addition("annotate", code, ("Count",)), models)
    if way is None:
        return Addition("prefetch_related", f'"{root.load.path}"', ())
    rows = f"{way.manager}{'.filter(…)' if is_filtered else ''}"
    accessor = root.hops[-1].attribute
    to_attr = free_name(f"chosen_{accessor.removesuffix('_set')}", around.taken)
    if method in ("first", "last", "latest", "earliest"):
        order = question.group.site.ordering if question.group.site else ()
        turned = (
            [key[1:] if key.startswith("-") else f"-{key}" for key in order] if method == "last" else order
        )
        keys = ", ".join(f'"{key}"' for key in turned)
        rows += f".order_by({keys})[:1]"
        to_attr = free_name(f"{method}_{one}_rows", around.taken)
    elif not is_filtered:
        rows += ".all()[:…]" if question.group.site and question.group.site.is_sliced else ".order_by(…)"
    code = f'Prefetch("{root.load.path}", queryset={rows}, to_attr="{to_attr}")'
    return Addition("prefetch_related", code, ("Prefetch",), (way.target.name,))


def _is_filtered(question: _Question) -> bool:
    access, site = question.group.access, question.group.site
    if site is None or access is None:
        return False
    return len(site.lookups) > (2 if access.kind is AccessKind.GENERIC_RELATION else 1)


def _through(question: _Question, addition: Addition, models: Models) -> Addition:
    """Of rows that a prefetch loads, the annotation of the prefetch's own queryset."""
    if question.way is not None:
        return addition
    try:
        way, path = _way_below(question.root, models)
    except EditRefusedError:
        return addition
    code = addition.code.replace(
        f'"{"__".join(hop.attribute for hop in question.root.hops)}"', f'"{way.path}"'
    )
    return _below(replace(addition, code=code), path, way)


def _way_below(root: Root, models: Models) -> tuple[Way, str]:
    """How the owners lead to what is asked of them, and the prefetch lookup that gives the owners."""
    below = Root(group=root.group, site=root.site, load=root.load, hops=root.hops[-1:], gives_many=True)
    way = _way(below, models)
    if way is None:
        raise EditRefusedError("The rows come through a relation that leads to several models.")
    return way, "__".join(hop.attribute for hop in root.hops[:-1])


def _below(addition: Addition, path: str, way: Way) -> Addition:
    queryset = f"{way.owner.name}.{way.owner.default_manager}.{addition.method}({addition.code})"
    return replace(
        addition,
        method="prefetch_related",
        code=f'Prefetch("{path}", queryset={queryset})',
        imports=tuple(sorted({*addition.imports, "Prefetch"})),
        models=tuple(sorted({*addition.models, way.owner.name})),
        replaces=path,
    )
