"""The HTML report: one file that opens offline, runs only its own script and asks nobody for anything."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from queryscope.formats.events import encoded
from queryscope.formats.view import STATIC_FINDINGS, head, static_cards, tabs, view
from queryscope.model import Report

# The script's parts, in the order in which they stand in the file.
SCRIPTS = (
    "numbers",
    "dom",
    "data",
    "route",
    "list",
    "table",
    "actions",
    "diff",
    "card",
    "findings",
    "waterfall",
    "units",
    "queries",
    "plan",
    "plan_tree",
    "plan_sql",
    "plan_card",
    "plans",
    "indexes",
    "run",
    "keys",
    "main",
)


def render(report: Report) -> str:
    """The whole file as text."""
    style, script = _style(), _script()
    return _template().render(
        policy=policy(script=script, style=style),
        head=head(report),
        views=tabs(report),
        cards=static_cards(report),
        more=max(len(report.findings) - STATIC_FINDINGS, 0),
        # Both are files of this package, and neither contains "</".
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        data=encoded(view(report)),
    )


def policy(*, script: str, style: str) -> str:
    """Nothing may load, nothing may run but this very script and style."""
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@cache
def _template() -> Template:
    loader = PackageLoader("queryscope.formats", "templates")
    return Environment(
        loader=loader, autoescape=True, keep_trailing_newline=True, undefined=StrictUndefined
    ).get_template("report.html")


@cache
def _style() -> str:
    return (files("queryscope.formats") / "templates" / "report.css").read_text(encoding="utf-8")


@cache
def _script() -> str:
    folder = files("queryscope.formats") / "templates" / "js"
    parts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"
