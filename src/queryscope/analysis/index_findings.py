"""The findings of index advice: one for each index, or for each set of which one alone helps little."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from queryscope.analysis.index_wishes import MEASURED, RANKS
from queryscope.analysis.merge import finding_id
from queryscope.fixes.index_code import create_sql, django_index, drop_sql
from queryscope.fixes.index_sets import sets_of
from queryscope.model import (
    Confidence,
    Finding,
    Fix,
    IndexAdvice,
    Level,
    Location,
    Models,
    Occurrence,
    QueryGroup,
    Trace,
    Trigger,
)
from queryscope.rules.attribution import first_python, function_name, is_run_by_application

RULE = "missing-index"

_PACKAGE = (
    "another package: a migration of your own app, with atomic = False, builds it, and no Meta names it."
)
_UNMANAGED = "unmanaged: Django builds nothing on its table, a migration with atomic = False does"
_WRITES = frozenset({"update", "delete"})
NO_MODELS = Models()

_CONFIDENCE: dict[Level, Confidence] = {
    Level.RERUN: "certain",
    Level.TIMED: "certain",
    Level.PLANNED: "likely",
    Level.USABLE: "idea",
}


def index_findings(
    indexes: Sequence[IndexAdvice], traces: Sequence[Trace], models: Models = NO_MODELS
) -> list[Finding]:
    """`missing-index`: a slow query that an index would serve, as far as that was proved.

    By `models` it is known which ones belong to other packages: their Meta isn't the project's to edit.
    """
    asked: dict[str, list[tuple[Trace, QueryGroup]]] = defaultdict(list)
    for trace in traces:
        for group in trace.groups:
            if is_run_by_application(group):
                asked[group.fingerprint].append((trace, group))
    findings = []
    for several in sets_of(proved(indexes)):
        shapes = dict.fromkeys(shape for advice in several for shape in advice.serves)
        places = [place for shape in shapes for place in asked.get(shape, ())]
        if places:
            theirs = tuple(one for one in several if is_of_other_package(one.model, models))
            bare = tuple(one for one in several if one not in theirs and is_unmanaged(one.model, models))
            findings.append(_finding(several, tuple(shapes), places, theirs, bare))
    return findings


def proved(indexes: Sequence[IndexAdvice]) -> list[IndexAdvice]:
    """The advice that was tried: what nobody built and timed stands among the indexes, and is no finding."""
    return [advice for advice in indexes if advice.evidence.level is not Level.NONE]


def is_of_other_package(label: str, models: Models) -> bool:
    """No file of the project defines the model, nor others of its module: `through` tables have no file."""
    model = models.get(label)
    if model is None or not model.module or model.path:
        return False
    return not any(other.path for other in models.models if other.module == model.module)


def is_unmanaged(label: str, models: Models) -> bool:
    """Django makes no index on its table: it is partitioned by hand, say, or another program's."""
    model = models.get(label)
    return model is not None and not model.is_managed


def _place(group: QueryGroup) -> tuple[str, int]:
    location = _location(group)
    return (location.path, location.line) if location else ("", 0)


def _occurrences(places: list[tuple[Trace, QueryGroup]]) -> tuple[Occurrence, ...]:
    by_trace: dict[str, list[QueryGroup]] = defaultdict(list)
    for trace, group in places:
        by_trace[trace.id].append(group)
    return tuple(
        Occurrence(
            trace=trace,
            query_count=sum(group.count for group in groups),
            avoidable_queries=0,
            duration_ms=sum(group.total_ms for group in groups),
        )
        for trace, groups in by_trace.items()
    )


def _finding(
    several: tuple[IndexAdvice, ...],
    shapes: tuple[str, ...],
    places: list[tuple[Trace, QueryGroup]],
    theirs: tuple[IndexAdvice, ...],
    bare: tuple[IndexAdvice, ...],
) -> Finding:
    # Of several lines that ask, the first: which one was slowest differs from run to run.
    group = min((group for _, group in places), key=_place)
    location = _location(group)
    function = location.function if location else ""
    path = location.path if location else ""
    place = first_python(group.stack)
    first = max(several, key=lambda advice: RANKS[advice.evidence.level])
    occurrences = _occurrences(places)
    # One finding for each index: the name is stable, made of table and keys.
    by_name = sorted(several, key=lambda advice: advice.name)
    names = "\0".join(advice.name for advice in by_name)
    return Finding(
        id=finding_id(RULE, path, f"{function}\0{names}", by_name[0].model, 1),
        rule=RULE,
        severity="warning" if first.evidence.level in MEASURED and not theirs else "info",
        confidence=_CONFIDENCE[first.evidence.level],
        message=_message(several, function, [group.kind for _, group in places]),
        model=first.model,
        location=location,
        trigger=Trigger(path=place.path, line=place.line, function=function_name(place)) if place else None,
        worst=max(occurrences, key=lambda each: each.duration_ms),
        occurrences=occurrences,
        fingerprints=shapes,
        fixes=(_fix(several, first, theirs, bare),),
    )


def _fix(
    several: tuple[IndexAdvice, ...],
    first: IndexAdvice,
    theirs: tuple[IndexAdvice, ...],
    bare: tuple[IndexAdvice, ...],
) -> Fix:
    models = dict.fromkeys(advice.model for advice in several)
    told = [advice.write_cost for advice in several]
    replaced = dict.fromkeys(name for advice in several for name in advice.replaces)
    told += [f"With it {' and '.join(replaced)} can go."] if replaced else []
    told += (
        [f"{_models(theirs)} belong{'' if len(_labels(theirs)) > 1 else 's'} to {_PACKAGE}"] if theirs else []
    )
    told += [f"{_models(bare)} {'are' if len(_labels(bare)) > 1 else 'is'} {_UNMANAGED}."] if bare else []
    title = f"Add an index to {first.model}"
    if len(several) > 1:
        title = f"Add {len(several)} indexes to {' and '.join(models)}: one alone helps little"
    return Fix(
        kinds=("index",),
        title=title,
        code="\n".join(
            _code(one, is_alone=len(several) == 1, is_in_meta=one not in (*theirs, *bare)) for one in several
        ),
        caveat=" ".join(dict.fromkeys(filter(None, told))),
        evidence=first.evidence,
    )


def _code(advice: IndexAdvice, *, is_alone: bool, is_in_meta: bool) -> str:
    """The entry of Meta.indexes; where no Meta can name it, the operation of a migration."""
    code = django_index(advice)
    if not is_in_meta:
        undo = drop_sql(advice)
        code = f"migrations.RunSQL({create_sql(advice)!r}, {undo!r})"
    return code if is_alone else f"{code}  # {advice.model}"


def _labels(several: Sequence[IndexAdvice]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(advice.model for advice in several))


def _models(several: Sequence[IndexAdvice]) -> str:
    return " and ".join(_labels(several))


def _message(several: tuple[IndexAdvice, ...], function: str, kinds: Collection[str]) -> str:
    first = several[0]
    verbs = " and ".join(verb for verb in ("UPDATE", "DELETE") if verb.lower() in kinds)
    is_write = _WRITES.issuperset(kinds)
    who = f"{function or 'A query'} {'searches' if is_write else 'reads'}"
    aim = f" for its {verbs}" if is_write else ""
    if len(several) == 1:
        what = f"{who} {first.model}{aim} without an index on ({_keys(first)})"
        if first.together:
            what += f", which helps beside {' and '.join(first.together)}"
    else:
        models = " and ".join(dict.fromkeys(advice.model for advice in several))
        keys = ", ".join(f"{advice.model} ({_keys(advice)})" for advice in several)
        what = f"{who} {models}{aim} without indexes that help together, on {keys}"
    before, after = first.evidence.before, first.evidence.after
    if before and after and before.ms is not None and after.ms is not None:
        with_it = "with it" if len(several) == 1 else "with them"
        return f"{what}: {_ms(before.ms)} without, {_ms(after.ms)} {with_it}."
    return f"{what}. {first.reason}".rstrip() if first.reason else f"{what}."


def _ms(value: float) -> str:
    return f"{value:.1f} ms" if value >= 1 else f"{value:.2f} ms"


def _keys(advice: IndexAdvice) -> str:
    return ", ".join(key.django or key.column for key in advice.keys)


def _location(group: QueryGroup) -> Location | None:
    frame = group.site.frame if group.site else None
    frame = frame or first_python(group.stack)
    if frame is not None:
        end = frame.end_line or frame.line
        return Location(path=frame.path, line=frame.line, end_line=end, function=function_name(frame))
    holder = group.site.holder if group.site else None
    if holder is None:
        return None
    return Location(path=holder.path, line=holder.line, end_line=holder.line, function=holder.name)
