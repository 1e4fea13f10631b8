"""One question that every row is asked, and what its pieces come to in the queryset that gives the rows."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from queryscope.errors import EditRefusedError
from queryscope.fixes.asked import Asked
from queryscope.fixes.chain import Link
from queryscope.fixes.conditions import Texts, Way
from queryscope.fixes.naming import free_name, singular, word

FILTERS = frozenset({"exclude", "filter"})


@dataclass(frozen=True, slots=True)
class Addition:
    """One argument of `annotate()` or `prefetch_related()`, and how the rows are asked then."""

    method: str  # "annotate" | "prefetch_related"
    code: str
    imports: tuple[str, ...] = ()  # of django.db.models
    models: tuple[str, ...] = ()  # of the project
    access: str = ""  # what stands in place of the question; "" where there is no simple one
    reason: str = ""  # why there is none
    more: tuple[tuple[ast.AST, str], ...] = field(default=(), compare=False)  # other nodes to replace
    replaces: str = ""  # the prefetch lookup that gives way to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an addition has to live with."""

    taken: Collection[str]  # names of the root's model
    is_joined: bool = False  # the root queryset joins rows already, which would multiply
    is_repeated: bool = False  # and gives rows of its own more than once, which GROUP BY would make one
    is_aggregated: bool = False  # it has annotations, which another join would multiply
    has_own_filter: bool = False  # the related manager filters by itself


class Question:
    """What a related manager is asked, in pieces.

    Raises:
        EditRefusedError: the owner isn't reached as the rows' queryset reaches it.
    """

    def __init__(self, asked: Asked, way: Way, around: Surroundings) -> None:
        assert isinstance(asked.root, ast.Attribute)
        self.asked = asked
        self.way = way
        self.around = around
        self.texts = Texts(asked, way)
        self.links = [link for link in asked.links if link.name != "all"]
        self.one = singular(way.relation.name)
        self.owner_node = asked.root.value
        self.owner = asked.source.text_of(asked.root.value)
        self.row = self._row()
        if any(isinstance(each, ast.Subscript) for each in _between(asked.node, asked.root)):
            raise EditRefusedError("A part of the related rows is cut out first.")

    def _row(self) -> str:
        """The expression of a row of the root queryset, from which the owner is reached."""
        text = self.owner
        for name in reversed(self.way.hops):
            if not text.endswith(f".{name}"):
                raise EditRefusedError(f"{text} is reached in another way than the row's own query gives it.")
            text = text[: -len(name) - 1]
        return text

    @property
    def filters(self) -> list[Link]:
        """The links that narrow the related rows."""
        return [link for link in self.links if link.name in FILTERS]

    @property
    def many(self) -> str:
        """`reviews`, also of `review_set`."""
        accessor = self.way.relation.name.removesuffix("_set")
        is_many = accessor == self.way.relation.name and self.one != accessor
        return accessor if is_many else f"{accessor}s"

    def name(self, wanted: str) -> str:
        """A free name for an annotation."""
        front = "_".join(self.way.hops)
        return free_name(f"{front}_{wanted}" if front else wanted, self.around.taken)

    def annotation(
        self, name: str, code: str, *, access: str | None = None, imports: Collection[str] = ()
    ) -> Addition:
        """`name=code` for annotate()."""
        is_inner = "OuterRef(" in code
        return Addition(
            "annotate",
            f"{name}={code}",
            tuple(sorted({*imports, *self.texts.imports, *(("OuterRef",) if is_inner else ())})),
            (self.way.target.name,) if is_inner else (),
            f"{self.row}.{name}" if access is None else access,
        )

    def condition(self) -> str:
        """All conditions as one Q."""
        return " & ".join(self.texts.condition(link.name, link.call) for link in self.filters)

    def only(self, allowed: Collection[str]) -> None:
        """Accept what stands between the manager and the last call.

        Raises:
            EditRefusedError: there is something else.
        """
        strange = [link.name for link in self.links[:-1] if link.name not in allowed]
        if strange:
            raise EditRefusedError(f"{strange[0]}() stands between the manager and what is asked.")

    def inner(self, links: list[Link], *more: str) -> str:
        """The related rows as a queryset of their own, with `links` on it and more conditions."""
        arguments = [self.way.back, *more]
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
        return [f"{k.arg + '=' if k.arg else '**'}{self.texts.inside(k.value)}" for k in call.keywords]

    def is_safe_join(self) -> bool:
        """Whether the related rows may be joined to the rows."""
        return not (self.around.is_aggregated or self.around.has_own_filter or self.around.is_repeated)

    def adjective(self) -> str:
        """`approved_` of filter(approved=True), `open_` of filter(status="open")."""
        if not self.filters:
            return ""
        calls = [link.call for link in self.filters]
        if len(calls) == 1 and len(calls[0].keywords) == 1 and not calls[0].args:
            told, is_not = _told(calls[0].keywords[0])
            if told:
                return f"not_{told}_" if is_not is (self.filters[0].name == "filter") else f"{told}_"
        return "matching_"

    def said(self, link: Link) -> str:
        """A link as it stands in the source."""
        source = self.asked.source
        parts = [source.text_of(each) for each in link.call.args]
        parts += [f"{k.arg + '=' if k.arg else '**'}{source.text_of(k.value)}" for k in link.call.keywords]
        return f".{link.name}({', '.join(parts)})"


def _between(node: ast.expr, root: ast.expr) -> Iterator[ast.expr]:
    """The expressions inside of a chain, the whole and its root left out."""
    current: ast.AST = node
    while True:
        current = current.func if isinstance(current, ast.Call) else getattr(current, "value", root)
        if current is root or not isinstance(current, ast.expr):
            return
        yield current


def _told(keyword: ast.keyword) -> tuple[str, bool]:
    """What a condition says in one word, and whether it says that it is not so."""
    name, value = str(keyword.arg), keyword.value
    if isinstance(value, ast.Constant) and isinstance(value.value, bool) and "__" not in name:
        return name.removeprefix("is_").removeprefix("has_"), not value.value
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return word(value.value), False
    if isinstance(value, ast.Attribute) and value.attr.isupper():
        return word(value.attr), False
    return "", False
