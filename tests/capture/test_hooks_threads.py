"""Threads and pools: the recorder and the starter's frames go with the work, unseen by the program."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import gc
import pickle
import traceback
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import thread as pools
from contextvars import Context, ContextVar, copy_context
from threading import Event, Thread, Timer
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connections

from catalog.models import Product, Tag
from queryscope.capture import hooks_threads
from queryscope.capture.hooks_threads import Carried
from queryscope.capture.state import ACTIVE, HERE, LEFT_OUT, LeftOut
from queryscope.model import QueryGroup
from tests.capture.recording import Recording, make_recorder, record

pytestmark = pytest.mark.django_db(transaction=True)


def count_tags(*_: Any) -> int:
    try:
        return Tag.objects.count()
    finally:
        connections.close_all()


def functions(group: QueryGroup) -> list[str]:
    return [frame.function.rpartition(".")[2] for frame in group.stack]


def start(thread: Thread) -> Thread:
    thread.start()
    thread.join(10)
    return thread


def test_work_of_a_pool_belongs_to_the_unit_that_submits_it() -> None:
    with record() as recording, ThreadPoolExecutor(2) as pool:
        assert pool.submit(count_tags).result() == 0
        assert list(pool.map(count_tags, range(3))) == [0, 0, 0]
    assert sum(group.count for group in recording.groups) == 4
    assert recording.trace.notes == ()


def test_the_stack_of_a_pool_goes_on_into_the_submitters_frames() -> None:
    def submit(pool: Any) -> Any:
        return pool.submit(count_tags)

    with record() as recording, ThreadPoolExecutor(1) as pool:
        submit(pool).result()
    here = "test_the_stack_of_a_pool_goes_on_into_the_submitters_frames"
    assert functions(recording.last) == ["count_tags", "submit", here]


def test_a_thread_belongs_to_the_unit_that_starts_it() -> None:
    with record() as recording:
        start(Thread(target=count_tags))
    here = "test_a_thread_belongs_to_the_unit_that_starts_it"
    assert functions(recording.last) == ["count_tags", "start", here]
    assert [event.kind for event in recording.trace.connections] == ["connect", "close"]


class Overriding(Thread):
    """Has a `run` and a `start` of its own, and slots that nothing else fits into."""

    found = -1

    def start(self) -> None:
        super().start()

    def run(self) -> None:
        self.found = count_tags()


def test_subclasses_with_methods_of_their_own_are_carried_into() -> None:
    with record() as recording:
        thread = Overriding()
        before = set(vars(thread))
        assert start(thread).found == 0  # type: ignore[attr-defined]
    assert functions(recording.last)[:3] == ["count_tags", "run", "start"]
    assert set(vars(thread)) - before <= {"found"}


def test_a_timer_is_a_thread() -> None:
    with record() as recording:
        start(Timer(0, count_tags))
    assert recording.last.count == 1


def test_threads_that_start_threads_keep_the_whole_way() -> None:
    def outer() -> None:
        start(Thread(target=inner))

    def inner() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(count_tags).result()

    with record() as recording:
        start(Thread(target=outer))
    here = "test_threads_that_start_threads_keep_the_whole_way"
    assert functions(recording.last) == ["count_tags", "inner", "start", "outer", "start", here]


def test_a_pools_thread_belongs_to_nobody_between_its_work() -> None:
    with ThreadPoolExecutor(1) as pool:
        with record() as first:
            pool.submit(count_tags).result()
        with record() as second:
            pool.submit(count_tags).result()
            assert (
                pool.submit(lambda: (ACTIVE.get(), LEFT_OUT.get(), HERE.carried)).result()[0]
                is second.recorder
            )
        assert pool.submit(lambda: (ACTIVE.get(), LEFT_OUT.get(), HERE.carried)).result() == (
            None,
            None,
            None,
        )
    assert [sum(group.count for group in each.groups) for each in (first, second)] == [1, 1]


def test_two_units_that_share_a_pool_have_their_own_work() -> None:
    def unit(pool: ThreadPoolExecutor) -> Recording:
        with record() as recording:
            pool.submit(count_tags).result()
        return recording

    with ThreadPoolExecutor(1) as shared, ThreadPoolExecutor(2) as units:
        found = [future.result() for future in [units.submit(unit, shared) for _ in range(4)]]
    assert [sum(group.count for group in each.groups) for each in found] == [1, 1, 1, 1]


def test_work_that_somebody_else_submits_is_nobodys() -> None:
    with record() as recording, ThreadPoolExecutor(1) as pool:
        Context().run(lambda: pool.submit(count_tags).result())
    assert recording.groups == ()
    [note] = recording.trace.notes
    assert note.startswith("1 query ran in a thread of no unit of work: ThreadPoolExecutor-")


def test_work_that_runs_after_the_unit_is_not_recorded() -> None:
    go = Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(go.wait, 10)
        with record() as recording:
            late = pool.submit(count_tags)
        go.set()
        assert late.result() == 0
    assert recording.groups == ()


variable: ContextVar[str] = ContextVar("variable", default="nothing")


def test_no_other_variable_is_carried() -> None:
    variable.set("something")
    with record(), ThreadPoolExecutor(1) as pool:
        seen = [pool.submit(variable.get).result()]
        start(Thread(target=lambda: seen.append(variable.get())))
        seen.append(pool.submit(copy_context().run, variable.get).result())
    # A free-threaded Python 3.14 has threads that inherit the context by themselves.
    assert seen == ["nothing", "nothing", "something"]


def test_a_function_is_submitted_as_it_is() -> None:
    seen: list[Any] = []

    class Watching(pools.ThreadPoolExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            seen.append((fn, args, kwargs))
            return super().submit(fn, *args, **kwargs)

    def work(*args: Any, **kwargs: Any) -> Any:
        return args, kwargs, count_tags()

    with record() as recording, Watching(1) as pool:
        assert pool.submit(work, 1, fn=2, self=3).result() == ((1,), {"fn": 2, "self": 3}, 0)
    assert seen == [(work, (1,), {"fn": 2, "self": 3})]
    assert recording.last.count == 1


def test_exceptions_keep_their_traceback() -> None:
    def fail() -> None:
        raise LookupError("as it happens")

    def lines(exception: BaseException | None) -> list[str]:
        assert exception is not None
        return [frame.name for frame in traceback.extract_tb(exception.__traceback__)]

    with ThreadPoolExecutor(1) as pool:
        plain = lines(pool.submit(fail).exception())
        with record():
            assert lines(pool.submit(fail).exception()) == plain == ["run", "fail"]


def test_exceptions_of_threads_reach_the_hook_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise LookupError

    found: list[Any] = []
    monkeypatch.setattr(
        "threading.excepthook", lambda args: found.append(traceback.extract_tb(args.exc_traceback))
    )
    start(Thread(target=fail))
    with record():
        start(Thread(target=fail))
    plain, recorded = [[frame.name for frame in each] for each in found]
    assert recorded == plain


def test_a_failed_piece_of_work_is_not_held() -> None:
    class Thing:
        """Dies with the exception that holds its frame."""

    def fail() -> None:
        thing = Thing()
        alive.append(weakref.ref(thing))
        count_tags()
        raise LookupError

    alive: list[weakref.ref[Thing]] = []
    gc.collect()
    gc.disable()
    try:
        with record() as recording, ThreadPoolExecutor(1) as pool:
            with contextlib.suppress(LookupError):
                pool.submit(fail).result()
            pool.submit(int).result()  # by now the worker has let go of the first
            assert alive[0]() is None
    finally:
        gc.enable()
    assert recording.last.count == 1


def test_a_thread_that_cannot_be_started_leaves_nothing() -> None:
    thread = start(Thread(target=count_tags))
    with record(), pytest.raises(RuntimeError, match="once"):
        thread.start()
    assert hooks_threads._starting == {}


def test_a_cancelled_piece_of_work_never_runs() -> None:
    go = Event()
    with record() as recording, ThreadPoolExecutor(1) as pool:
        pool.submit(go.wait, 10)
        late = pool.submit(count_tags)
        assert late.cancel()
        go.set()
    assert recording.groups == ()


def test_what_could_be_pickled_still_can() -> None:
    with record(), ThreadPoolExecutor(1) as pool:
        assert pickle.loads(pickle.dumps(count_tags)) is count_tags
        assert pool.submit(pickle.dumps, Product.objects.all().query).result()


def test_a_thread_that_nobody_can_attribute_is_told() -> None:
    done = Event()

    def work() -> None:
        count_tags()
        count_tags()
        done.set()

    with record() as recording, record() as inner:
        _thread.start_new_thread(work, ())
        assert done.wait(10)
    told = "2 queries ran in a thread of no unit of work: (unnamed)"
    assert (recording.trace.notes, inner.trace.notes) == ((told,), (told,))
    assert recording.groups == ()


def test_a_thread_that_began_before_is_told_by_its_name() -> None:
    go = Event()

    def poll() -> None:
        assert go.wait(10)
        count_tags()

    thread = Thread(target=poll, name="poller")
    thread.start()
    with record() as recording:
        go.set()
        thread.join(10)
    assert recording.trace.notes == ("1 query ran in a thread of no unit of work: poller",)


def test_what_a_context_leaves_out_on_purpose_goes_with_its_threads() -> None:
    left_out = LeftOut()

    def declined() -> None:
        LEFT_OUT.set(left_out)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(count_tags).result()
        start(Thread(target=count_tags))

    with record() as recording:
        Context().run(declined)
    assert (recording.groups, recording.trace.notes, left_out.count) == ((), (), 2)


def test_awaited_work_of_asgiref_reads_the_stack_once(monkeypatch: pytest.MonkeyPatch) -> None:
    walks: list[str] = []
    carry = hooks_threads.carry
    monkeypatch.setattr(
        hooks_threads, "carry", lambda frame: walks.append(frame.f_code.co_name) or carry(frame)
    )

    async def work() -> None:
        await sync_to_async(count_tags, thread_sensitive=False)()

    with record() as recording:
        asyncio.run(work())
    assert walks == ["shutdown_default_executor"]  # a thread of asyncio's own
    assert functions(recording.last)[:2] == ["count_tags", "work"]


def test_work_in_the_loops_executor_and_to_thread_has_the_frames_that_await_it() -> None:
    async def in_executor() -> None:
        await asyncio.get_running_loop().run_in_executor(None, count_tags)

    async def to_thread() -> None:
        await asyncio.to_thread(count_tags)

    with record() as recording:
        asyncio.run(in_executor())
        asyncio.run(to_thread())
    here = "test_work_in_the_loops_executor_and_to_thread_has_the_frames_that_await_it"
    assert [functions(group) for group in recording.groups] == [
        ["count_tags", "in_executor", here],
        ["count_tags", "to_thread", here],
    ]


def test_a_coroutine_that_sync_code_runs_elsewhere_has_the_frames_around_it() -> None:
    async def load() -> int:
        return await Tag.objects.acount()

    with record() as recording:
        assert async_to_sync(load)() == 0
    here = "test_a_coroutine_that_sync_code_runs_elsewhere_has_the_frames_around_it"
    assert functions(recording.last) == ["load", here]


def test_frames_of_a_starter_go_to_its_own_units_only() -> None:
    mine, others = make_recorder(), make_recorder()
    carried = Carried(mine, None, (1, 2))
    with mine:
        assert carried.frames() == (1, 2)
        with make_recorder():
            assert carried.frames() == (1, 2)
    with others:
        assert carried.frames() == ()
    assert carried.frames() == ()


def test_a_context_that_the_program_gives_to_a_thread_stays_as_it_is() -> None:
    """Python 3.14 has Thread(context=…), and otherwise makes a context when the thread starts."""
    carried = Carried(make_recorder(), None, ())
    given, made = Context(), Context()
    try:
        hooks_threads._take_up(SimpleNamespace(_context=given), carried, True)
        hooks_threads._take_up(SimpleNamespace(_context=made), carried, False)
    finally:
        HERE.carried = None
    assert ACTIVE not in given
    assert made[ACTIVE] is carried.recorder
    assert ACTIVE.get() is None


def test_another_layout_of_the_standard_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(pools, "_WorkItem")
    assert [name for _, name, _ in hooks_threads.targets()] == ["start", "_bootstrap_inner"]
    monkeypatch.setattr(hooks_threads, "Thread", object)
    assert list(hooks_threads.targets()) == []
