"""What a row's related manager is asked, as an addition to the queryset that gives the rows."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from queryscope.errors import EditRefusedError
from queryscope.fixes.asked import Asked
from queryscope.fixes.chain import Link
from queryscope.fixes.conditions import Texts, Way
from queryscope.fixes.naming import free_name, singular, word
from queryscope.fixes.root import last_name
from queryscope.model import Model

FILTERS = frozenset({"exclude", "filter"})
_WITHOUT_EFFECT = frozenset({"all", "defer", "only", "order_by", "prefetch_related", "select_related"})
_ROWS = frozenset({"defer", "exclude", "filter", "only", "order_by", "prefetch_related", "select_related"})
_FIRST = frozenset({"first", "last", "latest", "earliest", "afirst", "alast", "alatest", "aearliest"})
_DATES = ("DateField", "DateTimeField")


@dataclass(frozen=True, slots=True)
class Addition:
    """One argument of `annotate()` or `prefetch_related()`, and how the rows are asked then."""

    method: str  # "annotate" | "prefetch_related"
    code: str
    imports: tuple[str, ...] = ()  # of django.db.models
    models: tuple[str, ...] = ()  # of the project
    access: str = ""  # what stands in place of the question; "" where there is no simple one
    reason: str = ""  # why there is none
    replaces: str = ""  # the prefetch lookup that gives way to it
    moved: tuple[ast.expr, ...] = field(default=(), compare=False)  # expressions that go with the code
    more: tuple[tuple[ast.AST, str], ...] = field(default=(), compare=False)  # other nodes to replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an addition has to live with."""

    taken: Collection[str]  # names of the root's model
    is_joined: bool = False  # the root queryset joins rows already, which would multiply
    is_repeated: bool = False  # and gives rows of its own more than once, which GROUP BY would make one
    is_aggregated: bool = False  # it has annotations, which another join would multiply
    has_own_filter: bool = False  # the related manager filters by itself


def addition_of(asked: Asked, way: Way, around: Surroundings) -> Addition:
    """The addition that answers a question for all rows.

    Raises:
        EditRefusedError: the question can't be put that way; the text says why.
    """
    return _Composer(asked, way, around).compose()


class _Composer:
    def __init__(self, asked: Asked, way: Way, around: Surroundings) -> None:
        self.asked = asked
        self.way = way
        self.around = around
        self.texts = Texts(asked, way)
        self.links = [link for link in asked.links if link.name != "all"]
        self.one = singular(way.relation.name)
        self.row = self._row()

    def compose(self) -> Addition:
        method = self.asked.method.removeprefix("a") if self.asked.method != "aggregate" else "aggregate"
        method = "aggregate" if method in ("aggregate", "ggregate") else method
        by_name: dict[str, Callable[[], Addition]] = {
            "count": self.count, "exists": self.exists, "contains": self.exists, "aggregate": self.aggregate,
            "values_list": self.values, "values": self.values,
        }  # fmt: skip
        if method in by_name:
            return by_name[method]()
        if self.asked.method in _FIRST or self._is_first():
            return self.first()
        return self.rows()

    def _row(self) -> str:
        """The expression of a row of the root queryset, from which the owner is reached."""
        assert isinstance(self.asked.root, ast.Attribute)
        text = self.asked.source.text_of(self.asked.root.value)
        for name in reversed(self.way.hops):
            if not text.endswith(f".{name}"):
                raise EditRefusedError(f"{text} is reached in another way than the row's own query gives it.")
            text = text[: -len(name) - 1]
        return text

    @property
    def _filters(self) -> list[Link]:
        return [link for link in self.links if link.name in FILTERS]

    def _name(self, wanted: str) -> str:
        front = "_".join(self.way.hops)
        return free_name(f"{front}_{wanted}" if front else wanted, self.around.taken)

    def _add(self, name: str, code: str, *, access: str | None = None, imports: Collection[str] = ()) -> Addition:
        moved = [part for link in self.links for part in (*link.call.args, *(k.value for k in link.call.keywords))]
        is_inner = "OuterRef(" in code
        return Addition(
            "annotate",
            f"{name}={code}",
            tuple(sorted({*imports, *self.texts.imports, *(("OuterRef",) if is_inner else ())})),
            (self.way.target.name,) if is_inner else (),
            f"{self.row}.{name}" if access is None else access,
            moved=tuple(moved),
        )

    def _condition(self) -> str:
        parts = [self.texts.condition(link.name, link.call) for link in self._filters]
        return " & ".join(parts)

    def _only(self, allowed: Collection[str]) -> None:
        strange = [link.name for link in self.links[:-1] if link.name not in allowed]
        if strange:
            raise EditRefusedError(f"{strange[0]}() stands between the manager and what is asked.")

    def _inner(self, links: list[Link]) -> str:
        """The related rows as a queryset of their own, with `links` on it."""
        arguments = [self.way.back]
        rest = list(links)
        if rest and rest[0].name == "filter":
            call = rest.pop(0).call
            arguments = [*(self.texts.inside(each) for each in call.args), *arguments, *self._named(call)]
        text = f"{self.way.manager}.filter({', '.join(arguments)})"
        for link in rest:
            given = [*(self.texts.inside(each) for each in link.call.args), *self._named(link.call)]
            text += f".{link.name}({', '.join(given)})"
        return text

    def _named(self, call: ast.Call) -> list[str]:
        return [f"{'**' if k.arg is None else k.arg + '='}{self.texts.inside(k.value)}" for k in call.keywords]

    def _is_safe_join(self) -> bool:
        return not (self.around.is_aggregated or self.around.has_own_filter or self.around.is_repeated)

    def _adjective(self) -> str:
        """`approved` of filter(approved=True), `open` of filter(status="open")."""
        if not self._filters:
            return ""
        keywords = [each for link in self._filters for each in link.call.keywords if each.arg]
        if len(keywords) == 1 and len(self._filters) == 1 and not self._filters[0].call.args:
            name, value = str(keywords[0].arg), keywords[0].value
            is_not = self._filters[0].name == "exclude"
            told = ""
            if isinstance(value, ast.Constant) and isinstance(value.value, bool) and "__" not in name:
                told = name.removeprefix("is_").removeprefix("has_")
                is_not = is_not is value.value
            elif isinstance(value, ast.Constant) and isinstance(value.value, str):
                told = word(value.value)
            elif isinstance(value, ast.Attribute) and value.attr.isupper():
                told = word(value.attr)
            if told:
                return f"not_{told}_" if is_not else f"{told}_"
        return "matching_"

    def count(self) -> Addition:
        name = self._name(f"{self._adjective()}{self.one}_count")
        self._only(FILTERS | _WITHOUT_EFFECT | {"distinct"})
        is_distinct = self.around.is_joined or any(link.name == "distinct" for link in self.links)
        if self._is_safe_join():
            try:
                condition = self._condition()
            except EditRefusedError:
                self.texts.imports.clear()
            else:
                more = f", filter={condition}" if condition else ""
                more += ", distinct=True" if is_distinct else ""
                return self._add(name, f'Count("{self.way.path}"{more})', imports=("Count",))
        return self._add(name, self._apart('Count("pk")', "Count", zero=True), imports=("Count", "Subquery"))

    def _apart(self, aggregate: str, function: str, *, zero: bool = False) -> str:
        """An aggregate in a subquery of its own, which no join multiplies."""
        self.texts.imports |= {function, "Subquery"}
        remote = self.way.relation.remote
        inner = f'{self._inner(self._filters)}.order_by().values("{remote}").annotate(value={aggregate})'
        subquery = f'Subquery({inner}.values("value"))'
        if zero:
            self.texts.imports.add("functions.Coalesce")
            return f"Coalesce({subquery}, 0)"
        return subquery

    def exists(self) -> Addition:
        last = self.links[-1]
        middle = [link for link in self.links[:-1] if link.name not in _WITHOUT_EFFECT]
        name = self._name(f"has_{self._adjective()}{self.one}")
        if not self.way.relation.remote and not middle and self.asked.method in ("exists", "aexists"):
            count = self._name(f"{self.one}_count")
            distinct = ", distinct=True" if self.around.is_joined else ""
            code = f'Count("{self.way.path}"{distinct})'
            return self._add(count, code, access=f"{self.row}.{count} > 0", imports=("Count",))
        if last.call.args:  # contains(tag)
            inner = f"{self._inner(middle)[:-1]}, pk={self.texts.inside(last.call.args[0])}.pk)"
            return self._add(name, f"Exists({inner})", imports=("Exists",))
        return self._add(name, f"Exists({self._inner(middle)})", imports=("Exists",))

    def aggregate(self) -> Addition:
        self._only(FILTERS | _WITHOUT_EFFECT)
        call = self.links[-1].call
        wanted = [(f"{self.one}_{_default_alias(each)}", _default_alias(each, "__"), each) for each in call.args]
        wanted += [(str(each.arg), str(each.arg), each.value) for each in call.keywords if each.arg]
        pieces, names = [], {}
        for name, key, expression in wanted:
            prefixed = name if name not in self.around.taken else f"{self.one}_{name}"
            names[key] = self._name(prefixed)
            pieces.append((names[key], self._aggregate(expression)))
        code = ", ".join(f"{name}={text}" for name, text in pieces)[len(pieces[0][0]) + 1 :]
        node = self.asked.node
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value in names:
            access = f"{self.row}.{names[node.slice.value]}"
        elif isinstance(node, ast.Subscript):
            raise EditRefusedError("Which of the values is read can't be told from here.")
        else:
            access = "{" + ", ".join(f'"{key}": {self.row}.{name}' for key, name in names.items()) + "}"
        return self._add(pieces[0][0], code, access=access)

    def _aggregate(self, expression: ast.expr) -> str:
        functions = {last_name(each.func) for each in ast.walk(expression) if isinstance(each, ast.Call)}
        is_immune = functions <= {"Max", "Min", "Coalesce", "Value"}
        if self._is_safe_join() and (is_immune or not self.around.is_joined):
            return self.texts.aggregate(expression, self._condition())
        return self._apart(self.texts.inside(expression), last_name(getattr(expression, "func", expression)))

    def _is_first(self) -> bool:
        index = self.asked.subscript
        return isinstance(index, ast.Constant) and index.value == 0

    def first(self) -> Addition:
        last = self.links[-1]
        is_call = last.name in _FIRST
        before = self.links[:-1] if is_call else self.links
        self_order = [link for link in before if link.name == "order_by"]
        before = [link for link in before if link.name != "order_by"]
        if any(link.name not in _ROWS for link in before):
            raise EditRefusedError("What is asked first is not told by columns.")
        order = _ordering(last, self_order[-1] if self_order else None, self.way.target)
        name = f"{_which(order, self.way.target)}_{self.one}"
        ordering = f".order_by({', '.join(f'{chr(34)}{key}{chr(34)}' for key in order)})"
        used = used_attribute(self.asked, self.way.target)
        if used is not None:
            attribute, replaced = used
            full = self._name(f"{name}_{attribute}")
            code = f'Subquery({self._inner(before)}{ordering}.values("{attribute}")[:1])'
            more = tuple((node, text.replace("…", f"{self.row}.{full}")) for node, text in replaced)
            made = self._add(full, code, access="", imports=("Subquery",))
            return Addition(made.method, made.code, made.imports, made.models, "", "", made.moved, more)
        manager = self.way.manager
        rows = manager + "".join(self._said(link) for link in before) + ordering + "[:1]"
        to_attr = free_name(f"{name}_rows" if not name.endswith("s") else name, self.around.taken)
        raises = "latest" in last.name or "earliest" in last.name
        access = "" if raises else f"next(iter({self._owner}.{to_attr}), None)"
        if not is_call:
            access = f"{self._owner}.{to_attr}[0]"
        return self._prefetch(rows, to_attr, access, before, "" if access else "What raises DoesNotExist would not.")

    @property
    def _owner(self) -> str:
        assert isinstance(self.asked.root, ast.Attribute)
        return self.asked.source.text_of(self.asked.root.value)

    def _said(self, link: Link) -> str:
        source = self.asked.source
        parts = [source.text_of(each) for each in link.call.args]
        parts += [f"{each.arg or '**'}{'=' if each.arg else ''}{source.text_of(each.value)}" for each in link.call.keywords]
        return f".{link.name}({', '.join(parts)})"

    def _prefetch(self, rows: str, to_attr: str, access: str, links: list[Link], reason: str = "") -> Addition:
        moved = tuple(p for link in links for p in (*link.call.args, *(k.value for k in link.call.keywords)))
        owner = self._owner
        if any(owner in self.asked.source.text_of(part) for part in moved):
            raise EditRefusedError("The condition differs from row to row.")
        path = "__".join((*self.way.hops, self.way.relation.name))
        return Addition(
            "prefetch_related",
            f'Prefetch("{path}", queryset={rows}, to_attr="{to_attr}")',
            ("Prefetch",),
            (self.way.target.name,),
            access,
            reason,
            moved,
        )

    def rows(self) -> Addition:
        cut = self.asked.subscript
        if any(link.name not in _ROWS | {"all"} for link in self.links):
            raise EditRefusedError(f"{self.links[-1].name}() is asked of the related rows.")
        manager = self.way.manager
        rows = manager + "".join(self._said(link) for link in self.links)
        if cut is not None:
            rows = f"{rows if self.links else manager + '.all()'}[{self.asked.source.text_of(cut)}]"
        adjective = self._adjective() or ("first_" if cut is not None else "sorted_")
        accessor = self.way.relation.name.removesuffix("_set")
        many = accessor if accessor != self.way.relation.name.removesuffix("s") else f"{accessor}s"
        many = many if many.endswith("s") or many in ("children", "people") else f"{many}s"
        to_attr = free_name(f"{adjective}{many}", self.around.taken)
        is_read = _is_read_at_once(self.asked)
        access = f"{self._owner}.{to_attr}" if is_read else ""
        return self._prefetch(rows, to_attr, access, self.links, "" if is_read else "What becomes of the rows can't be told here.")

    def values(self) -> Addition:
        last = self.links[-1]
        before = self.links[:-1]
        names = [each.value for each in last.call.args if isinstance(each, ast.Constant)]
        is_flat = any(each.arg == "flat" for each in last.call.keywords)
        if not names or len(names) < len(last.call.args) or any("__" in str(each) for each in names):
            raise EditRefusedError("The values are not columns of the related rows.")
        if any(link.name not in _ROWS for link in before) or self.asked.subscript is not None:
            raise EditRefusedError("More than columns are asked for.")
        item = self.one if self.one not in self._owner.split(".") else f"each_{self.one}"
        parts = [f"{item}.{name}" for name in names]
        if is_flat:
            shown = parts[0]
        elif last.name == "values":
            shown = "{" + ", ".join(f'"{name}": {part}' for name, part in zip(names, parts, strict=True)) + "}"
        else:
            shown = f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
        if not before:
            path = "__".join((*self.way.hops, self.way.relation.name))
            access = f"[{shown} for {item} in {self._owner}.{self.way.relation.name}.all()]"
            return Addition("prefetch_related", f'"{path}"', access=access)
        manager = self.way.manager
        rows = manager + "".join(self._said(link) for link in before)
        accessor = self.way.relation.name.removesuffix("_set")
        many = accessor if accessor.endswith("s") else f"{accessor}s"
        to_attr = free_name(f"{self._adjective() or 'sorted_'}{many}", self.around.taken)
        access = f"[{shown} for {item} in {self._owner}.{to_attr}]"
        return self._prefetch(rows, to_attr, access, before)


def _default_alias(node: ast.expr, between: str = "_") -> str:
    """As Django names an aggregate without a name: `rating__avg`."""
    if isinstance(node, ast.Call) and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            return f"{first.value}{between}{last_name(node.func).lower()}"
    raise EditRefusedError("The aggregate has no name.")


def _ordering(last: Link, order: Link | None, target: Model) -> list[str]:
    """The columns by which the first of the rows is the one that is asked for."""
    method = last.name.removeprefix("a") if last.name in ("afirst", "alast", "alatest") else last.name
    source = last if method in ("latest", "earliest", "aearliest") else order
    keys = [each.value for each in source.call.args if isinstance(each, ast.Constant)] if source else []
    if source is not None and len(keys) < len(source.call.args):
        raise EditRefusedError("The order is not told by columns.")
    if not keys:
        keys = list(target.ordering) or ["pk"]
    if any("(" in str(key) or key == "?" for key in keys):
        raise EditRefusedError("The order is not told by columns.")
    texts = [str(key) for key in keys]
    if method in ("last", "latest"):
        return [text[1:] if text.startswith("-") else f"-{text}" for text in texts]
    return texts


def _which(order: list[str], target: Model) -> str:
    column = target.field(order[0].lstrip("-"))
    if column is not None and column.type in _DATES:
        return "latest" if order[0].startswith("-") else "earliest"
    return "first"


def used_attribute(asked: Asked, target: Model) -> tuple[str, list[tuple[ast.AST, str]]] | None:
    """The only column that is read of the row asked for, and what to replace; `…` stands for the new name."""
    parents = asked.source.parents
    node: ast.AST = asked.node
    parent = parents.get(node)
    if isinstance(parent, ast.Await):
        node, parent = parent, parents.get(parent)
    if isinstance(parent, ast.Attribute):
        column = target.field(parent.attr)
        is_read = isinstance(parent.ctx, ast.Load) and column is not None and column.target is None
        return (parent.attr, [(parent, "…")]) if is_read else None
    if not isinstance(parent, ast.Assign) or len(parent.targets) != 1:
        return None
    name = parent.targets[0]
    scope: ast.AST = parent
    while not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
        scope = parents[scope]
    if not isinstance(name, ast.Name):
        return None
    return _uses(asked, name, parent, scope, target)


def _uses(
    asked: Asked, name: ast.Name, assigned: ast.Assign, scope: ast.AST, target: Model
) -> tuple[str, list[tuple[ast.AST, str]]] | None:
    parents = asked.source.parents
    every = [node for node in ast.walk(scope) if isinstance(node, ast.Name) and node.id == name.id]
    if sum(not isinstance(node.ctx, ast.Load) for node in every) != 1:
        return None
    replaced: dict[ast.AST, str] = {assigned: ""}
    columns = set()
    for use in [node for node in every if isinstance(node.ctx, ast.Load)]:
        parent = parents[use]
        around = parents[parent]
        if isinstance(parent, ast.IfExp) and use is parent.test:
            if not _is_none(parent.orelse) or not _reads(parent.body, name.id):
                return None
            replaced[parent] = "…"
        elif isinstance(parent, ast.Attribute) and isinstance(parent.ctx, ast.Load):
            columns.add(parent.attr)
            if not (isinstance(around, ast.IfExp) and around.body is parent):
                replaced[parent] = "…"
        else:
            return None
    column = target.field(next(iter(columns))) if len(columns) == 1 else None
    if column is None or column.target is not None:
        return None
    return column.name, list(replaced.items())


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _reads(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name


_READERS = frozenset((
    "all", "any", "enumerate", "frozenset", "iter", "len", "list", "map", "max", "min", "reversed", "set", "sorted",
    "sum", "tuple", "zip", "join",
))  # fmt: skip


def _is_read_at_once(asked: Asked) -> bool:
    """Whether the rows are read where they are asked for, in a way that a list allows too."""
    parent = asked.source.parents.get(asked.node)
    if isinstance(parent, ast.For | ast.comprehension):
        return parent.iter is asked.node
    if isinstance(parent, ast.Call):
        return asked.node in parent.args and last_name(parent.func) in _READERS
    return isinstance(parent, ast.Starred | ast.Compare)
