"""The same rows chosen in Python from those that are prefetched: `[r for r in book.reviews.all() if …]`."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from queryscope.errors import EditRefusedError
from queryscope.fixes.naming import snake
from queryscope.fixes.reread import Read, Step, takes_any_list
from queryscope.fixes.source import Replacement
from queryscope.fixes.to_attr import replacement, row_values
from queryscope.model import Field, Model

_COMPARED = {"exact": "==", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_ORDERED = frozenset(_COMPARED) - {"exact"}
_NUMBERS = re.compile(r"(Auto|Integer|Decimal|Float)")
_SORTED = re.compile(r"(Auto|Integer|Decimal|Float|Date|Time)")
_WORDS = re.compile(r"(Char|Slug|Text)Field$")


@dataclass(frozen=True, slots=True)
class Chosen:
    """An expression over the prefetched rows, and the edit; none where it may not be exactly the same."""

    code: str
    replacement: Replacement | None


def choose(read: Read, model: Model, *, is_sorted_as_model: bool = True) -> Chosen:
    """What reads the same from the prefetched rows.

    Args:
        read: the expression.
        model: of the rows.
        is_sorted_as_model: the prefetch sorts its rows by nothing of its own.

    Raises:
        EditRefusedError: it can't be said in Python in a few words.
    """
    work = _Choice(read, model)
    for step in read.steps:
        work.add(step)
    code = work.written(is_sorted_as_model)
    is_value = read.ending in ("count", "exists", "first")
    if not work.is_exact or not (is_value or takes_any_list(read.source, read.node)):
        return Chosen(code, None)
    return Chosen(code, replacement(read, code))


class _Choice:
    """Conditions, order and slice of a read, in Python."""

    def __init__(self, read: Read, model: Model) -> None:
        self.read = read
        self.model = model
        self.row = snake(model.name)
        self.rows = read.rows
        self.conditions: list[str] = []
        self.key = ""
        self.is_falling = False
        self.slice = ""
        self.is_exact = True

    def add(self, step: Step) -> None:
        node = step.node
        if isinstance(node, ast.Subscript):
            self.slice = f"[{self.read.source.text_of(node.slice)}]"
            return
        is_simple = step.name in ("filter", "exclude", "order_by") and not self.slice
        if not is_simple or not self._add(step.name, node):
            raise EditRefusedError(f"{step.name}() can't be said in Python in a few words.")

    def _add(self, name: str, call: ast.Call) -> bool:
        if name == "order_by":
            first = call.args[0] if len(call.args) == 1 else None
            text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
            field = self._field(text.lstrip("-"))
            self.is_falling = text.startswith("-")
            self.key = f"{self.row}.{text.lstrip('-')}" if field else ""
            self.is_exact &= bool(field and _SORTED.search(field.type) and not field.is_null)
            return bool(self.key)
        if call.args or not call.keywords or any(keyword.arg is None for keyword in call.keywords):
            return False
        each = [self._condition(keyword.arg or "", keyword.value) for keyword in call.keywords]
        together = " and ".join(each)
        negated = f"not ({together})" if len(each) > 1 or " " in together else f"not {together}"
        self.conditions.append(negated if name == "exclude" else together)
        return True

    def _field(self, name: str) -> Field | None:
        if name == "pk":
            return Field(name="pk", column="", type="AutoField")
        return next((field for field in self.model.fields if field.name == name), None)

    def _condition(self, key: str, value: ast.expr) -> str:
        name, _, lookup = key.partition("__")
        field = self._field(name.removesuffix("_id")) if self._field(name) is None else self._field(name)
        text = self.read.source.text_of(value)
        if field is None or "\n" in text:
            raise EditRefusedError(f"{key} can't be said in Python in a few words.")
        if field.target is not None:
            self.is_exact = False
            suffix = "" if name != field.name else ".pk"
            return self._compared(f"{self.row}.{field.name}_id", lookup, f"{text}{suffix}", field)
        if isinstance(value, ast.Constant) and isinstance(value.value, bool) and field.type == "BooleanField":
            self.is_exact &= lookup in ("", "exact")
            read = f"{self.row}.{field.name}"
            if field.is_null:
                return f"{read} is {value.value}"
            return read if value.value else f"not {read}"
        self.is_exact &= self._is_alike(field, value, lookup)
        return self._compared(f"{self.row}.{name}", lookup, text, field)

    def _compared(self, read: str, lookup: str, text: str, field: Field) -> str:
        lookup = lookup or "exact"
        if lookup in _ORDERED and field.is_null:
            raise EditRefusedError(f"{field.name} may be None, which Python doesn't compare.")
        if lookup == "isnull":
            self.is_exact &= text in ("True", "False")
            return f"{read} is None" if text == "True" else f"{read} is not None"
        if lookup == "exact" and text == "None":
            return f"{read} is None"
        if lookup == "in":
            self.is_exact = False
            return f"{read} in {text}"
        if lookup not in _COMPARED:
            raise EditRefusedError(f"__{lookup} can't be said in Python in a few words.")
        self.is_exact &= lookup == "exact" or not field.is_null
        return f"{read} {_COMPARED[lookup]} {text}"

    def _is_alike(self, field: Field, value: ast.expr, lookup: str) -> bool:
        """Whether Python compares as the database does."""
        if lookup == "isnull":
            return True
        negative = isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub)
        constant = value.operand if isinstance(value, ast.UnaryOp) and negative else value
        if not isinstance(constant, ast.Constant):
            return False
        if constant.value is None:
            return lookup in ("", "exact")
        if isinstance(constant.value, int) and not isinstance(constant.value, bool):
            return bool(_NUMBERS.search(field.type))
        is_word = isinstance(constant.value, str) and bool(_WORDS.search(field.type))
        return is_word and lookup in ("", "exact") and not field.collation and "citext" not in field.db_type

    def written(self, is_sorted_as_model: bool) -> str:
        """The expression."""
        wanted = " and ".join(self.conditions)
        ending = self.read.ending
        chosen = f"{self.row} for {self.row} in {self.rows}" + (f" if {wanted}" if wanted else "")
        if ending == "exists" and not self.slice:
            return f"any({wanted} for {self.row} in {self.rows})" if wanted else f"bool({self.rows})"
        if ending == "first" and not self.slice:
            return self._first(f"({chosen})" if wanted else self.rows, is_sorted_as_model)
        listed = f"[{chosen}]" if wanted else self.rows
        if self.key:
            falling = ", reverse=True" if self.is_falling else ""
            listed = f"sorted({listed}, key=lambda {self.row}: {self.key}{falling})"
        elif not wanted and self.slice:
            raise EditRefusedError("A slice of the prefetched rows comes from the cache.")
        listed += self.slice
        if ending in ("", "iterator"):
            return listed
        if ending == "count":
            return f"len({listed})"
        if ending in ("values", "values_list"):
            if listed.startswith("[") and not self.key and not self.slice:
                return row_values(self.read, self.model, self.rows)[:-1] + f" if {wanted}]"
            return row_values(self.read, self.model, listed)
        raise EditRefusedError(f"{ending}() can't be said in Python in a few words.")

    def _first(self, rows: str, is_sorted_as_model: bool) -> str:
        if self.key:
            chosen = "max" if self.is_falling else "min"
            return f"{chosen}({rows}, key=lambda {self.row}: {self.key}, default=None)"
        if not self.model.ordering and is_sorted_as_model:
            return f"min({rows}, key=lambda {self.row}: {self.row}.pk, default=None)"
        self.is_exact &= is_sorted_as_model
        return f"next({rows}, None)"
