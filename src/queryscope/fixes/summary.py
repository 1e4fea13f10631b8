"""Counts, aggregates and existence of related rows, as annotations."""

from __future__ import annotations

import ast

from queryscope.errors import EditRefusedError
from queryscope.fixes.question import FILTERS, Addition, Question
from queryscope.fixes.root import last_name

_WITHOUT_EFFECT = frozenset({"defer", "only", "order_by", "prefetch_related", "select_related"})


def count(question: Question) -> Addition:
    """How many related rows there are."""
    name = question.name(f"{question.adjective()}{question.one}_count")
    question.only(FILTERS | _WITHOUT_EFFECT | {"distinct"})
    is_distinct = question.around.is_joined or any(link.name == "distinct" for link in question.links)
    if question.is_safe_join():
        try:
            condition = question.condition()
        except EditRefusedError:
            question.texts.imports.clear()
        else:
            more = f", filter={condition}" if condition else ""
            more += ", distinct=True" if is_distinct else ""
            return question.annotation(name, f'Count("{question.way.path}"{more})', imports=("Count",))
    return question.annotation(
        name, _apart(question, 'Count("pk")', "Count", zero=True), imports=("Count", "Subquery")
    )


def _apart(question: Question, aggregate: str, function: str, *, zero: bool = False) -> str:
    """An aggregate in a subquery of its own, which no join multiplies."""
    question.texts.imports |= {function, "Subquery"}
    remote = question.way.relation.remote
    inner = f'{question.inner(question.filters)}.order_by().values("{remote}").annotate(value={aggregate})'
    subquery = f'Subquery({inner}.values("value"))'
    if zero:
        question.texts.imports.add("functions.Coalesce")
        return f"Coalesce({subquery}, 0)"
    return subquery


def exists(question: Question) -> Addition:
    """Whether there is a related row, or this one."""
    last = question.links[-1]
    middle = [link for link in question.links[:-1] if link.name not in _WITHOUT_EFFECT]
    name = question.name(f"has_{question.adjective()}{question.one}")
    if not question.way.relation.remote and not middle and question.asked.method in ("exists", "aexists"):
        count = question.name(f"{question.one}_count")
        distinct = ", distinct=True" if question.around.is_joined else ""
        code = f'Count("{question.way.path}"{distinct})'
        return question.annotation(count, code, access=f"{question.row}.{count} > 0", imports=("Count",))
    if last.call.args:  # contains(tag)
        inner = question.inner(middle, f"pk={question.texts.inside(last.call.args[0])}.pk")
        return question.annotation(name, f"Exists({inner})", imports=("Exists",))
    return question.annotation(name, f"Exists({question.inner(middle)})", imports=("Exists",))


def aggregate(question: Question) -> Addition:
    """Aggregates of related rows, under the names that they were asked by."""
    question.only(FILTERS | _WITHOUT_EFFECT)
    call = question.links[-1].call
    one = question.one
    wanted = [(f"{one}_{_default_alias(each)}", _default_alias(each, "__"), each) for each in call.args]
    wanted += [(str(each.arg), str(each.arg), each.value) for each in call.keywords if each.arg]
    pieces, names = [], {}
    for name, key, expression in wanted:
        prefixed = name if name not in question.around.taken else f"{question.one}_{name}"
        names[key] = question.name(prefixed)
        pieces.append((names[key], _aggregate(question, expression)))
    code = ", ".join(f"{name}={text}" for name, text in pieces)[len(pieces[0][0]) + 1 :]
    node = question.asked.node
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value in names:
        access = f"{question.row}.{names[node.slice.value]}"
    elif isinstance(node, ast.Subscript):
        raise EditRefusedError("Which of the values is read can't be told from here.")
    else:
        access = "{" + ", ".join(f'"{key}": {question.row}.{name}' for key, name in names.items()) + "}"
    return question.annotation(pieces[0][0], code, access=access)


def _aggregate(question: Question, expression: ast.expr) -> str:
    functions = {last_name(each.func) for each in ast.walk(expression) if isinstance(each, ast.Call)}
    is_immune = functions <= {"Max", "Min", "Coalesce", "Value"}
    if question.is_safe_join() and (is_immune or not question.around.is_joined):
        return question.texts.aggregate(expression, question.condition())
    return _apart(
        question, question.texts.inside(expression), last_name(getattr(expression, "func", expression))
    )


def _default_alias(node: ast.expr, between: str = "_") -> str:
    """As Django names an aggregate without a name: `rating__avg`."""
    if isinstance(node, ast.Call) and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            return f"{first.value}{between}{last_name(node.func).lower()}"
    raise EditRefusedError("The aggregate has no name.")
