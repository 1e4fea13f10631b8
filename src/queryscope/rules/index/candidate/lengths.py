"""How many elements an array has: what Django sends for `tags__len`."""

from __future__ import annotations

from queryscope.rules.index.candidate.operand import Expression, Read
from queryscope.sql.scalar import Node


def read_length(node: Node, read: Read) -> Expression | None:
    """CASE WHEN a IS NULL THEN NULL ELSE COALESCE(array_length(a, 1), 0) END; None of anything else."""
    if node.kind != "case" or len(node.args) != 3:
        return None
    test, nothing, otherwise = node.args
    length = _argument(otherwise, "coalesce", "0")
    array = _argument(length, "array_length", "1") if length is not None else None
    if array is None or array.kind != "column" or test != Node("test", "is null", (array,)):
        return None
    if nothing not in (Node("value", "NULL"), Node("cast", "integer", (Node("value", "NULL"),))):
        return None
    column = read(array)
    if not column.type.endswith("[]"):
        return None
    return Expression(
        sql=f"CASE WHEN {column.sql} IS NULL THEN NULL ELSE COALESCE(ARRAY_LENGTH({column.sql}, 1), 0) END",
        django=f'models.F("{column.django}__len")',
        type="integer",
    )


def _argument(node: Node, name: str, second: str) -> Node | None:
    """The first argument of this call, if the second is this constant."""
    is_call = node.kind == "call" and node.text.lower() == name and len(node.args) == 2
    return node.args[0] if is_call and node.args[1] == Node("value", second) else None
