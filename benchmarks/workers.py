"""The processes of `measure.py`: one for each tool, alive together, working one at a time."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / ".data" / "benchmarks"


class Worker:
    """The other end of one process."""

    def __init__(self, python: Path, name: str, what: str, environ: Mapping[str, str]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [str(python), str(HERE / "measure.py"), name, what],
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, command: str, *arguments: Any) -> Any:
        """Have a command of `measure.Worker` run, and wait for what it returns."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([command, *arguments]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            told = (DATA / f"output-{self._process.pid}.txt").read_text(errors="replace")
            raise SystemExit(f"overhead: {self.name} failed at {command} {arguments}.\n{told[-3000:]}")
        return json.loads(answer)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.communicate()
