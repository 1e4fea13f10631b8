"""Choices of forms that nobody wrote a queryset for: of a ModelAdmin's form, of a ModelForm."""

from __future__ import annotations

import ast

from queryscope.errors import EditRefusedError
from queryscope.fixes.arguments import literals
from queryscope.fixes.change import Change, Plan
from queryscope.fixes.holder import add_statement, assigned, end_of_line
from queryscope.fixes.root import Target, is_named
from queryscope.fixes.source import Replacement, Source
from queryscope.model import AccessKind

_SUPER_INIT = "super().__init__(*args, **kwargs)"
_HOOKS = {
    AccessKind.FORWARD: "formfield_for_foreignkey",
    AccessKind.MANY_TO_MANY: "formfield_for_manytomany",
}


def edit_admin_choices(
    source: Source, holder: ast.ClassDef, plan: Plan, target: Target, owner: str
) -> Change:
    """The method by which a ModelAdmin says what the choices of its form load.

    Args:
        source: the file.
        holder: the ModelAdmin.
        plan: what the choices should load.
        target: the model of the choices.
        owner: the name of the ModelAdmin's own model.

    Raises:
        EditRefusedError: it has such a method already.
    """
    fields = _fields(target, owner)
    kind = AccessKind.FORWARD if AccessKind.FORWARD in fields.values() else AccessKind.MANY_TO_MANY
    names = sorted(name for name, known in fields.items() if known == kind)
    hook = _HOOKS[kind]
    test = f'== "{names[0]}"' if len(names) == 1 else "in {" + ", ".join(f'"{name}"' for name in names) + "}"
    lines = [
        f"def {hook}(self, db_field, request, **kwargs):",
        f"    field = super().{hook}(db_field, request, **kwargs)",
        f"    if db_field.name {test}:",
        f"        field.queryset = field.queryset{''.join(plan.calls())}",
        "    return field",
    ]
    change = Change([], plan, plan, holder, "\n".join(lines))
    if method_of(holder, hook) is not None:
        raise ChoicesRefusedError(
            change, f"{holder.name}.{hook}() is there: let it load these for {names[0]}."
        )
    return _with(change, add_method(source, holder, lines))


def edit_form_choices(source: Source, holder: ast.ClassDef, plan: Plan, target: Target) -> Change | None:
    """The line by which a ModelForm says what the choices of its field load; None if it is no such form.

    Raises:
        EditRefusedError: the form has several such fields, or an `__init__` that none can be added to.
    """
    meta = next(
        (each for each in holder.body if isinstance(each, ast.ClassDef) and each.name == "Meta"), None
    )
    model = assigned(meta, "model") if meta is not None else None
    if meta is None or model is None:
        return None
    owners = [owner for owner, _, _ in target.fields if is_named(model[1], target.named(owner))]
    names = _shown(meta, sorted(_fields(target, owners[0]))) if owners else []
    if not names:
        return None
    line = f'self.fields["{names[0]}"].queryset = self.fields["{names[0]}"].queryset{"".join(plan.calls())}'
    change = Change([], plan, plan, holder, line)
    if len(names) > 1:
        raise ChoicesRefusedError(change, f"{holder.name} has several fields of {target.model.name}.")
    init = method_of(holder, "__init__")
    if init is None:
        head = "def __init__(self, *args, **kwargs):"
        return _with(change, add_method(source, holder, [head, f"    {_SUPER_INIT}", f"    {line}"]))
    first = next((each for each in init.body if _is_super_init(each)), None)
    if first is None:
        raise ChoicesRefusedError(change, f"{holder.name}.__init__() makes the fields in a way of its own.")
    return _with(change, add_statement(source, holder, first, _in_quotes(line, source)))


class ChoicesRefusedError(EditRefusedError):
    """No edit is safe; what to write is known all the same."""

    def __init__(self, change: Change, reason: str) -> None:
        super().__init__(reason)
        self.change = change


def _with(change: Change, replacement: Replacement) -> Change:
    return Change([replacement], change.added, change.final, change.node, change.code)


def _fields(target: Target, owner: str) -> dict[str, str]:
    """The fields of a model that have the target's rows as choices."""
    return {name: kind for model, name, kind in target.fields if model == owner}


def _shown(meta: ast.ClassDef, names: list[str]) -> list[str]:
    """Those of the names that a form shows, as far as its Meta says."""
    fields, hidden = assigned(meta, "fields"), assigned(meta, "exclude")
    if fields is not None and isinstance(fields[1], ast.List | ast.Tuple):
        return [name for name in names if name in literals(fields[1].elts)]
    if hidden is not None and isinstance(hidden[1], ast.List | ast.Tuple):
        return [name for name in names if name not in literals(hidden[1].elts)]
    return names


def _is_super_init(statement: ast.stmt) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    function = call.func if isinstance(call, ast.Call) else None
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "__init__"
        and isinstance(function.value, ast.Call)
        and getattr(function.value.func, "id", "") == "super"
    )


def method_of(holder: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    """The method of that name that a class defines itself."""
    return next(
        (item for item in holder.body if isinstance(item, ast.FunctionDef) and item.name == name), None
    )


def add_method(source: Source, holder: ast.ClassDef, lines: list[str]) -> Replacement:
    """A method at the end of a class; in place of a lone `pass`.

    Raises:
        EditRefusedError: the class stands on one line.
    """
    if holder.body[0].lineno == holder.lineno:
        raise EditRefusedError(f"{holder.name} is written on one line: give it the method that loads these.")
    indent = source.indent_of(holder.body[0].lineno)
    step = indent[len(source.indent_of(holder.lineno)) :] or "    "
    body = source.newline.join(indent + _indented(_in_quotes(line, source), step) for line in lines)
    last = holder.body[-1]
    if isinstance(last, ast.Pass) and len(holder.body) == 1:
        return Replacement(source.start(last), source.end(last), body.lstrip())
    at = end_of_line(source, last)
    return Replacement(at, at, 2 * source.newline + body)


def _in_quotes(line: str, source: Source) -> str:
    return line.replace('"', source.quote)


def _indented(line: str, step: str) -> str:
    text = line.lstrip(" ")
    return step * ((len(line) - len(text)) // 4) + text
