"""Declares situations: `positive` and `negative` note what an expert would say of a page.

    @positive("n-plus-one", model="clinic.Visit", code=('Visit.objects.select_related("patient")',))
    def ward_round():
        for visit in Visit.objects.open():  # site: ward-round
            ...

The comment `# site: ward-round` (`{# site: … #}` in a template) stands on the line where the edit belongs, or
above it. Where two places are equally right, it stands at both.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

HERE = Path(__file__).resolve().parent
PROJECTS = ("project", "heldout", "third", "fourth")
# What counts as the application; this file and the runner don't.
PROJECT = HERE / os.environ.get("ACCURACY_PROJECT", PROJECTS[0])
RULES = (
    "n-plus-one",
    "latent-n-plus-one",
    "query-in-loop",
    "refiltered-prefetch",
    "deferred-field-read",
    "write-in-loop",
    "signal-query-per-save",
    "duplicate-query",
    "queryset-evaluated-twice",
    "count-then-iterate",
    "exists-then-get",
    "len-instead-of-count",
    "truth-instead-of-exists",
    "unused-select-related",
    "unused-prefetch-related",
    "unread-columns",
    "unbounded-result",
    "deep-offset",
    "random-order",
    "expensive-count",
    "distinct-after-join",
    "membership-in-loop",
    "uncached-lookup",
    "one-query-per-instance-prefetch",
    "tree-walk",
    "transaction-per-row",
    "long-transaction",
)

Subject = TypeVar("Subject", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """A finding that has to be there."""

    rule: str
    site: str  # slug of the line's comment
    model: str = ""  # label of the model whose queryset changes; a|b: one of them; "": any
    relations: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  # the fix is of one of these
    code: tuple[
        str, ...
    ] = ()  # any of them is right; only the calls are compared, not what they are called on
    code_contains: tuple[str, ...] = ()  # all of them stand in the fix's code; a|b: one of them
    code_lacks: tuple[str, ...] = ()  # none of them stands there
    advice: tuple[str, ...] = ()  # all of these words stand in the message or the fix; a|b: one of them
    also: tuple[str, ...] = ()  # rules that may say it instead


@dataclass(kw_only=True)
class Situation:
    """A page or function and what has to be said of it, and what may be."""

    slug: str
    subject: Any
    path: str  # of its module, relative to the project
    expected: list[Expectation] = field(default_factory=list)
    near: str = ""  # negatives: the rule that it looks like
    why: str = ""  # negatives: why nothing may be said
    tolerated: set[str] = field(default_factory=set)  # rules that may be reported beside
    runs: tuple[Mapping[str, Any], ...] = ({},)  # arguments, or a request's parameters: one profile each
    settings: Mapping[str, Any] = field(default_factory=dict)  # of the profile, where the defaults hide it
    is_autocommit: bool = False  # not inside a transaction that is rolled back
    prepare: Callable[[], Any] | None = None  # before the profile
    clean: Callable[[], Any] | None = None  # after the profile, where nothing is rolled back

    @property
    def is_positive(self) -> bool:
        return bool(self.expected)


SITUATIONS: dict[str, Situation] = {}
ONCE = {"runs", "settings", "is_autocommit", "prepare", "clean"}  # said once for each page


def positive(
    rule: str, *, site: str = "", also: tuple[str, ...] = (), beside: tuple[str, ...] = (), **told: Any
) -> Any:
    """The decorated page has a problem. Several of them may stand above one page.

    Args:
        rule: the rule that has to report it.
        site: slug of the line's comment; by default the name of the function with hyphens.
        also: rules that may report it instead, or as well.
        beside: rules that may be reported too, anywhere on the page.
        **told: other fields of `Expectation` and, once for each page, of `Situation`: runs, settings,
            is_autocommit, prepare, clean.
    """
    assert rule in RULES, rule

    def declare(subject: Subject) -> Subject:
        found = _situation(subject, told)
        fields = {name: value for name, value in told.items() if name in Expectation.__dataclass_fields__}
        found.expected.insert(0, Expectation(rule=rule, site=site or found.slug, also=also, **fields))
        found.tolerated.update(beside)
        return subject

    return declare


def negative(near: str, why: str, *, beside: tuple[str, ...] = (), **told: Any) -> Any:
    """The decorated page looks like the problem of that rule, and nothing may be said of it."""
    assert near in RULES, near

    def declare(subject: Subject) -> Subject:
        found = _situation(subject, told)
        found.near, found.why = near, why
        found.tolerated.update(beside)
        return subject

    return declare


def _situation(subject: Any, told: Mapping[str, Any]) -> Situation:
    slug = slug_of(subject.__name__)
    path = Path(str(sys.modules[subject.__module__].__file__)).resolve().relative_to(PROJECT).as_posix()
    known = SITUATIONS.get(slug)
    if known is None:
        known = SITUATIONS[slug] = Situation(slug=slug, subject=subject, path=path)
    assert known.subject is subject, f"Two situations are called {slug!r}."
    for name in ONCE & set(told):
        setattr(known, name, told[name])
    unknown = set(told) - set(Expectation.__dataclass_fields__) - ONCE
    assert not unknown, f"{slug}: what is {unknown}?"
    return known


def slug_of(name: str) -> str:
    """`ward_round` and `WardRound` are both called ward-round."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()


def load_all() -> dict[str, Situation]:
    """Import every module of situations; Django has to be set up."""
    from importlib import import_module

    for path in sorted((PROJECT / "situations").glob("*.py")):
        if path.stem != "__init__":
            import_module(f"situations.{path.stem}")
    return SITUATIONS


def sites() -> dict[str, list[tuple[str, int]]]:
    """Where each slug's comment stands: paths relative to the project, and lines."""
    found: dict[str, list[tuple[str, int]]] = {}
    for path, number, line in _lines():
        for slug in re.findall(r"#\s*site: ([a-z0-9-]+)", line):
            is_alone = line.lstrip().startswith(("#", "{#"))
            found.setdefault(slug, []).append((path, number + is_alone))
    return found


def complaints() -> list[str]:
    """What is wrong with the declarations themselves; nothing, if all is well."""
    places = sites()
    found = []
    for one in SITUATIONS.values():
        if one.is_positive == bool(one.near):
            found.append(f"{one.slug}: is it a positive or a negative?")
        if not one.is_positive and not one.why:
            found.append(f"{one.slug}: why must it be silent?")
        for expected in one.expected:
            if expected.site not in places:
                found.append(f"{one.slug}: no comment `# site: {expected.site}` anywhere")
            found += [f"{one.slug}: no rule {rule!r}" for rule in expected.also if rule not in RULES]
            if not (expected.code or expected.code_contains or expected.advice or expected.kinds):
                found.append(f"{one.slug}: any fix would be right")
        found += [f"{one.slug}: no rule {rule!r}" for rule in one.tolerated if rule not in RULES]
    wanted = {expected.site for one in SITUATIONS.values() for expected in one.expected}
    return found + [f"`# site: {slug}` belongs to no situation" for slug in places if slug not in wanted]


def _lines() -> Iterator[tuple[str, int, str]]:
    for path in sorted(PROJECT.rglob("*")):
        if path.suffix in (".py", ".html", ".j2", ".txt"):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                yield path.relative_to(PROJECT).as_posix(), number, line
