"""Gives the tests their database before pytest-django reads the settings (see addopts).

A test corner has a server of its own, and so has a second run of one corner at the same time: two
suites on one server would destroy each other's test databases. xdist's workers inherit DATABASE_URL.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django

import postgres

PROJECT = Path(__file__).resolve().parent.parent


def corner_data_dir() -> Path:
    """The data directory of this Python and this Django."""
    python = "{}.{}".format(*sys.version_info[:2])
    version = "{}.{}".format(*django.VERSION[:2])
    return PROJECT / ".data" / f"tests-python{python}-django{version}"


os.environ["DATABASE_URL"] = postgres.ensure_alone(corner_data_dir())
