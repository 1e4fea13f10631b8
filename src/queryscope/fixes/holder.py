"""Edits of a class that holds a queryset: generic views, viewsets, ModelAdmin."""

from __future__ import annotations

import ast

from queryscope.fixes.chain import Chain, chains_of, take_apart
from queryscope.fixes.eager import Plan, call_text, edit_chain
from queryscope.fixes.source import Replacement, Source
from queryscope.model import ClassSite, Model


def find_class(source: Source, site: ClassSite) -> ast.ClassDef | None:
    """The class of that qualified name."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and node.name == site.name.rpartition(".")[2]:
            if node.lineno == site.line or not site.line:
                return node
            if node.lineno <= site.line <= node.lineno + 20:
                return node
    return None


def assigned(holder: ast.ClassDef, name: str) -> ast.Assign | ast.AnnAssign | None:
    """The statement that gives a class attribute its value."""
    for statement in holder.body:
        if isinstance(statement, ast.Assign):
            targets = [target.id for target in statement.targets if isinstance(target, ast.Name)]
            if name in targets:
                return statement
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            if isinstance(statement.target, ast.Name) and statement.target.id == name:
                return statement
    return None


def queryset_chain(holder: ast.ClassDef) -> Chain | None:
    """The chain behind `queryset = …`."""
    statement = assigned(holder, "queryset")
    return take_apart(statement.value) if statement is not None and statement.value is not None else None


def edit_holder(
    source: Source, holder: ast.ClassDef, kind: str, plan: Plan, model: Model
) -> tuple[list[Replacement], Plan, ast.stmt] | None:
    """The replacements, the paths named afterwards, and the statement where they belong."""
    chain = queryset_chain(holder)
    statement = assigned(holder, "queryset")
    if chain is not None and statement is not None:
        replacements, final = edit_chain(source, chain, plan)
        return replacements, final, statement
    if kind == "admin":
        return _edit_admin(source, holder, plan)
    declared = _declared_chains(holder, model)
    if len(declared) == 1:  # the field of a form: ModelChoiceField(queryset=Book.objects.all())
        field, field_chain = declared[0]
        replacements, final = edit_chain(source, field_chain, plan)
        return replacements, final, field
    model_statement = assigned(holder, "model")
    if model_statement is None:
        return None
    indent = source.indent_of(model_statement.lineno)
    value = f"{_expression(source, model_statement, model)}.{model.default_manager}"
    line = f"{source.newline}{indent}queryset = {value}{_calls(source, plan)}"
    end = source.end(model_statement)
    return [Replacement(end, end, line)], plan, model_statement


def _declared_chains(holder: ast.ClassDef, model: Model) -> list[tuple[ast.stmt, Chain]]:
    """The model's chains in the attributes of a class, each with its statement."""
    statements = [item for item in holder.body if isinstance(item, ast.Assign | ast.AnnAssign)]
    return [(item, chain) for item in statements for chain in chains_of(item, model.name)]


def _expression(source: Source, statement: ast.Assign | ast.AnnAssign, model: Model) -> str:
    value = statement.value
    return source.text[source.start(value) : source.end(value)] if value is not None else model.name


def admin_code(plan: Plan) -> str:
    """What a ModelAdmin gets, as the user would write it."""
    lines = []
    if plan.select_related:
        paths = ", ".join(f'"{path}"' for path in plan.select_related)
        lines.append(f"list_select_related = [{paths}]")
    if plan.prefetch_related:
        call = call_text("prefetch_related", plan.prefetch_related)
        lines.append(f"def get_queryset(self, request): return super().get_queryset(request){call}")
    return "\n".join(lines)


def _calls(source: Source, plan: Plan) -> str:
    calls = ""
    if plan.select_related:
        calls += call_text("select_related", plan.select_related, source.quote)
    if plan.prefetch_related:
        calls += call_text("prefetch_related", plan.prefetch_related, source.quote)
    return calls


def _edit_admin(
    source: Source, holder: ast.ClassDef, plan: Plan
) -> tuple[list[Replacement], Plan, ast.stmt] | None:
    replacements: list[Replacement] = []
    quote = source.quote
    indent = source.indent_of(holder.body[0].lineno)
    place: ast.stmt = holder
    additions = ""
    final = plan
    if plan.select_related:
        statement = assigned(holder, "list_select_related")
        value = statement.value if statement is not None else None
        if isinstance(value, ast.List | ast.Tuple):
            present = [item.value for item in value.elts if isinstance(item, ast.Constant)]
            paths = (*(str(name) for name in present), *(p for p in plan.select_related if p not in present))
            final = Plan(paths, plan.prefetch_related)
            text = "[" + ", ".join(f"{quote}{path}{quote}" for path in paths) + "]"
            replacements.append(Replacement(source.start(value), source.end(value), text))
            place = statement or holder
        elif value is not None:
            return None
        else:
            paths = ", ".join(f"{quote}{path}{quote}" for path in plan.select_related)
            additions += f"{source.newline}{indent}list_select_related = [{paths}]"
    if additions:
        anchor = assigned(holder, "list_display") or _last_assignment(holder)
        if anchor is None:
            return None
        at = source.end(anchor)
        replacements.append(Replacement(at, at, additions))
    if plan.prefetch_related:
        if any(isinstance(item, ast.FunctionDef) and item.name == "get_queryset" for item in holder.body):
            return None
        at = source.end(holder.body[-1])
        body = f"super().get_queryset(request){call_text('prefetch_related', plan.prefetch_related, quote)}"
        inner = indent + (indent if indent.strip() == "" else "    ")
        lines = ["", "", f"{indent}def get_queryset(self, request):", f"{inner}return {body}"]
        replacements.append(Replacement(at, at, source.newline.join(lines)))
    return replacements, final, place


def _last_assignment(holder: ast.ClassDef) -> ast.stmt | None:
    statements = [item for item in holder.body if isinstance(item, ast.Assign | ast.AnnAssign)]
    return statements[-1] if statements else None
