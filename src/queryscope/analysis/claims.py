"""One fact, one finding: what a rule has told of a query, none that stands behind it tells again."""

from __future__ import annotations

from queryscope.model import Observation


class Claims:
    """Query groups that rules have spoken of, by the fact that was told. Rules come in their order."""

    def __init__(self) -> None:
        self._rules: dict[tuple[str, str, int], str] = {}

    def claim(self, observation: Observation) -> bool:
        """Whether the observation tells something of a group that no other rule has told."""
        keys = [(observation.trace, observation.fact, group) for group in observation.groups]
        is_new = not keys or any(self._rules.get(key, observation.rule) == observation.rule for key in keys)
        if is_new:
            for key in keys:
                self._rules.setdefault(key, observation.rule)
        return is_new
