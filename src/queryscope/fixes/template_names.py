"""What a template names: attributes behind a dot, and other templates; and where a template may lie."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

TEMPLATES = (".html", ".htm", ".txt", ".xml", ".md", ".jinja", ".jinja2", ".j2", ".mjml", ".svg")
_FOLDERS = ("templates", "jinja2")
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_ATTRIBUTE = re.compile(r"(?<!\brequest)\.([A-Za-z_]\w*)")
_STRING = re.compile(r"""["']([^"'\n]{1,200})["']""")


def template_words(text: str) -> tuple[set[str], set[str]]:
    """Attributes that its tags name, and templates that it includes or extends."""
    words: set[str] = set()
    others: set[str] = set()
    for tag in _TAG.findall(text):
        strings = _STRING.findall(tag)
        others.update(each for each in strings if each.endswith(TEMPLATES))
        words.update(_ATTRIBUTE.findall(_STRING.sub("", tag)))
    return words, others


def template_paths(path: str, name: str) -> Iterator[str]:
    """Where a template of that name may lie, for a file of the project: in folders around it."""
    for folder in PurePosixPath(path).parents:
        for each in _FOLDERS:
            yield str(folder / each / name)
        if folder.name in _FOLDERS:
            yield str(folder / name)
