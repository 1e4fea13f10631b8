"""queryscope as an installed application."""

from __future__ import annotations

import subprocess
import sys

from django.apps import apps

from queryscope.apps import QueryscopeConfig


def test_it_is_found_by_its_name_and_has_no_models() -> None:
    found = apps.get_app_config("queryscope")
    assert isinstance(found, QueryscopeConfig)
    assert list(found.get_models()) == []


def test_installing_it_loads_neither_rules_nor_parsers() -> None:
    program = (
        "import sys; from django.conf import settings; settings.configure(INSTALLED_APPS=['queryscope']);"
        "import django; django.setup();"
        "print([name for name in sys.modules if name.startswith(('sqlglot', 'jinja2', 'queryscope.rules'))])"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
