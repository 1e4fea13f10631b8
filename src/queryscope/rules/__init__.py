"""Judgement: pure functions over frozen data; one rule, one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from importlib import import_module
from typing import Any

from queryscope.config import Config, nearest
from queryscope.errors import ConfigError
from queryscope.rules.base import IndexRule, PlanRule, TraceRule


def trace_rules(config: Config) -> tuple[TraceRule, ...]:
    """The trace rules with the options of the settings."""
    from queryscope.rules.trace import TRACE_RULES

    extra = tuple(_load(path) for path in config.extra_rules)
    defaults = {"slow-query": {"slow_ms": config.slow_ms}}
    rules: list[TraceRule] = configure([*TRACE_RULES, *extra], config.rules, defaults)
    return tuple(rules)


def plan_rules(config: Config) -> tuple[PlanRule, ...]:
    """The plan rules with the options of the settings."""
    from queryscope.rules.plan import PLAN_RULES

    rules: list[PlanRule] = configure(PLAN_RULES, config.rules)
    return tuple(rules)


def index_rules(config: Config) -> tuple[IndexRule, ...]:
    """The index rules with the options of the settings."""
    from queryscope.rules.index import INDEX_RULES

    rules: list[IndexRule] = configure(INDEX_RULES, config.rules)
    return tuple(rules)


def configure(
    classes: Sequence[Any], options: Mapping[str, Mapping[str, Any]], defaults: Any = None
) -> list[Any]:
    """Instances of rule classes, with their options; options of `RULES` win over `defaults`."""
    chosen = {**(defaults or {})}
    for rule in classes:
        chosen[rule.name] = {**chosen.get(rule.name, {}), **options.get(rule.name, {})}
    return [_make(rule, chosen[rule.name]) for rule in classes]


def check_options(config: Config) -> None:
    """Refuse rule names and options that nobody has.

    Raises:
        ConfigError: with the value and the nearest valid name.
    """
    if not config.rules and not config.extra_rules:
        return
    classes = all_rules(config)
    names = [rule.name for rule in classes]
    for name, options in config.rules.items():
        if name not in names:
            raise ConfigError(f"Unknown rule {name!r} in QUERYSCOPE['RULES']. {nearest(name, names)}")
        _make(next(rule for rule in classes if rule.name == name), options)


def all_rules(config: Config) -> list[Any]:
    """Every rule class there is, in the order of a report."""
    from queryscope.rules.index import INDEX_RULES
    from queryscope.rules.plan import PLAN_RULES
    from queryscope.rules.trace import TRACE_RULES

    families = [*TRACE_RULES, *PLAN_RULES, *INDEX_RULES]
    classes = [rule if isinstance(rule, type) else type(rule) for rule in families]
    return [*classes, *(_load(path) for path in config.extra_rules)]


def _make(rule: Any, options: Mapping[str, Any]) -> Any:
    known = [entry.name for entry in fields(rule)]
    for option in options:
        if option not in known:
            raise ConfigError(f"Unknown option {option!r} of rule {rule.name!r}. {nearest(option, known)}")
    for entry in fields(rule):
        value = options.get(entry.name)
        wants_number = entry.type in ("int", "float", int, float)
        if (
            value is not None
            and wants_number
            and (isinstance(value, bool) or not isinstance(value, int | float))
        ):
            raise ConfigError(f"Option {entry.name!r} of rule {rule.name!r} must be a number, not {value!r}.")
    return rule(**options)


def _load(path: str) -> Any:
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"EXTRA_RULES names {path!r}, which can't be imported: {error}.") from None
