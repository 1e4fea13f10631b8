"""Conditions of a related manager's query, said again where the rows' own queryset is built."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.asked import Asked
from queryscope.fixes.root import last_name
from queryscope.model import AccessKind, Model, ModelRelation

_FUNCTIONS = frozenset({"Avg", "Count", "Max", "Min", "StdDev", "Sum", "Variance", "ArrayAgg", "StringAgg"})


_WRAPPERS = frozenset({"Abs", "Cast", "Ceil", "Coalesce", "Floor", "NullIf", "Round", "Value"})
_SINGLE = frozenset({AccessKind.FORWARD, AccessKind.REVERSE_ONE_TO_ONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a root queryset leads to the rows that are asked for: from `OrderLine` by `product` to `tags`."""

    owner: Model  # whose related manager it is
    target: Model
    relation: ModelRelation
    hops: tuple[str, ...] = ()  # attributes from a row of the root queryset to the owner, all of them single
    outer: str = ""  # the same as lookup path: "product"

    @property
    def path(self) -> str:
        """The lookup path of the relation, from the root."""
        return "__".join(filter(None, (self.outer, self.relation.query_name)))

    @property
    def manager(self) -> str:
        """`Review.objects`."""
        return f"{self.target.name}.{self.target.default_manager}"

    @property
    def back(self) -> str:
        """`book=OuterRef("pk")`: the related rows of one row of the root.

        Raises:
            EditRefusedError: lookups of the target don't lead back.
        """
        if not self.relation.remote:
            raise EditRefusedError(f"No lookup leads from {self.target.name} back to {self.owner.name}.")
        key = self.relation.remote_key
        steps = (self.outer, key if key != "pk" or not self.outer else "")
        outer = "__".join(filter(None, steps))
        return f'{self.relation.remote}=OuterRef("{outer}")'


class Texts:
    """Source texts of a question, the owner's columns said as the place of the edit needs them."""

    def __init__(self, asked: Asked, way: Way) -> None:
        assert isinstance(asked.root, ast.Attribute)
        self.asked = asked
        self.way = way
        self.imports: set[str] = set()
        self._owner = asked.source.text_of(asked.root.value)

    def inside(self, node: ast.expr) -> str:
        """A text in a subquery: `order.created` is `OuterRef("created")`."""
        return self._rewritten(node, "OuterRef")

    def plain(self, node: ast.expr) -> str:
        """A text beside the row: `order.created` is `F("created")`."""
        return self._rewritten(node, "F")

    def condition(self, link_name: str, call: ast.Call) -> str:
        """The conditions of a filter() or exclude() as one Q, its names led to by the relation.

        Raises:
            EditRefusedError: they aren't all keywords.
        """
        self.imports.add("Q")
        parts = [self._prefixed_q(each) for each in call.args]
        named = [f"{self.way.path}__{self._name(each)}={self.plain(each.value)}" for each in call.keywords]
        if named:
            parts.append(f"Q({', '.join(named)})")
        if not parts:
            raise EditRefusedError("There is no condition.")
        joined = " & ".join(parts)
        if link_name == "exclude":
            return f"~({joined})" if len(parts) > 1 else f"~{joined}"
        return joined

    def aggregate(self, node: ast.expr, condition: str) -> str:
        """An aggregate's expression with its columns led to by the relation, and filtered."""
        replacements: list[tuple[ast.expr | ast.keyword, str]] = []
        for call in [each for each in ast.walk(node) if isinstance(each, ast.Call)]:
            name = last_name(call.func)
            if name in _FUNCTIONS or name == "F":
                if name != "F":
                    self.imports.add(name)
                replacements += self._columns(call, name, condition)
            elif name not in _WRAPPERS and not name.endswith("Field"):
                raise EditRefusedError(f"{name}() is not known to say the same from here.")
        return self._cut(node, replacements)

    def _columns(self, call: ast.Call, name: str, condition: str) -> list[tuple[ast.expr | ast.keyword, str]]:
        if any(each.arg == "filter" for each in call.keywords):
            raise EditRefusedError("The aggregate is filtered already.")
        if not call.args or (isinstance(call.args[0], ast.Constant) and call.args[0].value == "*"):
            raise EditRefusedError("The aggregate names no column.")
        found: list[tuple[ast.expr | ast.keyword, str]] = []
        first = call.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            text = f'"{self.way.path}__{first.value}"'
            if name != "F" and condition and len(call.args) == 1 and not call.keywords:
                text += f", filter={condition}"
            elif name != "F" and condition:
                raise EditRefusedError("The aggregate has more arguments.")
            found.append((first, text))
        elif condition and name != "F":
            raise EditRefusedError("The aggregate is of an expression.")
        return found

    def _prefixed_q(self, node: ast.expr) -> str:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
            return f"~{self._prefixed_q(node.operand)}"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
            sign = "|" if isinstance(node.op, ast.BitOr) else "&"
            return f"({self._prefixed_q(node.left)} {sign} {self._prefixed_q(node.right)})"
        if isinstance(node, ast.Call) and last_name(node.func) == "Q" and not node.args:
            named = [
                f"{self.way.path}__{self._name(each)}={self.plain(each.value)}" for each in node.keywords
            ]
            return f"Q({', '.join(named)})"
        raise EditRefusedError("A condition is given by an expression.")

    def _name(self, keyword: ast.keyword) -> str:
        if keyword.arg is None:
            raise EditRefusedError("Conditions are given by a dictionary.")
        name = keyword.arg.partition("__")[0]
        if any(each.query_name == name and each.kind not in _SINGLE for each in self.way.target.relations):
            raise EditRefusedError(f"{name} may be several rows, which a join would multiply.")
        return keyword.arg

    def _rewritten(self, node: ast.expr, reference: str) -> str:
        found: list[tuple[ast.expr | ast.keyword, str]] = []
        columns = {"pk", "id"} | {field.name for field in self.way.owner.fields}
        columns |= {f"{field.name}_id" for field in self.way.owner.fields if field.target}
        for each in ast.walk(node):
            if not isinstance(each, ast.Attribute) or each.attr not in columns:
                continue
            if self.asked.source.text_of(each.value) == self._owner:
                name = "__".join(filter(None, (self.way.outer, each.attr)))
                found.append((each, f'{reference}("{name}")'))
                self.imports.add(reference)
        return self._cut(node, found)

    def _cut(self, node: ast.expr, replacements: list[tuple[ast.expr | ast.keyword, str]]) -> str:
        source = self.asked.source
        text, start = source.text_of(node), source.start(node)
        for part, new in sorted(replacements, key=lambda each: each[0].col_offset, reverse=True):
            assert isinstance(part, ast.expr)
            text = text[: source.start(part) - start] + new + text[source.end(part) - start :]
        return " ".join(text.split()) if "\n" in text else text
