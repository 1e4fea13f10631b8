"""The remedy for a prefetch that is passed by: prefetch what is read, or read what is prefetched."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from queryscope.errors import EditRefusedError, RowDecidesError
from queryscope.fixes.cached import Cached, read_cached
from queryscope.fixes.chain import Chain, Shortcut
from queryscope.fixes.chosen import choose
from queryscope.fixes.holder import site_chain
from queryscope.fixes.imports import Imports
from queryscope.fixes.known_names import check_movable
from queryscope.fixes.naming import attributes_of
from queryscope.fixes.placing import site_location
from queryscope.fixes.prefetching import Wanted, prefetch_in_chain
from queryscope.fixes.reach import Reach
from queryscope.fixes.reached import comes_only_from
from queryscope.fixes.reread import Read, find_read
from queryscope.fixes.root import Target
from queryscope.fixes.source import Replacement, Source
from queryscope.fixes.sources import Sources
from queryscope.fixes.to_attr import attribute_for, only_loads, queryset_text, replaced, replacement
from queryscope.model import Edit, Fix, Frame, Location, Model, Models, QuerySetSite

Found = tuple[Fix, Location | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """One place that reads a prefetched relation anew, as the trace knows it."""

    frame: Frame | None
    owner: Model
    accessor: str
    target: Model
    path: str  # of the prefetch, from the queryset's model
    queryset: Frame | None = None  # where the prefetch's own queryset is built, if it has one
    by_function: Frame | None = None  # prefetch_related_objects() runs the prefetch there
    is_unread: bool = False  # it was seen in the whole run that nobody read a row of the prefetch itself


@dataclass(frozen=True, slots=True)
class Around:
    """The functions that ran with the rows of a queryset, and the project's models."""

    frames: tuple[Frame, ...] = ()
    models: Models = field(default_factory=Models)


@dataclass(slots=True)
class _Work:
    """What is written so far, by file."""

    site: QuerySetSite
    target: Target
    sources: Sources
    taken: dict[str, set[str]]  # attributes of a model that have a meaning, by its label
    attributes: dict[tuple[str, str], str]  # those that are new, by the prefetch and what it chooses
    refused: list[Read]  # places that no edit fits
    around: Around


def read_from_prefetch(
    rereads: Sequence[Reread],
    site: QuerySetSite,
    target: Target,
    sources: Sources,
    around: Around = Around(),
) -> Found:
    """One fix for all places that read relations of one queryset anew, and where it belongs.

    Args:
        rereads: the places.
        site: where the queryset is built that prefetches the relations.
        target: its model.
        sources: the project's files.
        around: what ran with the queryset's rows.
    """
    work = _Work(site, target, sources, {}, {}, [], around)
    cached: list[Cached] = []
    wanted: list[Wanted] = []
    caveats: list[str] = []
    for reread in rereads:
        try:
            read = _read_of(reread, sources)
            found = read_cached(read, reread.target, has_own_queryset=reread.queryset is not None)
        except EditRefusedError as refusal:
            caveats.append(str(refusal))
            wanted.append(_unknown(reread, work))
            continue
        if found is None:
            found = _chosen(read, reread, work, caveats)
        if found is not None:
            cached.append(found)
        else:
            wanted.append(_wanted(read, reread, work))
    if not wanted:
        return _cached_fix(cached, rereads, work)
    return _prefetch_fix(_without_plain(wanted, work), cached, caveats, work)


def _without_plain(wanted: Sequence[Wanted], work: _Work) -> list[Wanted]:
    """Where nobody read the plain rows and no other code in reach names them, the lists take their place."""
    reads = [each.read.manager for each in wanted if each.read is not None and each.is_edited]
    if not any(each.is_unread for each in wanted):
        return list(wanted)
    frames, models = work.around.frames, work.around.models
    reach = Reach.without(reads, work.sources, models, frames, work.site)
    return [
        replace(each, is_unread=each.is_unread and not reach.keeps_rows and not reach.names(each.accessor))
        for each in wanted
    ]


def _read_of(reread: Reread, sources: Sources) -> Read:
    if reread.frame is None or reread.frame.is_template:
        raise EditRefusedError("A template reads it: give the rows a name in the view.")
    source = sources.around(reread.frame)
    if source is None:
        raise EditRefusedError("The file of this line can't be read or parsed here.")
    read = find_read(source, reread.frame, reread.accessor)
    if not source.holds(read.node):
        raise EditRefusedError(f"{source.path}:{read.node.lineno} can't be cut at its positions.")
    return read


def _taken(owner: Model, work: _Work) -> set[str]:
    if owner.label not in work.taken:
        work.taken[owner.label] = attributes_of(owner, work.sources.at(owner.path) if owner.path else None)
    return work.taken[owner.label]


def _unknown(reread: Reread, work: _Work) -> Wanted:
    """What is known of a place whose source can't be read: that a Prefetch is what it needs."""
    name = f"{reread.target.name}.{reread.target.default_manager}"
    attribute = attribute_for(reread.accessor, None, _taken(reread.owner, work))
    return Wanted(
        path=reread.path,
        accessor=reread.accessor,
        base=name,
        steps=".filter(…)",
        attribute=attribute,
        is_edited=False,
    )


def _wanted(read: Read, reread: Reread, work: _Work) -> Wanted:
    return Wanted(
        path=reread.path,
        accessor=reread.accessor,
        base=f"{reread.target.name}.{reread.target.default_manager}",
        steps=queryset_text(read, reread.target),
        attribute=_attribute(read, reread, work),
        read=read,
        model=reread.target,
        owner=reread.owner,
        queryset=reread.queryset,
        is_edited=read not in work.refused,
        is_unread=reread.is_unread,
    )


def _attribute(read: Read, reread: Reread, work: _Work) -> str:
    """The list that takes the rows; equal rows share one."""
    key = (reread.path, queryset_text(read, reread.target))
    if key not in work.attributes:
        name = "" if only_loads(read) else attribute_for(reread.accessor, read, _taken(reread.owner, work))
        work.attributes[key] = name
    return work.attributes[key]


def _chosen(read: Read, reread: Reread, work: _Work, caveats: list[str]) -> Cached | None:
    """Where no prefetch into a list can be written: the rows chosen in Python, if that says the same."""
    refusal, is_shared = _refusal(read, reread, work)
    if refusal is None:
        return None
    try:
        found = choose(read, reread.target, is_sorted_as_model=reread.queryset is None)
    except EditRefusedError:
        found = None
    if found is not None and found.replacement is not None and not read.variable:
        note = "Where the rows aren't prefetched it loads all of them." if is_shared else ""
        return Cached(read, found.code, found.replacement, note)
    if found is not None and isinstance(refusal, RowDecidesError):
        return Cached(read, found.code, None, str(refusal))
    caveats.append(str(refusal))
    work.refused.append(read)
    return None


def _refusal(read: Read, reread: Reread, work: _Work) -> tuple[EditRefusedError | None, bool]:
    """Why no list of a prefetch can take the place of a read, and whether that is since others call."""
    is_shared = False
    try:
        _check_arguments(read, work)
        if read.variable:
            raise EditRefusedError(f"{read.variable} holds what is read: change both lines by hand.")
        is_shared = True
        _check_place(read, reread, work)
        is_shared = False
        replaced(read, reread.target, _attribute(read, reread, work))
    except EditRefusedError as refusal:
        return refusal, is_shared
    return None, False


def _check_arguments(read: Read, work: _Work) -> None:
    """Accept arguments that mean the same where the queryset is built."""
    source = work.sources.of(work.site)
    chain = _chain(work.site, work.target, source)
    assert source is not None
    check_movable(read.arguments(), read.source, source, chain.node)


def _check_place(read: Read, reread: Reread, work: _Work) -> None:
    """Accept a place that only rows of this queryset come to.

    Raises:
        EditRefusedError: others may call, whose rows don't have the new attribute.
    """
    if reread.by_function is not None:
        place = f"{reread.by_function.path}:{reread.by_function.line}"
        raise EditRefusedError(f"prefetch_related_objects() loads it at {place}: hand it the Prefetch there.")
    source = work.sources.of(work.site)
    if source is read.source:
        chain = _chain(work.site, work.target, source)
        if comes_only_from(source, read.manager.value, chain.node):
            return
    raise EditRefusedError(
        f"{_function_name(read)} may get {reread.owner.name} rows of other querysets, which have no such "
        f"attribute: read it where it is there, or choose among {reread.accessor}.all() in Python."
    )


def _function_name(read: Read) -> str:
    node = read.source.parents.get(read.node)
    while node is not None and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        node = read.source.parents.get(node)
    return node.name if node is not None else f"Line {read.node.lineno}"


def _chain(site: QuerySetSite, target: Target, source: Source | None) -> Chain:
    found = site_chain(source, site, target, do="prefetch")
    if isinstance(found, Shortcut):
        raise EditRefusedError("The queryset is built by a manager: prefetch there.")
    return found


def _cached_fix(cached: Sequence[Cached], rereads: Sequence[Reread], work: _Work) -> Found:
    """The prefetched rows answer: only the lines that read them change."""
    first = cached[0]
    caveats = list(dict.fromkeys(each.caveat for each in cached if each.caveat))
    edits: list[tuple[Source, Replacement]] = [
        (each.read.source, each.replacement) for each in cached if each.replacement is not None
    ]
    diff, made = _written(edits)
    fix = Fix(
        kinds=("rewrite",),
        title=f"Read the prefetched rows{_instead(first.read)}: {first.code}",
        code="\n".join([*_kept(rereads, work), *dict.fromkeys(each.code for each in cached)]),
        diff=diff,
        edits=made,
        caveat=" ".join(caveats),
    )
    return fix, site_location(work.site, work.sources.of(work.site))


def _instead(read: Read) -> str:
    """What the rows are read by now: ` instead of first()`."""
    called = read.ending if read.end is not None else next((step.name for step in read.steps), "")
    return f" instead of {called}()" if called.isidentifier() else ""


def _kept(rereads: Sequence[Reread], work: _Work) -> list[str]:
    """The prefetches that stay, where the queryset itself names them."""
    if any(each.by_function is not None for each in rereads):
        return []
    items = [
        f'Prefetch("{each.path}", …)' if each.queryset is not None else f'"{each.path}"' for each in rereads
    ]
    model = work.target.model
    return [f"{model.name}.{model.default_manager}.prefetch_related({', '.join(dict.fromkeys(items))})"]


def _prefetch_fix(
    wanted: Sequence[Wanted], cached: Sequence[Cached], caveats: list[str], work: _Work
) -> Found:
    location = site_location(work.site, work.sources.of(work.site))
    edits: list[tuple[Source, Replacement]] = []
    calls = ", ".join(each.text("Prefetch") for each in wanted)
    try:
        source = work.sources.of(work.site)
        chain = _chain(work.site, work.target, source)
        assert source is not None
        imports = Imports(source)
        change = prefetch_in_chain(source, chain, wanted, imports)
        calls = change.code
        done = [each for each in wanted if each.is_edited]
        if done:
            edits += [(source, each) for each in (*change.replacements, *imports.replacements())]
            edits += [_access_edit(each) for each in done]
        edits += [(each.read.source, each.replacement) for each in cached if each.replacement]
        end = chain.node.end_lineno or chain.node.lineno
        function = work.site.frame.function if work.site.frame else work.site.holder.name  # type: ignore[union-attr]
        location = Location(path=source.path, line=chain.node.lineno, end_line=end, function=function)
        diff, made = _written(edits)
    except EditRefusedError as refusal:
        caveats.append(str(refusal))
        diff, made = "", ()
    model = work.target.model
    name = ", ".join(dict.fromkeys(each.attribute or each.accessor for each in wanted))
    fix = Fix(
        kinds=("prefetch_related",),
        title=f"Prefetch what is read into {name}, and read that",
        code=f"{model.name}.{model.default_manager}.prefetch_related({calls})",
        diff=diff,
        edits=made,
        caveat=" ".join(dict.fromkeys(caveats)),
    )
    return fix, location


def _access_edit(wanted: Wanted) -> tuple[Source, Replacement]:
    read = wanted.read
    assert read is not None
    assert wanted.model is not None
    text = replaced(read, wanted.model, wanted.attribute)
    return read.source, replacement(read, text)


def _written(edits: Sequence[tuple[Source, Replacement]]) -> tuple[str, tuple[Edit, ...]]:
    """The diff and the edits of several files; nothing of it where one of them doesn't parse afterwards."""
    by_file: dict[str, tuple[Source, list[Replacement]]] = {}
    for source, edit in edits:
        known = by_file.setdefault(source.path, (source, []))[1]
        if edit not in known:
            known.append(edit)
    diffs = [source.diff(replacements) for source, replacements in by_file.values()]
    if not all(diffs):
        raise EditRefusedError("The lines are written in a way that no edit is safe for.")
    made = [edit for source, replacements in by_file.values() for edit in source.edits(replacements)]
    return "".join(diffs), tuple(made)
