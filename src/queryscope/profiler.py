"""The seam: capture, explain, propose, try, conclude. The only place that knows both halves."""

from __future__ import annotations

import functools
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Any
from uuid import uuid4

import queryscope
from queryscope import analysis
from queryscope.analysis import conclude
from queryscope.capture.codes import Codes
from queryscope.capture.finish import Finished, finish
from queryscope.capture.project import Project, find_project
from queryscope.capture.recorder import Recorder
from queryscope.capture.state import FAULTS
from queryscope.config import Config, observing, read_config
from queryscope.errors import QueryscopeError
from queryscope.examine import examine, models_of
from queryscope.model import Allow, Capture, Models, Origin, Report, Run, Trace
from queryscope.overheard import heard, listen
from queryscope.progress import progress_on
from queryscope.proving import Place
from queryscope.rules import check_options, run_rules, trace_rules
from queryscope.written import read_source

_codes: dict[Project, Codes] = {}


def current_config(**overrides: Any) -> Config:
    """The settings of this process, overridden by keyword.

    Raises:
        ConfigError: an unknown key, rule or option; the message shows it with the nearest valid name.
    """
    from django.conf import settings

    config = read_config(getattr(settings, "QUERYSCOPE", None), **overrides)
    check_options(config)
    return config


def current_project(config: Config) -> Project:
    """The project whose lines count as the application's."""
    from django.conf import settings

    base_dir = str(getattr(settings, "BASE_DIR", "") or "")
    return _project(config.root, base_dir, config.packages, os.getcwd())  # noqa: PTH109 - asked on every request


@functools.lru_cache(maxsize=64)
def _project(root: str, base_dir: str, packages: tuple[str, ...], _cwd: str) -> Project:
    return find_project(root, base_dir=base_dir, packages=packages)


def begin(origin: Origin, config: Config) -> Recorder:
    """Start to record a unit of work in this context; `complete` ends it.

    Never raises: a fault of queryscope's own gives a recorder that records nothing.
    """
    try:
        project = current_project(config)
        codes = _codes.get(project)
        if codes is None:
            codes = _codes[project] = Codes(project)
        recorder = Recorder(origin, config, codes)
        if config.auto_explain:
            listen(recorder)
        return recorder.start()
    except Exception:
        FAULTS.note("the start of a profile")
        return Recorder(origin, config, Codes(Project(""), is_blind=True), is_idle=True)


def complete(
    recorder: Recorder,
    *,
    finished: Finished | None = None,
    in_place: bool = False,
    is_test_database: bool = False,
    is_repeated: bool = False,
) -> Capture:
    """Stop recording; explain what was slow, look for indexes and try them.

    Args:
        recorder: as `begin` returned it.
        finished: what `finish` made of it, if it was called.
        in_place: take plans on the connections of this thread, inside their transaction: a test's rows
            are visible there only. Otherwise on connections of their own.
        is_test_database: a test runner made the databases: indexes may be tried on them.
        is_repeated: the same work comes again and again: what a moment ago was found of a shape is used.
    """
    recorder.stop()
    trace, slow = finished or finish(recorder)
    place = Place(
        config=recorder.config,
        project=recorder.codes.project,
        in_place=in_place,
        is_test_database=is_test_database,
        is_repeated=is_repeated,
        heard=heard(recorder),
    )
    return examine(trace, slow, place)


def project_models(config: Config) -> Models:
    """The model graph of the installed applications."""
    return models_of(current_project(config))


def report_on(
    captures: Sequence[Capture],
    config: Config,
    *,
    missing: Sequence[str] = (),
    allows: Sequence[Allow] = (),
) -> Report:
    """The report of a run. `missing` says what could not be seen, in words; `allows` what tests allow."""
    project = current_project(config)
    if FAULTS.count:
        missing = [*missing, f"queryscope failed {FAULTS.count} times; see the log of 'queryscope'"]
    return conclude(
        captures,
        run=_run(captures, project, missing),
        models=project_models(config),
        rules=trace_rules(config),
        run_rules=run_rules(config),
        allows=(*config.allow_findings, *allows),
        read_source=functools.partial(read_source, project),
    )


def count_findings(trace: Trace, config: Config) -> int:
    """How many findings the report on that trace will have, slow queries left out; it costs little."""
    return analysis.count_findings(
        trace,
        models=project_models(config),
        rules=trace_rules(config),
        allows=config.allow_findings,
        read_source=functools.partial(read_source, current_project(config)),
    )


def _run(captures: Sequence[Capture], project: Project, missing: Sequence[str]) -> Run:
    import django

    versions = [capture.trace.server_version for capture in captures if capture.trace.server_version]
    notes = list(missing)
    vendors = {group.vendor for capture in captures for group in capture.trace.groups}
    if vendors and "postgresql" not in vendors:
        notes.append(f"no PostgreSQL ({', '.join(sorted(vendors))}): plans and index advice are off")
    return Run(
        queryscope=queryscope.__version__,
        python=platform.python_version(),
        django=django.get_version(),
        postgresql=_server(max(versions, default=0)),
        root=project.root,
        missing=tuple(notes),
    )


def _server(version: int) -> str:
    return f"{version // 10000}.{version % 10000}" if version else ""


class profile:  # noqa: N801 - reads as a function: a context manager, sync and async, and a decorator
    """Profile a block of code.

        with queryscope.profile("nightly import", slow_ms=20) as run:
            ...
        run.report.findings

    Args:
        label: the name of the block.
        **overrides: settings by their lower-case names.

    Raises:
        ConfigError: an unknown override; the message shows it with the nearest valid name.
    """

    def __init__(self, label: str = "block", **overrides: Any) -> None:
        check_options(read_config(None, **overrides))  # a wrong name is told where it is written
        self.label = label
        self.overrides = overrides
        self.capture: Capture | None = None
        self._config: Config | None = None
        self._recorder: Recorder | None = None
        self._report: Report | None = None

    @property
    def report(self) -> Report:
        """What was found; available when the block has ended."""
        if self._report is None:
            if self.capture is None or self._config is None:
                raise QueryscopeError(
                    f"profile({self.label!r}) has not ended yet: read .report after the block."
                )
            self._report = report_on([self.capture], self._config)
        return self._report

    def __enter__(self) -> profile:
        if self._recorder is not None:
            raise QueryscopeError(f"profile({self.label!r}) is running: make another one for a block inside.")
        self._config = observing(current_config(**self.overrides))
        self.capture = self._report = None
        try:
            self._recorder = begin(Origin(kind="block", label=self.label), self._config)
        except Exception:
            FAULTS.note("profile()")
            self.capture = _bare(self.label)
        return self

    def __exit__(self, error: object = None, *_: object) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        try:
            with progress_on(sys.stderr, only_terminal=True):
                self.capture = complete(recorder)
            if error is not None:
                self.capture = unfinished(self.capture)
        except Exception:
            FAULTS.note("profile()")
            self.capture = _bare(self.label)

    async def __aenter__(self) -> profile:
        return self.__enter__()

    async def __aexit__(self, error: object = None, *_: object) -> None:
        from asgiref.sync import sync_to_async

        if self._recorder is None:
            return
        try:
            self._recorder.stop()  # in this context; what follows may wait for the database
        except Exception:
            FAULTS.note("profile()")
        await sync_to_async(self.__exit__)(error)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """As a decorator: each call is profiled; the latest finished one stands in `wrapper.profile`."""
        if isgeneratorfunction(function) or isasyncgenfunction(function):
            raise QueryscopeError(
                f"profile() cannot decorate the generator {function.__qualname__!r}: use `with` inside it."
            )
        if iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                run = profile(self.label, **self.overrides)
                try:
                    async with run:
                        return await function(*args, **kwargs)
                finally:
                    awaited.profile = run  # type: ignore[attr-defined]

            return awaited

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            run = profile(self.label, **self.overrides)
            try:
                with run:
                    return function(*args, **kwargs)
            finally:
                called.profile = run  # type: ignore[attr-defined]

        return called


def unfinished(capture: Capture) -> Capture:
    """The capture of work that failed: what it would have read, had it come to its end, nobody knows."""
    return replace(capture, trace=replace(capture.trace, loads=(), saw_reads=False))


def _bare(label: str) -> Capture:
    """What is left of a block when queryscope itself failed."""
    return Capture(
        trace=Trace(
            id=uuid4().hex[:12],
            origin=Origin(kind="block", label=label),
            started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            wall_ms=0.0,
            notes=("queryscope failed: nothing of this was kept",),
        )
    )
