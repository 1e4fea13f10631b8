"""What an index costs the writes that the same run sent, and when that is more than it wins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from queryscope.model import Index, IndexAdvice, Model, Models, QueryGroup, Refusal, Table, Trace
from queryscope.rules.attribution import is_run_by_application
from queryscope.sql.assigned import read_assignment

# 50 000 updates took 207 ms, and 556 ms with an index on their column: 0.007 ms each, with half as much WAL
# again. What VACUUM and replicas do later is told by no statement: four times as much is assumed, and reads
# must win ten times that, since theirs is the trial of one query while writes pay all day. An update
# whose own search the index serves pays as often as it wins: three times what it pays is enough.
LEAST_WON_MS = 0.3
LEAST_WON_BY_OWN_MS = 0.02
MOST_UPDATES = 10  # for one read: below, nobody calls a table write-hot
_HOT_WITH_BRIN = 160_000
_NAME = re.compile(r'"([^"]+)"|(?<![\w$])([^\W\d][\w$]*)')
_ALL_COLUMNS = frozenset({"save", "create", "get_or_create", "update_or_create", "add", "set"})
_TIMES = frozenset({"DateField", "DateTimeField", "TimeField"})  # of these, auto_now alone fills one


@dataclass(slots=True)
class TableWrites:
    """The rows of a table that a run wrote."""

    inserted: int = 0
    updates: dict[tuple[frozenset[str], frozenset[str], str], int] = field(default_factory=dict)

    def add(self, sure: frozenset[str], possible: frozenset[str], shape: str, rows: int) -> None:
        """Rows in which statements of a shape set some columns, and others perhaps to what they were."""
        key = (sure, possible, shape)
        self.updates[key] = self.updates.get(key, 0) + rows


@dataclass(frozen=True, slots=True)
class HotUpdates:
    """What an index would do to the updates of a run."""

    columns: tuple[str, ...]  # that end HOT updates, of the index
    ended: int  # rows updated in one of these, where the update could be HOT
    own: int  # of these by updates whose own search the index serves
    perhaps: int  # rows that save() wrote with all columns: HOT unless the value changed
    others: int  # rows whose updates are not HOT now: each writes into every index


def writes_of(traces: Iterable[Trace], models: Models) -> dict[str, TableWrites]:
    """The application's writes by table. What tests and fixtures prepare is left out."""
    found: dict[str, TableWrites] = {}
    for trace in traces:
        for group in trace.groups:
            if group.kind not in ("insert", "update") or not is_run_by_application(group):
                continue
            written = read_assignment(group.sql)
            if written is None or not written.table:
                continue
            rows = group.count if group.rows is None else group.rows
            writes = found.setdefault(written.table, TableWrites())
            if written.kind == "insert":
                writes.inserted += rows
            if written.columns:
                sure, possible = _told_apart(group, written.columns, models.by_table(written.table))
                writes.add(sure, possible, group.fingerprint, rows)
    return found


def _told_apart(
    group: QueryGroup, columns: Sequence[str], model: Model | None
) -> tuple[frozenset[str], frozenset[str]]:
    """Columns that an update changes, and those that save() sends because it sends all."""
    every = frozenset(columns)
    if group.kind == "insert":  # ON CONFLICT DO UPDATE: nobody knows how many rows were there
        return frozenset(), every
    method = group.access.method if group.access is not None else ""
    if model is None or method not in _ALL_COLUMNS:
        return every, frozenset()
    others = [each for each in model.fields if not each.is_primary and each.column]
    if not {each.column for each in others} <= every:
        return every, frozenset()  # update_fields, or deferred columns
    sure = {each.column for each in others if each.has_pre_save and each.type in _TIMES}
    return frozenset(sure), every - sure


def hot_updates(
    advice: IndexAdvice, writes: TableWrites | None, table: Table | None, version: int | None
) -> HotUpdates:
    """What the index does to the updates of its table.

    PostgreSQL compares values, not statements: a HOT update stays one where an indexed column is set to what
    it was. BRIN indexes don't count since PostgreSQL 16.
    """
    is_free = advice.method == "brin" and (version is None or version >= _HOT_WITH_BRIN)
    inside = frozenset() if is_free else columns_of(advice)
    counting = [each for each in table.indexes if _counts(each, version)] if table is not None else []
    taken = frozenset[str]().union(*map(_columns_in, counting))
    named: set[str] = set()
    ended = own = perhaps = others = 0
    for (sure, possible, shape), rows in writes.updates.items() if writes is not None else ():
        if sure & taken:
            others += rows
        elif sure & inside:
            ended += rows
            own += rows if shape in advice.serves else 0
            named |= sure & inside
        elif possible & inside:
            perhaps += rows
            named |= possible & inside
    return HotUpdates(tuple(sorted(named)), ended, own, perhaps, others)


def columns_of(advice: IndexAdvice) -> frozenset[str]:
    """Every column that the index depends on: keys, expressions, what is included, its condition."""
    plain = {key.column for key in advice.keys if key.column} | set(advice.include)
    texts = [key.expression for key in advice.keys] + [advice.predicate]
    return frozenset(plain.union(*map(_names, texts)))


def _columns_in(index: Index) -> frozenset[str]:
    return frozenset(index.include).union(*map(_names, index.keys), _names(index.predicate))


def _counts(index: Index, version: int | None) -> bool:
    return index.method != "brin" or (version is not None and version < _HOT_WITH_BRIN)


def _names(text: str) -> frozenset[str]:
    """Every word, quoted or not: functions are among them, which are no columns that anybody updates."""
    return frozenset(quoted or plain for quoted, plain in _NAME.findall(text))


def cost_in_words(
    advice: IndexAdvice, writes: TableWrites | None, hot: HotUpdates, model: Model | None
) -> str:
    """`Ends HOT updates for Order.status, updated 412 times in this run. 90 rows inserted: …`."""
    if writes is None:
        return _joined("No row of its table was inserted or updated in this run.", advice.write_cost)
    parts = []
    named = " and ".join(_field(column, model) for column in hot.columns)
    if hot.ended:
        more = f", and written along with others {_times(hot.perhaps)}" if hot.perhaps else ""
        parts.append(f"Ends HOT updates for {named}, updated {_times(hot.ended)} in this run{more}.")
    elif hot.perhaps:
        parts.append(
            f"{named} was written along with others {_times(hot.perhaps)} in this run, by save() or ON "
            "CONFLICT: where that changes it, the update is HOT no longer."
        )
    if hot.others:
        parts.append(f"An entry more for {_rows(hot.others)} updated, of which no update is HOT now.")
    if writes.inserted:
        which = "those of them that meet its condition" if advice.predicate else "each"
        parts.append(f"{_rows(writes.inserted)} inserted in this run: an entry more for {which}.")
    if writes.inserted and advice.method == "gin" and not advice.write_cost:
        parts.append("An entry of GIN costs several times that of a btree.")
    return _joined(" ".join(parts) or "No write of this run costs more with it.", advice.write_cost)


def _joined(told: str, known: str) -> str:
    return f"{told} {known}".strip()


def _field(column: str, model: Model | None) -> str:
    found = model.field(column) if model is not None else None
    return f"{model.name}.{found.name}" if model is not None and found is not None else column


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"


def too_hot(
    advice: IndexAdvice, hot: HotUpdates, model: Model | None, *, reads: int, won_ms: float
) -> tuple[Refusal, ...]:
    """The refusal, for each shape, of an index that its table's updates pay more for than reads win.

    Args:
        advice: the index.
        hot: what it does to the updates.
        model: of its table.
        reads: executions of what it serves.
        won_ms: what these take less with it, over the run; at most so much where nothing was timed.
    """
    is_hot = hot.ended >= MOST_UPDATES * max(reads, 1)
    least_ms = LEAST_WON_MS * (hot.ended - hot.own) + LEAST_WON_BY_OWN_MS * hot.own
    if not is_hot or won_ms >= least_ms:
        return ()
    named = " and ".join(_field(column, model) for column in hot.columns)
    text = (
        f"{named} is updated {_times(hot.ended)} in this run, and what an index on it serves runs "
        f"{_times(reads)}: it would end HOT updates and win {won_ms / hot.ended:.2f} ms for each of them."
    )
    return tuple(
        Refusal(fingerprint=fingerprint, relation=advice.relation, kind="write-hot", reason=text)
        for fingerprint in advice.serves
    )


def reads_of(traces: Iterable[Trace]) -> Mapping[str, int]:
    """How often the application ran each shape."""
    counts: dict[str, int] = {}
    for trace in traces:
        for group in trace.groups:
            if is_run_by_application(group):
                counts[group.fingerprint] = counts.get(group.fingerprint, 0) + group.count
    return counts
