"""What capture costs a query, a queryset, an instance: `pytest benchmarks/test_capture.py --benchmark-only`.

Each beside the same without a recorder. The goals are measured by `capture_cost.py`, by its recipe.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from dispatch import dispatch
from queryscope.capture.codes import Codes
from queryscope.capture.project import find_project
from queryscope.capture.recorder import Recorder
from queryscope.config import Config
from queryscope.model import Origin
from workloads import lookups
from workloads.statements import SHAPES, Cursor

WORKLOADS = str(Path(__file__).resolve().parent / "workloads")
INSTANCES = 2_000


@pytest.fixture(params=["plain", "recorded"])
def recorder(request: pytest.FixtureRequest) -> Any:
    """A recorder that keeps every query, or none."""
    if request.param == "plain":
        return nullcontext()
    config = Config(max_queries=1_000_000)
    return Recorder(Origin(kind="block", label="benchmark"), config, Codes(find_project(WORKLOADS)))


@pytest.fixture
def things(db: None) -> Iterator[None]:
    """A table of instances, for a test."""
    with connection.schema_editor() as editor:
        editor.create_model(lookups.Thing)
    lookups.Thing.objects.bulk_create(lookups.Thing(name=f"thing {n}") for n in range(INSTANCES))
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(lookups.Thing)


@pytest.mark.parametrize("depth", [0, 40])
def test_a_query(benchmark: Any, recorder: Any, depth: int) -> None:
    context = {"connection": connection, "cursor": Cursor()}
    with recorder:
        lookups.call_at_depth(depth, benchmark, dispatch, lambda *_: None, SHAPES[0], (1,), False, context)
    assert not isinstance(recorder, Recorder) or recorder.count > 0


def test_a_queryset_with_its_clone(benchmark: Any, recorder: Any) -> None:
    with recorder:
        assert benchmark(lookups.build).query.where


def test_loading_instances(benchmark: Any, recorder: Any, things: None) -> None:
    with recorder:
        assert benchmark(lookups.load) == INSTANCES
