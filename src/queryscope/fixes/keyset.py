"""Pages by the last key seen: the condition that continues an ordering where the page before ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.keyset_loop import keyset_loop_edits
from queryscope.fixes.narrowed import narrowed
from queryscope.fixes.source import Source
from queryscope.fixes.steady import Order
from queryscope.model import AccessKind, Fix, Model, Models, QuerySetSite

_MANY = frozenset({AccessKind.REVERSE, AccessKind.MANY_TO_MANY, AccessKind.GENERIC_RELATION})
_PAGE = 20  # rows, where the statement doesn't tell
TITLE = "Page by the last key seen"
EXPLAINED = "No diff: whoever asks for a page has to hand over the last key instead of a number."


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    is_falling: bool
    is_null: bool = False
    is_told: bool = True  # one column of the rows, or of rows that belong to them

    @property
    def written(self) -> str:
        return f"-{self.name}" if self.is_falling else self.name

    @property
    def value(self) -> str:
        return "last." + self.name.replace("__", ".")


def keyset_fix(
    site: QuerySetSite,
    model: Model,
    models: Models,
    limit: int | None,
    source: Source | None = None,
    *,
    order: Order | str = "",
) -> Fix:
    """The queryset of the next page: an edit where a loop takes one page after the other, else said.

    Args:
        site: where the queryset is built.
        model: of its rows.
        models: of the project.
        limit: rows of a page; None where nobody knows.
        source: the file of that place.
        order: by what the statement sorts its rows; a text says why that is no key.
    """
    try:
        edits = keyset_loop_edits(source, site, model, models, order)
    except EditRefusedError as refused:
        return _said(site, model, models, limit, source, f"No diff: {refused}")
    if edits is None or source is None:
        return _said(site, model, models, limit, source, EXPLAINED)
    lines = (line.strip() for each in edits for line in each.text.splitlines())
    return Fix(
        kinds=("keyset",),
        title="Go on behind the last row of the slice before",
        code=next(line for line in lines if line.startswith("rest") and ".filter(" in line and "=" in line),
        diff=source.diff(edits),
        edits=source.edits(edits),
        caveat=_about(order),
    )


def _about(order: Order | str) -> str:
    """What an edit changes besides: rows that lie side by side are told apart."""
    if isinstance(order, str) or not order.is_changed:
        return ""
    what = (
        "Rows that the order leaves side by side" if len(order.keys) > 1 else "The rows have no order: they"
    )
    return f"{what} come by their primary key then, each in one slice."


def _said(
    site: QuerySetSite, model: Model, models: Models, limit: int | None, source: Source | None, why: str
) -> Fix:
    keys = _keys(site.ordering, model, models)
    if keys is None:
        return Fix(
            kinds=("keyset",),
            title=TITLE,
            code=f'{narrowed(model, "pk__gt=last_pk", site, source)}.order_by("pk")[:{limit or _PAGE}]',
            caveat=f"{why} The ordering that is there is no key: order by columns that don't change.",
        )
    ordering = ", ".join(f'"{key.written}"' for key in keys)
    nullable = [key.name for key in keys if key.is_null]
    if nullable:
        why += f" {' and '.join(nullable)} may be NULL, which compares with nothing: those rows need a case."
    return Fix(
        kinds=("keyset",),
        title=TITLE,
        code=f"{narrowed(model, _condition(keys), site, source)}.order_by({ordering})[:{limit or _PAGE}]",
        caveat=why,
    )


def _keys(ordering: Sequence[str], model: Model, models: Models) -> list[_Key] | None:
    """The keys of an ordering, made unique by the primary key; None where one is no column."""
    keys = []
    for written in ordering:
        key = _key(written, model, models)
        if not key.is_told:
            return None
        keys.append(key)
        if _is_unique(key.name, model):
            return keys
    falling = keys[-1].is_falling if keys else False
    return [*keys, _Key("pk", falling)]


def _key(written: str, model: Model, models: Models) -> _Key:
    name = written.lstrip("-+")
    is_falling = written.startswith("-")
    if name in ("pk", model.primary_key):
        return _Key("pk", is_falling)
    *before, last = name.split("__")
    owner: Model | None = model
    is_null = False
    for hop in before:
        relation = owner.relation(hop) if owner else None
        if relation is None or relation.kind in _MANY:
            return _Key(name, is_falling, is_told=False)
        is_null = is_null or relation.is_null
        owner = models.get(relation.target or "")
    field = owner.field(last) if owner else None
    if owner is not None and owner.fields and field is None:
        return _Key(name, is_falling, is_told=last == "pk")
    if field is not None and field.target is not None and last == field.name:
        return _Key(name, is_falling, is_told=False)  # ordered as the other model is
    told = field is not None or (name.isidentifier() and not before)
    return _Key(name, is_falling, is_null=is_null or bool(field and field.is_null), is_told=told)


def _is_unique(name: str, model: Model) -> bool:
    field = model.field(name)
    return name == "pk" or (field is not None and field.is_unique and not field.is_null)


def _condition(keys: Sequence[_Key]) -> str:
    if len(keys) == 1:
        value = "last_pk" if keys[0].name == "pk" else keys[0].value
        return f"{_beyond(keys[0])}={value}"
    branches = []
    for at, key in enumerate(keys):
        same = [f"{each.name}={each.value}" for each in keys[:at]]
        branches.append(f"Q({', '.join([*same, f'{_beyond(key)}={key.value}'])})")
    # Of an OR alone PostgreSQL makes no range of an index: the bound of the first key does.
    bound = f"{_beyond(keys[0])}e={keys[0].value}"
    return f"{' | '.join(branches)}, {bound}"


def _beyond(key: _Key) -> str:
    return f"{key.name}__{'lt' if key.is_falling else 'gt'}"
