"""Rows whose relations are read one by one: whose code it is, how it is called, what is in the way."""

from __future__ import annotations

from queryscope.model import Frame, QueryGroup, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.trace.paths import OF_ONE, Root, has_instances_of_one, is_generic, is_read_by_holder
from queryscope.sql.fingerprint import tables


def _written_before(root: Root, group: QueryGroup, trace: Trace) -> str:
    """A table of the relations into which rows come between the root's query and the first read."""
    inserts = [
        other
        for other in trace.groups
        if other.kind == "insert" and root.group.first_index < other.first_index < group.first_index
    ]
    if not inserts:
        return ""
    read: set[str] = set()
    current = group
    while current.index != root.group.index:
        read |= set(tables(current.sql))
        access = current.access
        if access is None or access.owner_group is None or access.owner_group >= current.index:
            break
        current = trace.groups[access.owner_group]
    written = (table for other in inserts for table in tables(other.sql))
    return next((table for table in written if table in read), "")


def reader_of(group: QueryGroup) -> Frame | None:
    """What reads the relation: a field of a serializer, or the innermost line."""
    return group.reader or (group.stack[0] if group.stack else None)


def owners_of(group: QueryGroup, root: Root, trace: Trace) -> int:
    """How many instances asked: those of one row are told apart where that is certain."""
    access = group.access
    if group.owners > 1 or access is None or access.owner_group is None or group.count <= root.group.count:
        return group.owners
    if access.kind in OF_ONE:
        return group.count  # an instance remembers what it was given
    return group.count if has_instances_of_one(group, trace) else group.owners


def obstacle(root: Root, group: QueryGroup, trace: Trace) -> str:
    """Why an edit where the queryset is built would not be safe, as far as the trace can tell."""
    written = _written_before(root, group, trace)
    if written:
        return (
            f"Rows of {written} are written before they are read: what is loaded earlier would lack them. "
            "Load the relations where the rows are read."
        )
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
