"""Random code that reads a random graph: a queryset, and what its rows are asked, three relations deep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from tests.properties.graphs import Accessor, Graph

# What is asked of a manager otherwise than by all(), as code and as its text in the output.
ASKS = {
    "count": "{}.count()",
    "exists": "{}.exists()",
    "filter count": "{}.filter(rank=1).count()",
    "filter exists": "{}.filter(rank__gte=1).exists()",
    "filter": "sorted(each.name for each in {}.filter(rank=0))",
    "exclude": "sorted(each.name for each in {}.exclude(rank=1))",
    "first": 'getattr({}.order_by("name").first(), "name", "-")',
    "latest two": '[each.name for each in {}.order_by("-name")[:2]]',
}
OF_ALL = ("count", "exists")
DEPTH = 3


@dataclass(frozen=True)
class Read:
    """One relation read of each row, and what is read of the rows behind it."""

    accessor: Accessor
    ask: str = "all"  # or one of ASKS; of a relation to one it is what there is
    style: str = "loop"  # "helper", "comprehension", "dotted", "conditional"
    below: tuple[Read, ...] = ()
    is_eager: bool = False  # it is loaded with the rows already

    @property
    def is_plain(self) -> bool:
        return self.ask == "all"


@dataclass(frozen=True)
class Reading:
    """The work: a queryset and the reads of its rows."""

    model: str
    manager: str
    calls: str  # ".filter(rank__lt=2).order_by("pk")"
    reads: tuple[Read, ...]
    style: str = "loop"  # "variable", "steps", "function", "list"

    def eager_calls(self, *, is_whole: bool = False) -> str:
        """`.select_related(…).prefetch_related(…)`: what is loaded already, or all that is read."""
        joined, apart = eager_paths(self.reads, is_whole=is_whole)
        return "".join(
            f".{name}({', '.join(map(_quoted, dict.fromkeys(paths)))})"
            for name, paths in (("select_related", joined), ("prefetch_related", apart))
            if paths
        )

    def queryset(self, eager: str) -> str:
        """The expression."""
        return f"{self.model}.{self.manager}{eager}{self.calls or ('' if eager else '.all()')}"

    def code(self, module: str, *, is_whole: bool = False) -> str:
        """The text of views.py; what it loads with the rows is a part of what it reads, or all."""
        writing = _Writing()
        body = writing.reads(self.reads, "row", 2) or ['        seen.append(f"{row.name}")']
        eager = self.eager_calls(is_whole=is_whole)
        head, rows = self._rows(eager)
        functions = "".join(f"{text}\n\n" for text in [*writing.functions, *head[:1]])
        return "".join(
            [
                f"from {module} import {self.model}\n\n\n{functions}def f():\n    seen = []\n",
                *(f"    {line}\n" for line in head[1:]),
                f"    for row in {rows}:\n",
                *(f"{line}\n" for line in body),
                '    return "\\n".join(sorted(seen))\n',
            ]
        )

    def _rows(self, eager: str) -> tuple[list[str], str]:
        """A function, lines in front of the loop, and what the loop goes over."""
        text = self.queryset(eager)
        match self.style:
            case "variable":
                return ["", f"rows = {text}"], "rows"
            case "list":
                return ["", f"rows = list({text})"], "rows"
            case "function":
                return [f"def chosen():\n    return {text}\n"], "chosen()"
            case "steps" if self.calls:
                first = f"rows = {self.model}.{self.manager}{eager or '.all()'}"
                return ["", first, f"rows = rows{self.calls}"], "rows"
        return [], text


@dataclass(frozen=True)
class _Place:
    """How rows are reached from the root's."""

    names: str = ""  # for select_related(): "place__"
    attributes: str = ""  # for prefetch_related()
    joins: bool = True  # all the way
    came_by: Accessor | None = None
    before: _Place | None = None

    def behind(self, accessor: Accessor) -> _Place:
        if self.before and accessor.undoes(self.came_by):
            return self.before  # it is the same row
        return _Place(
            f"{self.names}{accessor.query_name}__",
            f"{self.attributes}{accessor.attribute}__",
            self.joins and accessor.is_joinable,
            accessor,
            self,
        )


def eager_paths(
    reads: tuple[Read, ...], *, is_whole: bool = False, place: _Place = _Place()
) -> tuple[list[str], list[str]]:
    """Paths for select_related() and for prefetch_related()."""
    joined: list[str] = []
    apart: list[str] = []
    for read in reads:
        if not (read.is_eager or (is_whole and read.is_plain)):
            continue
        there = place.behind(read.accessor)
        if there is not place.before:
            (joined if there.joins else apart).append((there.names if there.joins else there.attributes)[:-2])
        further = eager_paths(read.below, is_whole=is_whole, place=there)
        joined += further[0]
        apart += further[1]
    return joined, apart


def _quoted(text: str) -> str:
    return f'"{text}"'


@dataclass
class _Writing:
    """Functions and names that the text has so far."""

    functions: list[str] = field(default_factory=list)
    number: int = 0

    def named(self, accessor: Accessor) -> str:
        self.number += 1
        return f"{(accessor.target or 'subject').lower()}_{self.number}"

    def reads(self, reads: tuple[Read, ...], row: str, depth: int) -> list[str]:
        lines: list[str] = []
        for read in reads:
            lines += self.read(read, row, depth)
        return lines

    def read(self, read: Read, row: str, depth: int) -> list[str]:
        pad, accessor = "    " * depth, read.accessor
        if read.style == "helper":
            self.number += 1
            function = f"show_{self.number}"
            inner = self.read(replace(read, style="loop"), "item", 1)
            self.functions.append("\n".join([f"def {function}(item, seen):", *inner, ""]))
            return [f"{pad}{function}({row}, seen)"]
        if not read.is_plain:
            asked = ASKS[read.ask].format(f"{row}.{accessor.attribute}")
            return [f'{pad}seen.append("%s %s" % ({row}.name, {asked}))']
        return self.many(read, row, depth) if accessor.is_many else self.one(read, row, depth)

    def many(self, read: Read, row: str, depth: int) -> list[str]:
        pad, accessor = "    " * depth, read.accessor
        rows = f"{row}.{accessor.attribute}.all()"
        name = self.named(accessor)
        if read.style == "comprehension":
            shown = f"{name}.name"
            one = next((each for each in read.below if _is_certain(each)), None)
            if one is not None:
                shown = f"{name}.{one.accessor.attribute}.name"
            return [f'{pad}seen.append("%s %s" % ({row}.name, sorted({shown} for {name} in {rows})))']
        lines = [f"{pad}for {name} in {rows}:"]
        lines += [f'{pad}    seen.append(f"{{{row}.name}} {{{name}.name}}")']
        return lines + self.reads(read.below, name, depth + 1)

    def one(self, read: Read, row: str, depth: int) -> list[str]:
        pad, accessor = "    " * depth, read.accessor
        path, name = f"{row}.{accessor.attribute}", self.named(accessor)
        if not accessor.may_be_none and read.style == "dotted":
            further = self.reads(read.below, path, depth)
            return [f'{pad}seen.append(f"{{{row}.name}} {{{path}.name}}")', *further]
        if not accessor.may_be_none:
            lines = [f"{pad}{name} = {path}", f'{pad}seen.append(f"{{{row}.name}} {{{name}.name}}")']
            return lines + self.reads(read.below, name, depth)
        inner = [f'{pad}    seen.append(f"{{{row}.name}} {{{name}.name}}")']
        inner += self.reads(read.below, name, depth + 1)
        if accessor.raises and read.style == "conditional":
            return [f'{pad}if hasattr({row}, "{accessor.attribute}"):', f"{pad}    {name} = {path}", *inner]
        got = f'getattr({row}, "{accessor.attribute}", None)' if accessor.raises else path
        if read.style == "conditional" and not read.below and not accessor.raises:
            return [f'{pad}seen.append({path}.name if {path} else "nobody")']
        return [f"{pad}{name} = {got}", f"{pad}if {name} is not None:", *inner]


def _is_certain(read: Read) -> bool:
    return not read.accessor.is_many and not read.accessor.may_be_none and not read.below


@st.composite
def readings(draw: st.DrawFn, graph: Graph, *, is_plain: bool = False, is_partial: bool = True) -> Reading:
    """Code that reads a graph.

    Args:
        draw: hypothesis's.
        graph: what there is.
        is_plain: relations are only read as they are.
        is_partial: a part of what is read may be loaded already.
    """
    model = draw(st.sampled_from(graph.roots()))
    managers = graph.entity(model).managers if model != "Note" else ("objects",)
    level = _Level(draw, graph, is_plain)
    reads = level.reads(model, DEPTH, is_eager=is_partial)
    ordered = draw(st.sampled_from(["", '.order_by("pk")', '.order_by("-name")']))
    filtered = draw(st.sampled_from(["", "", ".filter(rank__lt=2)", ".exclude(rank=2)", ".filter(rank=0)"]))
    sliced = draw(st.sampled_from(["", "", "", "[:3]", "[1:3]"])) if ordered else ""
    return Reading(
        model=model,
        manager=draw(st.sampled_from(managers)),
        calls=f"{filtered}{ordered}{sliced}",
        reads=reads,
        style=draw(st.sampled_from(["loop", "loop", "variable", "steps", "function", "list"])),
    )


_Step = tuple[str, Accessor] | None  # from which model, by which relation


@dataclass(frozen=True)
class _Level:
    draw: st.DrawFn
    graph: Graph
    is_plain: bool

    def reads(self, model: str, depth: int, *, is_eager: bool, came_by: _Step = None) -> tuple[Read, ...]:
        accessors = self.graph.accessors(model) if model and depth else ()
        if not accessors:
            return ()
        number = self.draw(st.sampled_from([2, 1, 3] if depth == DEPTH else [1, 1, 2, 0]))
        chosen = [self.draw(st.sampled_from(accessors)) for _ in range(number)]
        return tuple(self.read(model, each, depth, is_eager=is_eager, came_by=came_by) for each in chosen)

    def read(
        self, model: str, accessor: Accessor, depth: int, *, is_eager: bool, came_by: _Step = None
    ) -> Read:
        ask = "all"
        if accessor.is_many and not self.is_plain and self.draw(st.integers(0, 3)) == 0:
            ask = self.draw(st.sampled_from(sorted(ASKS)))
        loaded = is_eager and self.draw(st.integers(0, 3)) == 0
        styles = ("loop", "loop", "helper", "comprehension" if accessor.is_many else "dotted", "conditional")
        style = self.draw(st.sampled_from(styles))
        below: tuple[Read, ...] = ()
        # Django gives the very row back, which may be one of a child and not of the model that is named.
        is_other = came_by is not None and accessor.undoes(came_by[1]) and accessor.target != came_by[0]
        if ask == "all" and not is_other:
            step = (model, accessor)
            below = self.reads(accessor.target, depth - 1, is_eager=loaded, came_by=step)
        if style == "comprehension":
            below = tuple(each for each in below if _is_certain(each))[:1]
            below = tuple(replace(each, ask="all", style="dotted") for each in below)
        return Read(accessor, ask, style, below, loaded)


def walk(reads: tuple[Read, ...], place: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Read]]:
    """All reads with their places."""
    for at, read in enumerate(reads):
        yield (*place, at), read
        yield from walk(read.below, (*place, at))


def marked(reads: tuple[Read, ...], places: Any, place: tuple[int, ...] = ()) -> tuple[Read, ...]:
    """The same with these loaded eagerly, and whatever leads to them."""
    found = []
    for at, read in enumerate(reads):
        here = (*place, at)
        below = marked(read.below, places, here)
        is_eager = read.is_eager or here in places or any(each.is_eager for each in below)
        found.append(replace(read, below=below, is_eager=is_eager))
    return tuple(found)
