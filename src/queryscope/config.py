"""The one setting, `QUERYSCOPE`: read when a profile starts, unknown keys refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import PurePath
from typing import Any, Literal

from queryscope.errors import ConfigError
from queryscope.model import Allow

ExplainMode = Literal["slow", "all", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings by their lower-case names; times in milliseconds."""

    slow_ms: float = 100.0  # a query at or above this is explained
    costly_ms: float = 5.0  # so are the three costliest SELECTs, and writes, of a unit of work from there on
    explain: ExplainMode = "slow"
    auto_explain: bool = False  # ask PostgreSQL's auto_explain for the plans of the very executions
    explain_budget_ms: float = 500.0  # spent on EXPLAIN per unit of work
    explain_run_budget_ms: float = 60_000.0  # spent on EXPLAIN by all tests of a process together
    explain_run_plans: int = 500  # taken by all tests of a process together
    trial_indexes: tuple[str, ...] = ()  # database aliases where an index may be built, timed and rolled back
    trial_budget_ms: float = 2000.0  # longest build of one trial index
    trial_run_budget_ms: float = 120_000.0  # spent on trials by all units of work of a process together
    packages: tuple[str, ...] = ()  # installed packages whose frames count as application code
    root: str = ""  # project root; "" finds it: git top level, BASE_DIR, working directory
    max_queries: int = 10_000  # executions held one by one; beyond it groups stay exact
    # Observe which loaded columns and relations are read: it costs on every attribute. None: as doors do.
    reads: bool | None = None
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    extra_rules: tuple[str, ...] = ()  # dotted paths of further rule classes
    allow_findings: tuple[Allow, ...] = ()  # findings that are left out, and why
    keep: int = 200  # units of work kept in .queryscope/
    store: str = ""  # folder in which .queryscope/ lies; "" is the project root
    allow: Any = ()  # further clients of the middleware: networks ("10.0.0.0/8") or a callable of the request


_TUPLES = frozenset({"trial_indexes", "packages", "extra_rules"})
_NUMBERS = frozenset(
    {
        "slow_ms",
        "costly_ms",
        "explain_budget_ms",
        "explain_run_budget_ms",
        "trial_budget_ms",
        "trial_run_budget_ms",
    }
)
_CHOOSING = ("rule", "model", "path", "stack")  # what an entry of ALLOW_FINDINGS may name
_WHOLE = frozenset({"max_queries", "keep", "explain_run_plans"})


def nearest(name: str, valid: list[str]) -> str:
    """A sentence that names the closest valid name, or all of them."""
    close = get_close_matches(name, valid, n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else f"Valid names: {', '.join(sorted(valid))}."


def read_config(settings: Mapping[str, Any] | None, **overrides: Any) -> Config:
    """The setting `QUERYSCOPE` (upper-case keys), overridden by keyword (lower-case names).

    Raises:
        ConfigError: an unknown key, or a value of the wrong kind; the message shows it.
    """
    if settings is not None and not isinstance(settings, Mapping):
        raise ConfigError(f"QUERYSCOPE must be a dict, not {settings!r}.")
    names = [entry.name for entry in fields(Config)]
    values: dict[str, Any] = {}
    for key, value in (settings or {}).items():
        if not isinstance(key, str) or key != key.upper() or key.lower() not in names:
            hint = nearest(str(key).upper(), [name.upper() for name in names])
            raise ConfigError(f"Unknown key {key!r} in QUERYSCOPE. {hint}")
        values[key.lower()] = _checked(f"QUERYSCOPE[{key!r}]", key.lower(), value)
    for key, value in overrides.items():
        if key not in names:
            raise ConfigError(f"Unknown option {key!r}. {nearest(key, names)}")
        values[key] = _checked(key, key, value)
    return replace(Config(), **values)


def observing(config: Config) -> Config:
    """The settings of a door that observes reads, unless they say otherwise."""
    return replace(config, reads=True) if config.reads is None else config


def _checked(shown: str, name: str, value: Any) -> Any:
    if name in _TUPLES:
        return _strings(shown, value)
    if name in _NUMBERS:
        if not _is_number(value) or value < 0:
            raise ConfigError(f"{shown} must be a number of milliseconds, 0 or more, not {value!r}.")
        return float(value)
    if name in _WHOLE:
        if not _is_number(value) or value < 1 or value != int(value):
            raise ConfigError(f"{shown} must be a whole number, 1 or more, not {value!r}.")
        return int(value)
    if name in ("reads", "auto_explain"):
        return _flag(shown, value, may_be_none=name == "reads")
    if name == "allow":
        return value if callable(value) else _networks(shown, value)
    if name == "allow_findings":
        return _allows(shown, value)
    if name == "explain":
        return _explain_mode(shown, value)
    if name in ("root", "store"):
        if not isinstance(value, str | PurePath):
            raise ConfigError(f"{shown} must be the path of a directory, not {value!r}.")
        return str(value)
    return _options(shown, value)


def _flag(shown: str, value: Any, *, may_be_none: bool) -> bool | None:
    if not isinstance(value, bool) and not (may_be_none and value is None):
        kinds = "True, False or None" if may_be_none else "True or False"
        raise ConfigError(f"{shown} must be {kinds}, not {value!r}.")
    return value


def _explain_mode(shown: str, value: Any) -> Any:
    if value not in ("slow", "all", "off"):
        raise ConfigError(f"{shown} must be 'slow', 'all' or 'off', not {value!r}.")
    return value


def _is_number(value: Any) -> bool:
    # Above it nothing is meant, and floats end.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _strings(shown: str, value: Any) -> tuple[str, ...]:
    found = None if isinstance(value, str | Mapping) or not isinstance(value, Iterable) else tuple(value)
    if found is None or not all(isinstance(item, str) for item in found):
        raise ConfigError(f"{shown} must be a list of strings, not {value!r}.")
    return found


def _options(shown: str, value: Any) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(value, Mapping) or not all(isinstance(each, Mapping) for each in value.values()):
        raise ConfigError(f"{shown} must be a dict of rule names and their options, not {value!r}.")
    return {name: dict(options) for name, options in value.items()}


def _allows(shown: str, value: Any) -> tuple[Allow, ...]:
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise ConfigError(f"{shown} must be a list of dicts, not {value!r}.")
    return tuple(
        each if isinstance(each, Allow) else _allow(f"{shown}[{number}]", each)
        for number, each in enumerate(value)
    )


def _allow(shown: str, value: Any) -> Allow:
    if not isinstance(value, Mapping) or not all(isinstance(each, str) for each in value.values()):
        raise ConfigError(f"{shown} must be a dict of strings, not {value!r}.")
    for key in value:
        if key not in (*_CHOOSING, "reason"):
            raise ConfigError(f"Unknown key {key!r} in {shown}. {nearest(str(key), [*_CHOOSING, 'reason'])}")
    if not any(value.get(key) for key in _CHOOSING):
        raise ConfigError(
            f"{shown} must name a rule, model, path or stack: {value!r} would allow everything."
        )
    return Allow(origin=shown, **value)


def _networks(shown: str, value: Any) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(network, strict=False)) for network in _strings(shown, value))
    except (ConfigError, ValueError):
        hint = f"{shown} must be a callable of the request, or a list of networks such as '10.0.0.0/8'"
        raise ConfigError(f"{hint}, not {value!r}.") from None
