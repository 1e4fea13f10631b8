"""Texts put together: SearchVector over columns, with configuration and weight, and Concat."""

from __future__ import annotations

from queryscope.rules.index.candidate.operand import Expression, Read, constant, unknown, volatile
from queryscope.rules.index.candidate.types import is_text
from queryscope.sql.scalar import Node


def read_search_vector(node: Node, read: Read) -> Expression | None:
    """SearchVector("title", "body", config="english", weight="A"), and several of them added.

    Raises:
        ObstacleError: it has no configuration, or holds what SearchVector doesn't make.
    """
    if node.kind == "operator" and node.text == "||" and _is_vector(node.args[0]):
        left, right = read_search_vector(node.args[0], read), read_search_vector(node.args[1], read)
        if left is None or right is None:
            raise unknown()
        return Expression(
            sql=f"({left.sql} || {right.sql})", django=f"{left.django} + {right.django}", type="tsvector"
        )
    if not _is_vector(node):
        return None
    weight = None
    if node.text == "setweight":
        weight = constant(node.args[1])
        node = node.args[0]
    sql, arguments = _vector(node, read)
    if weight is not None:
        sql, arguments = f"setweight({sql}, {weight.sql})", f"{arguments}, weight={weight.django}"
    return Expression(sql=sql, django=f"SearchVector({arguments})", type="tsvector")


def read_concat(node: Node, read: Read) -> Expression | None:
    """Concat("first", Value(" "), "last"): COALESCE(a, '') || COALESCE(…, ''), folded to the right."""
    if node.kind != "operator" or node.text != "||" or len(node.args) != 2:
        return None
    parts = list(_concatenated(node))
    if not parts or any(part is None for part in parts):
        return None
    read_parts = [read(part) for part in parts if part is not None]
    if not all(part.is_constant or is_text(part.type) for part in read_parts):
        return None
    arguments = ", ".join(part.argument for part in read_parts)
    *heads, last = [f"COALESCE({part.sql}, '')" for part in read_parts]
    sql = last
    for at, head in enumerate(reversed(heads)):
        sql = f"({head} || {sql})" if at == 0 else f"({head} || COALESCE({sql}, ''))"
    return Expression(sql=sql, django=f"Concat({arguments}, output_field=models.TextField())", type="text")


def _is_vector(node: Node) -> bool:
    if node.kind == "operator" and node.text == "||":
        return _is_vector(node.args[0])
    return node.kind == "call" and node.text in ("to_tsvector", "setweight")


def _vector(node: Node, read: Read) -> tuple[str, str]:
    if node.kind != "call" or node.text != "to_tsvector" or not node.args:
        raise unknown()
    if len(node.args) == 1:
        raise volatile(
            "to_tsvector() without a configuration depends on the session; give SearchVector a config"
        )
    config = constant(node.args[0])
    if config is None or len(node.args) != 2:
        raise unknown()
    texts = [_coalesced(part) for part in _parts(node.args[1])]
    fields = [read(text) for text in texts]
    if not all(is_text(field.type) for field in fields):
        raise unknown()
    sql = " || ' ' || ".join(f"COALESCE({field.sql}, '')" for field in fields)
    names = ", ".join(_field(field) for field in fields)
    return f"to_tsvector({config.sql}::regconfig, {sql})", f"{names}, config={config.django}"


def _field(field: Expression) -> str:
    """SearchVector casts what is no text by itself."""
    return field.argument


def _parts(node: Node) -> list[Node]:
    """The texts between which SearchVector puts a space."""
    if node.kind == "operator" and node.text == "||" and node.args[0].kind == "operator":
        inner = node.args[0]
        if inner.text == "||" and inner.args[1] == Node("value", "' '"):
            return [*_parts(inner.args[0]), node.args[1]]
    return [node]


def _coalesced(node: Node) -> Node:
    is_call = node.kind == "call" and node.text == "coalesce" and len(node.args) == 2
    if not is_call or node.args[1] != Node("value", "''"):
        raise unknown()
    return node.args[0]


def _concatenated(node: Node) -> list[Node | None]:
    left, right = _emptied(node.args[0]), _emptied(node.args[1])
    if left is None or right is None:
        return [None]
    if right.kind == "operator" and right.text == "||":
        return [left, *_concatenated(right)]
    return [left, right]


def _emptied(node: Node) -> Node | None:
    is_call = node.kind == "call" and node.text == "coalesce" and len(node.args) == 2
    return node.args[0] if is_call and node.args[1] == Node("value", "''") else None
