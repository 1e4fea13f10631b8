"""Fills the tables of the third project: the same rows each time."""

from __future__ import annotations

from data_rows import fill
from harvest_market import fill_gear
from harvest_seeds import fill_seedbank
from harvest_snow import fill_ski
from harvest_studies import fill_exams


def seed() -> None:
    """Fill every table."""
    fill(fill_seedbank, fill_ski, fill_exams, fill_gear)
