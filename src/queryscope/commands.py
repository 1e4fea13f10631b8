"""Seam: one management command, profiled while it runs as it always does."""

from __future__ import annotations

from types import TracebackType

from django.core.management import BaseCommand, get_commands, load_command_class

from queryscope.config import Config, nearest, observing
from queryscope.errors import QueryscopeError
from queryscope.model import Capture, Origin
from queryscope.profiler import unfinished
from queryscope.tasks import WatchedTasks
from queryscope.units import Sink, Unit


class UnknownCommandError(QueryscopeError):
    """A command that isn't there."""


class CommandRun:
    """A command while it is recorded, and the tasks that run within it. Nothing here raises into it.

    Args:
        name: the command's name; its arguments are never kept.
        config: the settings.
        sink: is given each capture.

    Raises:
        UnknownCommandError: no application has it; the message shows the nearest name.
    """

    def __init__(self, name: str, config: Config, sink: Sink) -> None:
        known = get_commands()
        if name not in known:
            raise UnknownCommandError(f"There is no command {name!r}. {nearest(name, list(known))}")
        self._place = known[name]
        self.captures: list[Capture] = []
        self._name = name
        self._config = observing(config)
        self._sink = sink
        self._unit: Unit | None = None
        self._tasks = WatchedTasks(self._task)
        self._left_out = 0
        self._has_failed = False

    def load(self) -> BaseCommand:
        """The command, as manage.py loads it; what its module raises passes through."""
        place = self._place
        return place if isinstance(place, BaseCommand) else load_command_class(place, self._name)

    @property
    def notes(self) -> list[str]:
        """What isn't in `captures`, in words."""
        if not self._left_out:
            return []
        return [f"{self._left_out} more tasks ran within {self._name} (KEEP is {self._config.keep})"]

    def __enter__(self) -> CommandRun:
        self._unit = Unit(Origin(kind="command", label=self._name), self._config, self._keep)
        self._tasks.__enter__()
        return self

    def __exit__(
        self,
        error: type[BaseException] | None = None,
        *_: type[BaseException] | BaseException | TracebackType | None,
    ) -> None:
        self._has_failed = error is not None
        self._tasks.__exit__()
        if self._unit is not None:
            self._unit.finish()

    def _task(self, name: str) -> Unit:
        return Unit(Origin(kind="task", label=name), self._config, self._keep)

    def _keep(self, capture: Capture) -> None:
        is_command = capture.trace.origin.kind == "command"
        if not is_command and len(self.captures) >= self._config.keep:
            self._left_out += 1
            return
        if is_command and self._has_failed:
            capture = unfinished(capture)
        self.captures.append(capture)
        self._sink(capture)
