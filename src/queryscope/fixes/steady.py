"""Whether a queryset gives the same rows in the same order, whenever a loop takes a slice of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.chain import QUERYSET_METHODS, Chain, Link
from queryscope.fixes.loops import names_in, names_read
from queryscope.fixes.root import last_name
from queryscope.fixes.slices import Slices
from queryscope.fixes.variables import is_fresh
from queryscope.model import Frame, Model, Models, QuerySetSite

_ASKING = frozenset({"alias", "annotate", "complex_filter", "exclude", "filter"})
# What may be added to a queryset in a branch, and leaves each row one row.
_ADDED = frozenset({
    "all", "count", "defer", "exclude", "exists", "filter", "only", "prefetch_related", "select_related",
    "using",
})  # fmt: skip
_SAVING = frozenset({"abulk_update", "asave", "aupdate", "bulk_update", "save", "update"})
_MAKING = frozenset({
    "abulk_create", "acreate", "bulk_create", "create", "get_or_create", "update_or_create",
})  # fmt: skip
_DELETING = frozenset({"adelete", "delete"})
_Generators = ast.Yield | ast.YieldFrom
_CHANGES = "the loop changes which rows there are, or their order, as it goes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """By what the rows are sorted, each row having a place of its own.

    Attributes:
        keys: attribute and whether it falls.
        is_changed: whether the queryset has to be told so: its own order leaves rows side by side.
        conflicts: stacks of statements that change the selected rows or their order.
        writes: stacks of all statements that write.
        is_joined: whether other tables are joined: one to many would give rows several times.
    """

    keys: tuple[tuple[str, bool], ...]
    is_changed: bool
    conflicts: tuple[tuple[Frame, ...], ...] = ()
    writes: tuple[tuple[Frame, ...], ...] = ()
    is_joined: bool = False

    @property
    def written(self) -> tuple[str, ...]:
        """As order_by() has it."""
        return tuple(f"-{name}" if is_falling else name for name, is_falling in self.keys)


def check_steady(slices: Slices, site: QuerySetSite, order: Order, models: Models) -> None:
    """Accept a queryset of which each row has one place, and keeps it.

    Args:
        slices: of the queryset, and the loop that takes them.
        site: where it is built.
        order: of its rows.
        models: of the project.

    Raises:
        EditRefusedError: slices by number and slices by key may differ; the text says why.
    """
    model = models.get(site.model)
    if model is None:
        raise EditRefusedError("the model of the rows isn't known.")
    _check_queryset(slices, site, order)
    _check_order(slices, site, order, model)
    _check_related(slices, order, model, models)
    _check_writes(slices, order, model)
    _check_values(slices)


def _check_queryset(slices: Slices, site: QuerySetSite, order: Order) -> None:
    names = {link.name for link in slices.links}
    if site.is_values or names & {"values", "values_list"}:
        raise EditRefusedError("the rows are no instances, of which the key could be read.")
    if site.is_combined or site.is_for_update or site.is_distinct or names & {"extra", "reverse"}:
        raise EditRefusedError(
            "a queryset that is combined, locked, distinct or turned round stays as it is."
        )
    named = {name for name, _ in order.keys} - {"pk"}
    if named & set(site.defer) or (site.only and named - set(site.only)):
        raise EditRefusedError("a column of the order isn't loaded with the rows.")
    for chain in slices.chains[1:]:
        added = {link.name for link in chain.links} - _ADDED
        if added and _is_in_branch(slices, chain):
            raise EditRefusedError(f"{min(added)}() is called in some runs only.")


def _is_in_branch(slices: Slices, chain: Chain) -> bool:
    """Whether a chain on the variable stands elsewhere than where the variable gets its first value."""
    parents = slices.source.parents
    return _block(parents, chain.node) is not _block(parents, slices.built.first.node)


def _block(parents: dict[ast.AST, ast.AST], node: ast.AST) -> ast.AST:
    while not isinstance(node, ast.stmt):
        node = parents[node]
    return parents[node]


def _check_order(slices: Slices, site: QuerySetSite, order: Order, model: Model) -> None:
    """Accept an order that is the same in each run: of the model, or written out once."""
    sorts = [link for link in slices.links if link.name == "order_by"]
    if len(sorts) > 1:
        raise EditRefusedError("the order is given at several places.")
    if not sorts:
        if site.ordering != model.ordering:
            raise EditRefusedError("where the order comes from, the source doesn't tell.")
        return
    [call] = [link.call for link in sorts]
    written = [each.value for each in call.args if isinstance(each, ast.Constant)]
    if call.keywords or len(written) < len(call.args):
        raise EditRefusedError("the order may be another one in the next run.")
    for text, (name, is_falling) in zip(written, order.keys, strict=False):
        bare = str(text).removeprefix("-")
        bare = "pk" if bare == model.primary_key else bare
        if bare not in (name, name.removesuffix("_id")) or str(text).startswith("-") is not is_falling:
            raise EditRefusedError("the order may be another one in the next run.")


def _check_related(slices: Slices, order: Order, model: Model, models: Models) -> None:
    names = {link.name for link in slices.links}
    asking = [link for link in slices.links if link.name in _ASKING]
    is_many = any(_may_lead_to_many(path, model, models) for link in asking for path in _paths(link))
    if is_many or (order.is_joined and names - QUERYSET_METHODS):
        raise EditRefusedError("a join may give a row several times.")


def _paths(link: Link) -> Iterator[str | None]:
    """The lookups of a call, in a Q() too; None of what is handed over."""
    for argument in link.call.args:
        if any(
            isinstance(each, ast.Name) and not _is_part_of_call(argument, each) for each in ast.walk(argument)
        ):
            yield None
    for keyword in (each for each in ast.walk(link.call) if isinstance(each, ast.keyword)):
        yield keyword.arg


def _is_part_of_call(argument: ast.expr, name: ast.Name) -> bool:
    """Whether a name stands in a call within an argument, or is what is called: `Q(…)`, `Q(a=name)`."""
    return any(
        isinstance(each, ast.Call) and any(part is name for part in ast.walk(each))
        for each in ast.walk(argument)
    )


def _may_lead_to_many(path: str | None, model: Model, models: Models) -> bool:
    if path is None:
        return True
    owner: Model | None = model
    for hop in path.split("__"):
        if owner is None:
            return True
        relation = next((each for each in owner.relations if hop in (each.query_name, each.name)), None)
        if relation is None:
            return False  # a column, and what is asked of it
        if relation.kind not in ("forward", "reverse_one_to_one"):
            return True
        owner = models.get(relation.target or "")
    return False


def _check_writes(slices: Slices, order: Order, model: Model) -> None:
    """By number a row that goes makes the loop skip another one; by key it doesn't: that is a change."""
    is_generator = any(isinstance(each, _Generators) for each in ast.walk(slices.scope))
    if any(is_generator or any(_lines(slices, stack)) for stack in order.conflicts):
        raise EditRefusedError(_CHANGES)
    is_narrowed = any(link.name in ("exclude", "filter") for link in slices.links)
    is_all = order.written in (("pk",), ("-pk",)) and not is_narrowed
    seen = {line for stack in order.writes for line in _lines(slices, stack)}
    for call in (each for each in ast.walk(slices.loop) if isinstance(each, ast.Call)):
        name = last_name(call.func)
        if name in _DELETING or (name in _MAKING and model.name in names_in(call.func)):
            raise EditRefusedError(_CHANGES)
        is_write = name in _SAVING and (name not in ("update", "aupdate") or _is_of_queryset(call))
        if is_write and not is_all and not seen & set(range(call.lineno, (call.end_lineno or 0) + 1)):
            raise EditRefusedError(f"what {name}() writes in the loop, no run has shown.")


def _lines(slices: Slices, stack: tuple[Frame, ...]) -> Iterator[int]:
    """The lines of the loop that were under execution."""
    loop = slices.loop
    for frame in stack:
        if frame.path == slices.source.path and loop.lineno <= frame.line <= (loop.end_lineno or 0):
            yield frame.line


def _is_of_queryset(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and is_fresh(call.func.value)


def _check_values(slices: Slices) -> None:
    """What is asked for stays the same: not `exclude(pk__in=seen)`, where the loop adds to `seen`."""
    asked = {name for chain in slices.chains for name in names_read(chain.node)} | {slices.built.name}
    attributes = {
        each.attr for chain in slices.chains for each in ast.walk(chain.node)
        if isinstance(each, ast.Attribute)
    }  # fmt: skip
    is_list = any(
        keyword.arg is None or keyword.arg.endswith("__in")
        for link in slices.links
        for keyword in (each for each in ast.walk(link.call) if isinstance(each, ast.keyword))
    )
    own = {each for chain in slices.chains for each in ast.walk(chain.node)}
    for node in ast.walk(slices.loop):
        parent = slices.source.parents[node]
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) and node.attr in attributes:
            raise EditRefusedError(f"{node.attr}, which the queryset asks for, is changed in the loop.")
        if not isinstance(node, ast.Name) or node.id not in asked or node in own:
            continue
        is_called = isinstance(parent, ast.Attribute) and isinstance(slices.source.parents[parent], ast.Call)
        is_handed = is_list and isinstance(parent, ast.Call) and node in parent.args
        is_item = isinstance(parent, ast.Subscript) and not isinstance(parent.ctx, ast.Load)
        is_text = is_called and node.id[:1].isupper()  # a class
        if (is_called and not is_text and node.id != slices.built.name) or is_handed or is_item:
            raise EditRefusedError(f"{node.id}, by which the rows are chosen, may change in the loop.")
