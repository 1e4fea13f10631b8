"""The demo, run once as a user runs it: from an empty database, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Demo:
    document: dict[str, Any]
    html: Path
    printed: str
    url: str  # of its database

    def trace(self, label: str) -> dict[str, Any]:
        [found] = [each for each in self.document["traces"] if each["origin"]["label"] == label]
        return found

    def findings(self, label: str) -> list[dict[str, Any]]:
        trace = self.trace(label)["id"]
        return [
            finding
            for finding in self.document["findings"]
            if trace in [occurrence["trace"] for occurrence in finding["occurrences"]]
        ]


def renamed(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str = "") -> Any:
    server = os.environ["DATABASE_URL"]
    name = f"queryscope_demo_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    folder = tmp_path_factory.mktemp("demo")
    html = folder / "queryscope-report.html"
    command = [sys.executable, str(ROOT / "sample_project" / "demo.py"), "--html", str(html)]
    environment = {**os.environ, "DATABASE_URL": renamed(server, name), "DEBUG": "1"}
    environment["QUERYSCOPE_STORE"] = str(folder)  # tests of other workers record pages too
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    document = json.loads(html.with_suffix(".json").read_text())
    yield Demo(document=document, html=html, printed=ended.stdout, url=environment["DATABASE_URL"])
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
