"""Seam: what a recorder holds, while it records on."""

from __future__ import annotations

import copy
from time import perf_counter_ns

from queryscope.capture.finish import finish
from queryscope.capture.group import Group
from queryscope.capture.recorder import Recorder
from queryscope.model import Trace


def trace_so_far(recorder: Recorder) -> Trace:
    """The trace up to now; `finish` changes what it is given, so it is given a copy."""
    copied = copy.copy(recorder)
    copied.places = copy.copy(recorder.places)
    copied.places.groups = [_copy_group(group) for group in list(recorder.groups)]
    copied.samples = list(recorder.samples)
    copied.ended_ns = recorder.ended_ns or perf_counter_ns()
    trace, _ = finish(copied)
    return trace


def _copy_group(group: Group) -> Group:
    copied = copy.copy(group)
    copied.params = dict(group.params)
    copied.owners = set(group.owners)
    return copied
