"""Fills the tables of the fourth project: the same rows each time."""

from __future__ import annotations

from data_rows import fill
from reserve_blood import fill_blood
from reserve_orbit import fill_orbit


def seed() -> None:
    """Fill every table."""
    fill(fill_blood, fill_orbit)
