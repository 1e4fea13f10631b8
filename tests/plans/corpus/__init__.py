"""Plans of real servers, each named by what it shows; `manifest.toml` tells of which rules it is a case."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from queryscope.model import Plan
from queryscope.plans.parse import parse_plan

FOLDER = Path(__file__).parent
CATALOGUE = tuple(f"R{number:02}" for number in range(1, 49))
MADE_BY = (15, 18)  # servers that ran the statements; the files of others were derived


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One plan of the corpus."""

    name: str
    version: int
    shows: str
    fires: tuple[str, ...]
    near: tuple[str, ...]
    sql: str
    source: str  # "pg15/append_many" of a plan that no server made

    @property
    def label(self) -> str:
        """`pg18/sort_spill`."""
        return f"pg{self.version}/{self.name}"

    @property
    def is_real(self) -> bool:
        return not self.source

    @property
    def text(self) -> str:
        return (FOLDER / f"{self.label}.json").read_text(encoding="utf-8")

    @property
    def plan(self) -> Plan:
        return _plan(self.label)


@cache
def _plan(label: str) -> Plan:
    version = int(label.partition("/")[0].removeprefix("pg")) * 10_000
    text = (FOLDER / f"{label}.json").read_text(encoding="utf-8")
    return parse_plan(text, fingerprint="f0", server_version=version)


def read_manifest() -> tuple[Case, ...]:
    """Every plan that the manifest names, also where its file is missing."""
    entries = tomllib.loads((FOLDER / "manifest.toml").read_text(encoding="utf-8"))
    found = []
    for name, entry in entries.items():
        derived = {int(version): source for version, source in entry.get("derived", {}).items()}
        for version in (*entry.get("servers", MADE_BY), *derived):
            case = Case(
                name=name,
                version=version,
                shows=entry["shows"],
                fires=tuple(entry.get("fires", ())),
                near=tuple(entry.get("near", ())),
                sql=entry["sql"],
                source=f"pg{derived[version]}/{name}" if version in derived else "",
            )
            found.append(case)
    return tuple(found)


CASES = read_manifest()
REAL = tuple(case for case in CASES if case.is_real)


def case(label: str) -> Case:
    """`pg18/sort_spill`."""
    return next(one for one in CASES if one.label == label)
