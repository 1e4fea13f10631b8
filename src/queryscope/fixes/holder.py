"""Edits of a class that holds a queryset: generic views, viewsets, forms, serializers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from queryscope.errors import EditRefusedError
from queryscope.fixes.chain import Chain, Shortcut, chains_of, find_chain, is_manager, take_apart
from queryscope.fixes.change import Change, Plan
from queryscope.fixes.eager import edit_chain
from queryscope.fixes.root import Target, is_named, last_name, names_model
from queryscope.fixes.source import Replacement, Source
from queryscope.model import ClassSite, QuerySetSite


def find_class(source: Source, site: ClassSite) -> ast.ClassDef | None:
    """The class of that qualified name; of several the one at that line."""
    found = [node for name, node in _classes(source.tree) if name == site.name]
    at_line = [node for node in found if node.lineno == site.line]
    return next(iter([*at_line, *found]), None)


def _classes(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.ClassDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield prefix + child.name, child
            yield from _classes(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _classes(child, f"{prefix}{child.name}.<locals>.")
        elif isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield from _classes(child, prefix)


def assigned(holder: ast.ClassDef, name: str) -> tuple[ast.stmt, ast.expr] | None:
    """The statement that gives a class attribute its value last, and the value."""
    for statement in reversed(holder.body):
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        if statement.value is not None and any(
            isinstance(target, ast.Name) and target.id == name for target in targets
        ):
            return statement, statement.value
    return None


def site_chain(source: Source | None, site: QuerySetSite, target: Target, *, do: str) -> Chain | Shortcut:
    """The chain that builds the queryset of a site: at its line, or in the class that holds it.

    Args:
        source: the file of that place; None if it can't be read or parsed.
        site: where the queryset is built.
        target: its model.
        do: what to do where it is built elsewhere: "load the columns".

    Raises:
        EditRefusedError: no chain is in sight there.
    """
    if source is None:
        raise EditRefusedError("The file of this line can't be read or parsed here.")
    if site.frame is not None:
        if site.frame.is_template:
            raise EditRefusedError("The queryset is built in a template: build it in the view.")
        return find_chain(source, site.frame, target)
    holder = find_class(source, site.holder) if site.holder is not None else None
    value = assigned(holder, "queryset") if holder is not None else None
    chain = take_apart(value[1]) if value is not None else None
    if chain is None or not names_model(source, chain.root, target):
        raise EditRefusedError(f"The queryset is built elsewhere: {do} there.")
    return chain


def edit_holder(source: Source, holder: ast.ClassDef, kind: str, plan: Plan, target: Target) -> Change:
    """The change of a class whose queryset should load `plan`.

    Raises:
        EditRefusedError: the class doesn't say which queryset it means.
    """
    found = assigned(holder, "queryset")
    if found is not None and not (isinstance(found[1], ast.Constant) and found[1].value is None):
        chain = take_apart(found[1])
        if not (chain.links or is_manager(chain.node, target)) or not names_model(source, chain.root, target):
            raise EditRefusedError(f"{holder.name}.queryset is built elsewhere: add the call there.")
        return edit_chain(source, chain, plan)
    model = assigned(holder, "model")
    if kind == "view" and model is not None and is_named(model[1], target):
        return _add_queryset(source, holder, model, plan, target)
    return edit_chain(source, _only_chain(source, holder, target), plan)


def _add_queryset(
    source: Source, holder: ast.ClassDef, model: tuple[ast.stmt, ast.expr], plan: Plan, target: Target
) -> Change:
    statement, value = model
    calls = "".join(plan.calls(source.quote))
    line = f"queryset = {source.text_of(value)}.{target.model.default_manager}{calls}"
    return Change([add_statement(source, holder, statement, line)], plan, plan, statement)


def _only_chain(source: Source, holder: ast.ClassDef, target: Target) -> Chain:
    """The only chain of that model among the class's attributes: a field's `queryset=`."""
    found = {id(chain.node): chain for chain in chains_of(source, holder, target)}
    value = handed(source, holder, target) if not found else None
    if value is not None:
        return take_apart(value)
    if len(found) != 1:
        name = target.model.name
        raise EditRefusedError(
            f"{holder.name} builds a queryset of {name}: give it one that loads the relations."
        )
    return next(iter(found.values()))


def handed(source: Source, holder: ast.ClassDef, target: Target) -> ast.expr | None:
    """The only `queryset=` that a file hands to a class of its own: to a field with labels of its own."""
    found = [
        keyword.value
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and last_name(node.func) == holder.name
        for keyword in node.keywords
        if keyword.arg == "queryset" and names_model(source, keyword.value, target)
    ]
    return found[0] if len(found) == 1 else None


def add_statement(source: Source, holder: ast.ClassDef, after: ast.stmt, text: str) -> Replacement:
    """A class attribute behind another one, on a line of its own where the class has several lines."""
    end = source.end(after)
    if holder.body[0].lineno == holder.lineno:
        return Replacement(end, end, f"; {text}")
    at = end_of_line(source, after)
    return Replacement(at, at, f"{source.newline}{source.indent_of(after.lineno)}{text}")


def end_of_line(source: Source, statement: ast.stmt) -> int:
    """Where a statement's last line ends, its comment included; its own end if more follows on that line."""
    end = source.end(statement)
    rest = source.text[end:].partition("\n")[0].rstrip("\r")
    return end + len(rest) if rest.lstrip().startswith("#") else end
