"""What the ORM was doing when it ran a query: relation, owner, manager call. Worked out once per group."""

from __future__ import annotations

from typing import Any

from queryscope.capture import verdicts as v
from queryscope.capture.sites import identity, manager_attribute, mark_of
from queryscope.capture.state import MARK, OWNER, note_on
from queryscope.capture.walk import Seen
from queryscope.model import AccessKind

# Label or Options of its model, primary key and load mark of the instance that a query belongs to.
Owned = tuple[Any, Any, Any]

_KINDS = {
    v.PREFETCH: AccessKind.PREFETCH,
    v.FORWARD: AccessKind.FORWARD,
    v.REVERSE_ONE_TO_ONE: AccessKind.REVERSE_ONE_TO_ONE,
    v.GENERIC_FORWARD: AccessKind.GENERIC_FORWARD,
    v.DEFERRED: AccessKind.DEFERRED,
    v.RAW: AccessKind.RAW,
    v.WRITE: AccessKind.WRITE,
    v.RELATED_METHOD: AccessKind.MANY_TO_MANY,
}
_DESCRIPTORS = (v.FORWARD, v.REVERSE_ONE_TO_ONE, v.GENERIC_FORWARD, v.DEFERRED)
# A queryset that runs in one of these ways gives the rows that a prefetch of the relation would give.
_WHOLE_METHODS = frozenset({"iterate", "len", "bool"})


def owner_of(seen: Seen, mark: tuple[Any, ...] | None) -> Owned | None:
    """The instance that the query belongs to."""
    instance = seen.instance
    if instance is None and mark is not None and mark[2]:  # a related manager's queryset
        owned: Owned | None = note_on(seen.queryset, OWNER)
        if owned is not None:
            return owned
        instance = seen.instance = seen.queryset._hints.get("instance")
    if instance is None:
        return None
    return (instance._meta, identity(instance), note_on(instance._state, MARK))


def owner_group(owned: Owned | None, token: int) -> tuple[int, str] | None:
    """(index of the group that loaded the owner, select_related path there); None if loaded elsewhere."""
    load = owned[2] if owned is not None else None
    if load is None or load[0] != token:
        return None
    return (load[1], load[2])


def describe_access(seen: Seen, owned: Owned | None, token: int) -> dict[str, Any] | None:
    """The fields of an `Access`, its owner as a group that still grows; None for plain SQL."""
    model = getattr(seen.queryset, "model", None) if seen.manager is None else seen.manager.model
    if model is None and seen.kind != v.WRITE:
        return None
    target = model._meta.label if model is not None else ""
    label = target if owned is None else str(getattr(owned[0], "label", owned[0]))
    access: dict[str, Any] = {
        "kind": _KINDS.get(seen.kind, AccessKind.MANAGER),
        "model": label,
        "attribute": "",
        "target": target,
        "method": seen.method,
    }
    if seen.kind == v.GENERIC_FORWARD and target == "contenttypes.ContentType":
        # The look-up of the type, which Django caches.
        return access | {"kind": AccessKind.MANAGER, "model": target}
    access["owner"] = owner_group(owned, token)
    if seen.kind in _DESCRIPTORS:
        access["attribute"] = _descriptor_attribute(seen.attribute)
    elif seen.kind == v.PREFETCH:
        lookup, level = seen.lookup
        access["attribute"] = lookup.prefetch_through.split("__")[level]
        found_as = lookup.prefetch_to.split("__")[level]
        if found_as != access["attribute"]:
            access["to_attr"] = found_as
    elif owned is not None:
        access |= _related(seen, label)
    return access


def _descriptor_attribute(descriptor: Any) -> str:
    related = getattr(descriptor, "related", None)  # reverse one-to-one
    if related is not None:
        return str(related.accessor_name)
    return str(getattr(descriptor, "field", descriptor).name)


def _related(seen: Seen, label: str) -> dict[str, Any]:
    """Kind and accessor of a related manager."""
    mark = mark_of(seen.queryset) if seen.queryset is not None else None
    relation = manager_attribute(seen.manager) if seen.manager is not None else mark[2] if mark else ""
    if not relation:
        return {}
    kind, accessor = _manager_relation(seen.instance, label, relation)
    if seen.kind == v.WRITE:
        return {"attribute": accessor}
    is_whole = mark is not None and not mark[4] and seen.method in _WHOLE_METHODS
    return {"kind": kind, "attribute": accessor, "is_plain": is_whole}


def _manager_relation(instance: Any, label: str, attribute: str) -> tuple[AccessKind, str]:
    """The kind of a related manager and the accessor by which it is read."""
    from django.apps import apps

    # Models of migrations and of tests may be unknown to the registry.
    options = apps.get_model(label)._meta if instance is None else instance._meta
    for relation in options.get_fields(include_hidden=True):
        if not relation.is_relation:
            continue
        accessor = getattr(relation, "accessor_name", None) or relation.name
        if attribute not in (accessor, relation.name):
            continue
        if relation.many_to_many:
            return AccessKind.MANY_TO_MANY, accessor
        if relation.one_to_many and getattr(relation, "content_type_field_name", None):
            return AccessKind.GENERIC_RELATION, accessor
        if relation.one_to_many:
            return AccessKind.REVERSE, accessor
    return AccessKind.MANAGER, attribute
