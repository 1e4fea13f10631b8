"""Judgement: pure functions over frozen data; one rule, one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Any

from queryscope.config import Config, nearest
from queryscope.errors import ConfigError
from queryscope.rules.base import IndexRule, PlanRule, RunRule, TraceRule

# Findings that neither a trace nor a run rule makes: a plan and a trial stand behind them.
FROM_PLANS = ("missing-index",)

_latest: list[tuple[Config, tuple[TraceRule, ...]]] = []  # a server asks on every request


def trace_rules(config: Config) -> tuple[TraceRule, ...]:
    """The trace rules with the options of the settings."""
    for known, rules in _latest:
        if known == config:
            return rules
    rules = _trace_rules(config)
    _latest[:] = [(config, rules)]
    return rules


def _trace_rules(config: Config) -> tuple[TraceRule, ...]:
    from queryscope.rules.trace import TRACE_RULES

    extra = tuple(_load(path) for path in config.extra_rules)
    slow = {"slow_ms": config.slow_ms}
    defaults = {"expensive-count": slow, "slow-query": slow}
    rules: list[TraceRule] = configure([*TRACE_RULES, *extra], config.rules, defaults)
    return tuple(rules)


def run_rules(config: Config) -> tuple[RunRule, ...]:
    """The run rules with the options of the settings."""
    from queryscope.rules.run import RUN_RULES

    rules: list[RunRule] = configure(RUN_RULES, config.rules)
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
    if not config.rules and not config.extra_rules and not config.allow_findings:
        return
    classes = {rule.name: rule for rule in all_rules(config)}
    for name, options in config.rules.items():
        if name not in classes:
            hint = nearest(str(name), list(classes))
            raise ConfigError(f"Unknown rule {name!r} in QUERYSCOPE['RULES']. {hint}")
        _make(classes[name], options)
    finding = finding_rules(config)
    for entry in config.allow_findings:
        if entry.rule and entry.rule not in finding:
            hint = nearest(entry.rule, list(finding))
            raise ConfigError(f"Unknown rule {entry.rule!r} in {entry.origin}. {hint}")


def finding_rules(config: Config) -> tuple[str, ...]:
    """The names of the rules that make findings, in the order of a report."""
    made: list[TraceRule | RunRule] = [*trace_rules(config), *run_rules(config)]
    return (*(rule.name for rule in made), *FROM_PLANS)


def all_rules(config: Config) -> list[Any]:
    """Every rule class there is, in the order of a report."""
    from queryscope.rules.index import INDEX_RULES
    from queryscope.rules.plan import PLAN_RULES
    from queryscope.rules.run import RUN_RULES
    from queryscope.rules.trace import TRACE_RULES

    return [*TRACE_RULES, *RUN_RULES, *PLAN_RULES, *INDEX_RULES, *map(_load, config.extra_rules)]


def _make(rule: Any, options: Mapping[str, Any]) -> Any:
    kinds = {entry.name: str(getattr(entry.type, "__name__", entry.type)) for entry in fields(rule)}
    for option, value in options.items():
        if option not in kinds:
            hint = nearest(str(option), list(kinds)) if kinds else "It has none."
            raise ConfigError(f"Unknown option {option!r} of rule {rule.name!r}. {hint}")
        if kinds[option] in ("int", "float") and not _is_number(value, kinds[option]):
            wanted = "a whole number" if kinds[option] == "int" else "a number"
            raise ConfigError(
                f"Option {option!r} of rule {rule.name!r} must be {wanted}, 0 or more, not {value!r}."
            )
    return rule(**options)


def _is_number(value: Any, kind: str) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        return False
    return kind == "float" or value == int(value)


def _load(path: str) -> Any:
    module, _, name = path.rpartition(".")
    try:
        rule = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"EXTRA_RULES names {path!r}, which can't be imported: {error}.") from None
    parts = ("name", "check", "message")
    if not is_dataclass(rule) or not all(hasattr(rule, part) for part in parts):
        raise ConfigError(f"EXTRA_RULES names {path!r}, which is no dataclass with {', '.join(parts)}.")
    return rule
