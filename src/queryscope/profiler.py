"""The seam: capture, explain, propose, try, conclude. The only place that knows both halves."""

from __future__ import annotations

import functools
import platform
from collections.abc import Callable, Sequence
from inspect import iscoroutinefunction
from typing import Any

import queryscope
from queryscope.analysis import conclude
from queryscope.capture.codes import Codes
from queryscope.capture.finish import finish
from queryscope.capture.project import Project, find_project
from queryscope.capture.recorder import Recorder
from queryscope.capture.state import FAULTS
from queryscope.config import Config, read_config
from queryscope.examine import Place, examine, models_of, read_source
from queryscope.model import Capture, Models, Origin, Report, Run
from queryscope.rules import check_options, trace_rules

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
    return find_project(config.root, base_dir=base_dir, packages=config.packages)


def begin(origin: Origin, config: Config) -> Recorder:
    """Start to record a unit of work in this context; `complete` ends it."""
    project = current_project(config)
    codes = _codes.get(project)
    if codes is None:
        codes = _codes[project] = Codes(project)
    return Recorder(origin, config, codes).start()


def complete(recorder: Recorder, *, in_place: bool = False, is_test_database: bool = False) -> Capture:
    """Stop recording; explain what was slow, look for indexes and try them.

    Args:
        recorder: as `begin` returned it.
        in_place: take plans on the connections of this thread, inside their transaction: a test's rows
            are visible there only. Otherwise on connections of their own.
        is_test_database: a test runner made the databases: indexes may be tried on them.
    """
    recorder.stop()
    trace, slow = finish(recorder)
    place = Place(
        config=recorder.config,
        project=recorder.codes.project,
        in_place=in_place,
        is_test_database=is_test_database,
    )
    return examine(trace, slow, place)


def project_models(config: Config) -> Models:
    """The model graph of the installed applications."""
    return models_of(current_project(config))


def report_on(captures: Sequence[Capture], config: Config, *, missing: Sequence[str] = ()) -> Report:
    """The report of a run. `missing` says what could not be seen, in words."""
    project = current_project(config)
    if FAULTS.count:
        missing = [*missing, f"queryscope failed {FAULTS.count} times; see the log of 'queryscope'"]
    return conclude(
        captures,
        run=_run(captures, project, missing),
        models=project_models(config),
        rules=trace_rules(config),
        read_source=functools.partial(read_source, project),
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
        self.label = label
        self.config = current_config(**overrides)
        self.capture: Capture | None = None
        self._recorder: Recorder | None = None
        self._report: Report | None = None

    @property
    def report(self) -> Report:
        """What was found; available when the block has ended."""
        if self._report is None:
            if self.capture is None:
                raise RuntimeError(
                    f"profile({self.label!r}) has not ended yet: read .report after the block."
                )
            self._report = report_on([self.capture], self.config)
        return self._report

    def __enter__(self) -> profile:
        self._recorder = begin(Origin(kind="block", label=self.label), self.config)
        return self

    def __exit__(self, *_: object) -> None:
        if self._recorder is None:
            return
        recorder, self._recorder = self._recorder, None
        recorder.stop()
        try:
            self.capture = complete(recorder)
        except Exception:
            FAULTS.note("profile()")
            self.capture = Capture(trace=finish(recorder)[0])

    async def __aenter__(self) -> profile:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        from asgiref.sync import sync_to_async

        if self._recorder is not None:
            self._recorder.stop()
            await sync_to_async(self.__exit__)()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """As a decorator: each call is profiled; the last report stands in `wrapper.profile`."""
        if iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                async with profile(self.label) as run:
                    run.config = self.config
                    awaited.profile = run  # type: ignore[attr-defined]
                    return await function(*args, **kwargs)

            return awaited

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            with profile(self.label) as run:
                run.config = self.config
                called.profile = run  # type: ignore[attr-defined]
                return function(*args, **kwargs)

        return called
