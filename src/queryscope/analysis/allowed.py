"""What of the observations is allowed, by settings, comments and markers, and what allows nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from queryscope.config import nearest
from queryscope.fixes.chain import lines_of
from queryscope.fixes.comments import Comment, read_comments
from queryscope.fixes.holder import assigned, find_class
from queryscope.fixes.source import Source
from queryscope.model import Allow, Finding, Frame, Observation, QueryGroup, QuerySetSite, Trace
from queryscope.rules.attribution import function_name
from queryscope.rules.remedy import Context

Lines = tuple[str, int, int]  # a file, and its lines from here to there
_HOLDING = ("queryset", "model", "list_select_related")


@dataclass(frozen=True, slots=True)
class _Subject:
    """What of an observation or finding an allow may speak of."""

    rule: str
    names: frozenset[str]  # "shop.Book", "shop.Book.author"
    places: tuple[Lines, ...]
    stack: frozenset[str]  # "shop/views.py", "shop/views.py:book_list"
    tests: frozenset[str]


class Allows:
    """The allows of a run, and which of them were of use.

    Args:
        entries: of settings and markers.
        rules: the names of all rules.
        context: what the observations come from.
    """

    def __init__(self, entries: Sequence[Allow], rules: Sequence[str], context: Context) -> None:
        self._entries = tuple(entries)
        self._rules = tuple(rules)
        self._context = context
        self._comments: dict[str, tuple[Comment, ...]] = {}
        self._used: set[Allow] = set()
        self.aside: list[tuple[Allow, Observation]] = []

    def puts_aside(self, observation: Observation) -> bool:
        """Whether an observation is allowed; then it is kept in `aside`."""
        if not self._entries and not any(self._at(path) for path in _paths_of(observation)):
            return False
        found = self._find(self._subject(observation))
        if found is not None:
            self.aside.append((found, observation))
        return found is not None

    def of_finding(self, finding: Finding) -> Allow | None:
        """What allows a finding that no observation stands behind."""
        places = [place for place in (finding.location, finding.trigger) if place is not None]
        lines = tuple((place.path, place.line, getattr(place, "end_line", place.line)) for place in places)
        traces = [self._context.traces.get(each.trace) for each in finding.occurrences or (finding.worst,)]
        tests = frozenset(_test_of(trace) for trace in traces if trace is not None)
        subject = _Subject(finding.rule, frozenset({finding.model}), lines, frozenset(), tests)
        return self._find(subject)

    def _find(self, subject: _Subject) -> Allow | None:
        found = next((each for each in self._entries if _fits(each, subject)), None)
        found = found or next(self._fitting_comments(subject), None)
        if found is not None:
            self._used.add(found)
        return found

    def _fitting_comments(self, subject: _Subject) -> Iterator[Allow]:
        for path, first, last in subject.places:
            for comment in self._at(path):
                if first <= comment.at <= last and subject.rule in comment.rules:
                    yield _allow(path, comment, subject.rule)

    def _at(self, path: str) -> tuple[Comment, ...]:
        if path not in self._comments:
            text = self._context.sources.text(path) if path else None
            self._comments[path] = read_comments(path, text) if text else ()
        return self._comments[path]

    def _subject(self, observation: Observation) -> _Subject:
        trace = self._context.traces[observation.trace]
        groups = [trace.groups[index] for index in observation.groups]
        names = {observation.model, *(f"{observation.model}.{load.path}" for load in observation.loads)}
        for group in groups:
            if group.access is not None:
                names |= {group.access.model, f"{group.access.model}.{group.access.attribute}"}
        frames = {frame for group in groups for frame in group.stack}
        stack = {text for frame in frames for text in (frame.path, f"{frame.path}:{function_name(frame)}")}
        return _Subject(
            observation.rule,
            frozenset(names),
            tuple(self._places(observation)),
            frozenset(stack),
            frozenset({_test_of(trace)}),
        )

    def _places(self, observation: Observation) -> Iterator[Lines]:
        site = observation.site
        for frame in (site.frame if site else None, observation.trigger):
            if frame is not None:
                yield _lines_around(frame, self._context.sources.around(frame))
        if site is not None and site.holder is not None:
            yield from _lines_of_class(site, self._context.sources.of(site))

    def notes(self, traces: Sequence[Trace]) -> Iterator[str]:
        """Allows that were of no use though what they speak of ran, and comments that nobody can obey."""
        for entry in self._entries:
            if entry not in self._used and _has_run(entry, traces):
                yield f"{entry.origin} allows {_shown(entry)}, which nothing here needs: take it out"
        for path in sorted({path for trace in traces for path in _paths(trace)}):
            for comment in self._at(path):
                yield from self._told(path, comment)

    def _told(self, path: str, comment: Comment) -> Iterator[str]:
        place = f"{path}:{comment.line}"
        if not comment.rules:
            yield f"{place} allows without the name of a rule, and so nothing: write allow[n-plus-one]"
        for rule in comment.rules:
            if rule not in self._rules:
                hint = nearest(rule, list(self._rules))
                yield f"{place} allows the unknown rule {rule!r}. {hint}"
            elif _allow(path, comment, rule) not in self._used:
                yield f"{place} allows {rule}, which nothing here needs: take it out"


def _allow(path: str, comment: Comment, rule: str) -> Allow:
    return Allow(origin=f"{path}:{comment.line}", rule=rule, reason=comment.reason)


def _test_of(trace: Trace) -> str:
    return trace.origin.parent or trace.origin.label


def _shown(entry: Allow) -> str:
    named = (entry.rule, entry.model, entry.path, entry.stack)
    return " ".join(text for text in named if text)


def _fits(entry: Allow, subject: _Subject) -> bool:
    """Whether all that an entry names is the subject's."""
    return (
        entry.rule in ("", subject.rule)
        and (not entry.model or any(fnmatchcase(name, entry.model) for name in subject.names))
        and (not entry.path or any(fnmatchcase(path, entry.path) for path, _, _ in subject.places))
        and (not entry.stack or any(fnmatchcase(text, entry.stack) for text in subject.stack))
        and (not entry.test or subject.tests == {entry.test})
    )


def _has_run(entry: Allow, traces: Sequence[Trace]) -> bool:
    """Whether what an entry speaks of ran: its test, file, lines or model; of a rule alone: tests."""
    if entry.test:
        return any(_test_of(trace) == entry.test for trace in traces)
    is_test_run = any(trace.origin.kind == "test" or trace.origin.parent for trace in traces)
    groups = [group for trace in traces for group in trace.groups]
    if entry.path:
        return any(fnmatchcase(path, entry.path) for trace in traces for path in _paths(trace))
    if entry.stack:
        frames = (frame for group in groups for frame in group.stack)
        return any(
            fnmatchcase(text, entry.stack)
            for frame in frames
            for text in (frame.path, f"{frame.path}:{function_name(frame)}")
        )
    if entry.model:
        return any(fnmatchcase(name, entry.model) for group in groups for name in _names(group))
    return is_test_run


def _names(group: QueryGroup) -> Iterator[str]:
    if group.site is not None:
        yield group.site.model
    if group.access is not None:
        yield group.access.model
        yield f"{group.access.model}.{group.access.attribute}"


def _paths(trace: Trace) -> set[str]:
    """The files that a trace passed."""
    found = {frame.path for group in trace.groups for frame in group.stack}
    for group in trace.groups:
        if group.site is not None and group.site.frame is not None:
            found.add(group.site.frame.path)
        if group.site is not None and group.site.holder is not None:
            found.add(group.site.holder.path)
    return found


def _paths_of(observation: Observation) -> Iterator[str]:
    site = observation.site
    if site is not None and site.frame is not None:
        yield site.frame.path
    if site is not None and site.holder is not None:
        yield site.holder.path
    if observation.trigger is not None:
        yield observation.trigger.path


def _lines_around(frame: Frame, source: Source | None) -> Lines:
    """The lines of the statement that a frame stands in: a comment may stand at any of them."""
    first, last = lines_of(source, frame)
    if source is None or frame.is_template:
        return (frame.path, first, last)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.stmt) and node.lineno <= frame.line <= (node.end_lineno or node.lineno):
            inner = getattr(node, "body", None)
            if inner is None:
                return (frame.path, min(first, node.lineno), max(last, node.end_lineno or last))
            if frame.line < inner[0].lineno and not isinstance(node, ast.FunctionDef | ast.ClassDef):
                return (frame.path, min(first, node.lineno), max(last, inner[0].lineno - 1))
    return (frame.path, first, last)


def _lines_of_class(site: QuerySetSite, source: Source | None) -> Iterator[Lines]:
    """The line of a class that holds a queryset, and those by which it says which."""
    assert site.holder is not None
    yield (site.holder.path, site.holder.line, site.holder.line)
    holder = find_class(source, site.holder) if source is not None else None
    for name in _HOLDING if holder is not None else ():
        found = assigned(holder, name) if holder is not None else None
        if found is not None:
            statement = found[0]
            yield (site.holder.path, statement.lineno, statement.end_lineno or statement.lineno)
