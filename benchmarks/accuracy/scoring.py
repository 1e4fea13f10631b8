"""Compares what was reported of a situation with what an expert says of it, without Django and queryscope."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from situation import Expectation, Situation

UNORDERED = {"select_related", "prefetch_related", "only", "defer"}
Places = tuple[tuple[str, int], ...]
IGNORED = "slow-query"  # a matter of the machine; judged only where a situation expects it


@dataclass(frozen=True, kw_only=True)
class Reported:
    """A finding, as far as it is judged."""

    rule: str
    path: str = ""
    line: int = 0
    model: str = ""
    relations: tuple[str, ...] = ()
    message: str = ""
    kinds: tuple[str, ...] = ()
    code: str = ""  # of the first fix
    alternatives: tuple[str, ...] = ()  # of the others
    text: str = ""  # message and everything that the fixes say
    has_edits: bool = False
    is_broken: bool = False  # an edited file doesn't parse, or an edit doesn't fit its file


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of one expectation."""

    slug: str
    expected: Expectation
    where: Places  # any of them is right; the first one is the best
    got: Reported | None = None
    is_at_line: bool = False
    has_right_fix: bool = False


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What came of one situation."""

    slug: str
    is_positive: bool
    near: str = ""
    why: str = ""
    verdicts: tuple[Verdict, ...] = ()
    false_alarms: tuple[Reported, ...] = ()
    broken: tuple[Reported, ...] = ()


def judge(
    situation: Situation, findings: Sequence[Reported], sites: Mapping[str, Sequence[tuple[str, int]]]
) -> Judgement:
    """Give each expectation the finding that fits it best; what is left and not tolerated is an alarm."""
    left = list(findings)
    verdicts = []
    accepted = set(situation.tolerated)
    for expected in situation.expected:
        where = tuple(sorted(sites.get(expected.site, ()), key=lambda place: place[0] != situation.path))
        fitting = [one for one in left if one.rule == expected.rule or one.rule in expected.also]
        best = max(fitting, key=lambda one: _fit(one, expected, where), default=None)
        if best is not None:
            left.remove(best)
        there = [one.code for one in fitting if is_at(one, expected, where)]
        verdicts.append(_verdict(situation.slug, expected, where, best, said_there="\n".join(there)))
        accepted.update(expected.also)
    if all(expected.rule != IGNORED for expected in situation.expected):
        accepted.add(IGNORED)
    return Judgement(
        slug=situation.slug,
        is_positive=situation.is_positive,
        near=situation.near,
        why=situation.why,
        verdicts=tuple(verdicts),
        false_alarms=tuple(one for one in left if one.rule not in accepted),
        broken=tuple(one for one in findings if one.is_broken),
    )


def _verdict(
    slug: str, expected: Expectation, where: Places, got: Reported | None, *, said_there: str
) -> Verdict:
    if got is None:
        return Verdict(slug=slug, expected=expected, where=where)
    return Verdict(
        slug=slug,
        expected=expected,
        where=where,
        got=got,
        is_at_line=is_at(got, expected, where),
        has_right_fix=has_right_fix(got, expected, said_there=said_there),
    )


def _fit(got: Reported, expected: Expectation, where: Places) -> tuple[bool, bool, bool]:
    return (is_at(got, expected, where), got.rule == expected.rule, has_right_fix(got, expected))


def is_at(got: Reported, expected: Expectation, where: Places) -> bool:
    """The finding names the line of the comment, and the right model."""
    return (got.path, got.line) in where and (not expected.model or got.model in expected.model.split("|"))


def has_right_fix(got: Reported, expected: Expectation, *, said_there: str = "") -> bool:
    """The first fix is one that a reviewer would accept.

    `said_there` is the code of all findings about this, at the line: an annotation and an eager load of one
    queryset may be told by two rules.
    """
    if got.is_broken:
        return False
    if expected.code and canonical(got.code) not in [canonical(code) for code in expected.code]:
        return False
    if not _holds(squeezed(said_there or got.code), map(squeezed, expected.code_contains)):
        return False
    if any(squeezed(part) in squeezed(got.code) for part in expected.code_lacks):
        return False
    if not _holds(got.text.lower(), [words.lower() for words in expected.advice]):
        return False
    if expected.relations and not expected.code and set(got.relations) != set(expected.relations):
        return False
    return not expected.kinds or bool(set(expected.kinds) & set(got.kinds)) or bool(expected.code)


def _holds(text: str, parts: Iterable[str]) -> bool:
    return all(any(one in text for one in part.split("|")) for part in parts)


def squeezed(code: str) -> str:
    """Without spaces and with one kind of quote."""
    return re.sub(r"\s+", "", code).replace("'", '"')


def canonical(code: str) -> tuple[str, ...]:
    """The calls of a chain in no order, whatever they are called on; of a method those that it returns."""
    try:
        statements = ast.parse(code.strip()).body
    except SyntaxError:
        return (squeezed(code),)
    found: list[str] = []
    for statement in statements:
        plain = _Sorted().visit(statement)
        if isinstance(plain, ast.FunctionDef) and isinstance(plain.body[-1], ast.Return):
            plain = ast.Expr(plain.body[-1].value)
        found.extend(_calls(plain.value) if isinstance(plain, ast.Expr) else [ast.unparse(plain)])
    return tuple(sorted(found))


def _calls(node: ast.expr) -> list[str]:
    calls = []
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        call = ast.Call(ast.Name(node.func.attr, ast.Load()), node.args, node.keywords)
        calls.append(ast.unparse(call))
        node = node.func.value
    if isinstance(node, ast.Call):
        calls.append(ast.unparse(node))
    return calls


class _Sorted(ast.NodeTransformer):
    """Sorts what has no order: the paths of an eager load, keywords, tuples of a class attribute."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in UNORDERED:
            node.args.sort(key=ast.unparse)
        node.keywords.sort(key=lambda keyword: keyword.arg or "")
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Tuple | ast.List):
            node.value = ast.Tuple(sorted(node.value.elts, key=ast.unparse), ast.Load())
        return node
