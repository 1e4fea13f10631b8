"""Rows whose relations are read one by one: whose code it is, how it is called, what is in the way."""

from __future__ import annotations

from queryscope.model import Frame, Observation, QueryGroup, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.trace.paths import OF_ONE, Root, is_generic, is_read_by_holder


def reader_of(group: QueryGroup) -> Frame | None:
    """What reads the relation: a field of a serializer, or the innermost line."""
    return group.reader or (group.stack[0] if group.stack else None)


def owners_of(group: QueryGroup, root: Root, trace: Trace) -> int:
    """How many instances asked: those of one row are told apart where that is certain.

    Forty products of one brand have forty instances of that brand, and each asks for its company.
    """
    access = group.access
    if group.owners > 1 or access is None or access.owner_group is None or group.count <= root.group.count:
        return group.owners
    if access.kind in OF_ONE:
        return group.count  # an instance remembers what it was given
    owner = trace.groups[access.owner_group]
    is_of_one = bool(access.owner_path) or (owner.access is not None and owner.access.kind in OF_ONE)
    return group.count if is_of_one and owner.rows == group.count else group.owners


def place_of(observation: Observation) -> str:
    """The function or class that builds the queryset."""
    site = observation.site
    if site is not None and site.frame is not None:
        return function_name(site.frame)
    if site is not None and site.holder is not None:
        return site.holder.name
    return "The page"


def obstacle(root: Root) -> str:
    """Why an edit where the queryset is built would not be safe, as far as the trace can tell."""
    for hop in root.hops[:-1]:
        if is_generic(hop):
            return (
                f"{hop.attribute} leads to several models, where a lookup path may raise AttributeError: "
                f'use GenericPrefetch("{hop.attribute}", [one queryset for each model]).'
            )
    if is_read_by_holder(root.group) and root.site.holder is not None and root.group.access is not None:
        owner, relation = root.group.access.model.rpartition(".")[2], root.group.access.attribute
        return (
            f"{root.site.holder.name} only reads {owner}.{relation}: where the {owner} is loaded, add "
            f'prefetch_related(Prefetch("{relation}", queryset=…)) with this queryset.'
        )
    stack = root.group.stack
    if root.site.frame in stack[1:] and not stack[0].is_template:
        inner = stack[0]
        if function_name(inner) != function_name(stack[stack.index(root.site.frame)]):
            return f"{function_name(inner)} runs the query at {inner.path}:{inner.line}: add the call there."
    return ""
