"""`long-transaction`: a transaction stays open while the program does something else than query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Fix, Frame, Location, Models, Observation, QueryGroup, Trace
from queryscope.rules.attribution import first_python, function_name, is_application
from queryscope.rules.remedy import Context, Gathered, Remedy
from queryscope.rules.transactions import Opening, Transaction, opening, transactions_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTransaction:
    """A transaction that was open long, most of it without a query running, in few long waits."""

    name: ClassVar[str] = "long-transaction"
    open_ms: float = 1000.0
    # What computes between many queries is busy, and waits for nothing: only waits this long count.
    wait_ms: float = 100.0

    def check(self, trace: Trace, models: Models) -> Iterator[Observation]:
        """One observation for each transaction that waited for something else than the database."""
        for found in transactions_of(trace):
            if found.open_ms < self.open_ms or not found.queries or _is_tests(found, trace):
                continue
            if trace.dropped_queries and found.ended_ms > trace.queries[-1].started_ms:
                continue  # its queries are counted, but when they ran isn't known
            waits = [wait for wait in _waits(found) if wait[0] >= self.wait_ms]
            waited_ms = sum(wait[0] for wait in waits)
            if 2 * waited_ms < found.open_ms:
                continue
            _, before, after = max(waits, key=lambda wait: wait[0])
            here = trace.groups[found.queries[before].group]
            then = trace.groups[found.queries[after].group]
            frame = _place(here) or _place(then)
            if frame is None or not all(is_application(each) for each in here.stack):
                continue
            yield Observation(
                rule=self.name,
                trace=trace.id,
                model=here.site.model if here.site is not None else _model(here),
                confidence="likely",
                trigger=frame,
                fact="time",
                fingerprints=(here.fingerprint,),
                query_count=len(found.queries),
                duration_ms=found.open_ms,
                subject=_told(waited_ms, here, then, is_last=after == before),
                method=found.alias,
                frames=trace.groups[found.queries[0].group].stack,  # of its first query
            )

    def message(self, observations: Sequence[Observation]) -> str:
        """How long, how much of it without a query, and where the longest wait lies."""
        worst = max(observations, key=lambda each: each.duration_ms)
        function = function_name(worst.trigger) if worst.trigger is not None else "The page"
        return (
            f"{function} kept a transaction open for {worst.duration_ms:.0f} ms, with {worst.query_count} "
            f"queries; {worst.subject}."
        )

    def gather(self, observation: Observation, context: Context) -> Gathered | None:
        """One block is one finding, wherever in it the longest wait was."""
        opened = opening(observation.frames, observation.method, context)
        if opened is None:
            return None
        frame, line = opened.frame, opened.line
        return Gathered("", frame.path, function_name(frame), line.lineno, line.col_offset)

    def remedy(self, found: Sequence[Observation], context: Context) -> Remedy:
        """Move what waits out of the transaction: said, not edited."""
        opened = opening(found[0].frames, found[0].method, context)
        where = (
            ""
            if opened is not None
            else " No atomic() stands around that line: ATOMIC_REQUESTS or a caller opens it."
        )
        fix = Fix(
            kinds=("transaction",),
            title="Do what is slow before or after the transaction",
            code="with transaction.atomic(): only the queries; transaction.on_commit(…) for what comes after",
            caveat=(
                "No diff: which results the queries need is yours to say. While a transaction is open its "
                f"rows stay locked, and vacuum can't remove what has changed since.{where}"
            ),
        )
        return Remedy(fix, _location(opened))


def _waits(found: Transaction) -> Iterator[tuple[float, int, int]]:
    """How long nothing ran, behind which query, before which one; up to the end of the transaction."""
    ends = found.queries[0].started_ms + found.queries[0].duration_ms
    yield found.queries[0].started_ms - found.started_ms, 0, 0
    for at, query in enumerate(found.queries[1:], start=1):
        yield query.started_ms - ends, at - 1, at
        ends = max(ends, query.started_ms + query.duration_ms)
    last = len(found.queries) - 1
    yield found.ended_ms - ends, last, last


def _is_tests(found: Transaction, trace: Trace) -> bool:
    """Whether a test case holds it: those roll back."""
    return trace.origin.kind == "test" and found.end != "commit"


def _place(group: QueryGroup) -> Frame | None:
    return first_python(group.stack)


def _model(group: QueryGroup) -> str:
    access = group.access
    return (access.target or access.model) if access is not None else ""


def _told(waited_ms: float, here: QueryGroup, then: QueryGroup, *, is_last: bool) -> str:
    first, second = _place(here), _place(then)
    text = f"for {waited_ms:.0f} ms no query ran"
    if first is None or second is None or is_last:
        return text + (f", most of it around {first.path}:{first.line}" if first is not None else "")
    return f"{text}, most of it between {first.path}:{first.line} and {second.path}:{second.line}"


def _location(opened: Opening | None) -> Location | None:
    """From the line that opens a transaction to the end of what it holds."""
    if opened is None:
        return None
    return Location(
        path=opened.frame.path,
        line=opened.line.lineno,
        end_line=opened.block.end_lineno or opened.line.lineno,
        function=function_name(opened.frame),
    )
