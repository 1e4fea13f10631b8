"""The options of EXPLAIN, by the version of the server."""

from __future__ import annotations

PG_17 = 170000  # brought MEMORY and SERIALIZE


def explain_words(version: int, *, is_analyzed: bool) -> str:
    """`EXPLAIN (…) `, to be put before a statement; 150020 is 15.20."""
    options = ["ANALYZE", "BUFFERS", "WAL"] if is_analyzed else []
    options += ["VERBOSE", "SETTINGS", "SUMMARY"]
    if version >= PG_17:
        options.append("MEMORY")
        if is_analyzed:  # rows become text as for the application; without it that, and TOAST, isn't measured
            options.append("SERIALIZE TEXT")
    return f"EXPLAIN ({', '.join(options)}, FORMAT JSON) "
