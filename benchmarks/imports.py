"""What importing costs: `import queryscope`, and its pytest plugin, which every test run loads.

    python benchmarks/imports.py

Fresh interpreters under `-X importtime`: what the interpreter itself needs to start is not in these numbers,
nor is pytest, which has been imported before its plugin. The best of several runs.
"""

from __future__ import annotations

import re
import subprocess
import sys

from goals import Number, tell

RUNS = 15
_LINE = re.compile(r"^import time:\s+(\d+) \|\s+(\d+) \| ( *)(\S+)$", re.MULTILINE)


def main() -> None:
    """Measure both."""
    plugin = "queryscope.pytest_plugin"
    tell(
        [
            Number(what="import queryscope", value=import_ms("queryscope"), unit="ms", goal=20),
            Number(
                what="the pytest plugin, after pytest",
                value=import_ms(plugin, after="pytest"),
                unit="ms",
                goal=5,
            ),
            Number(
                what="modules of Django that the two import",
                value=django_modules(plugin, after="pytest") + django_modules("queryscope"),
                unit="",
                goal=0,
            ),
        ]
    )


def import_ms(module: str, *, after: str = "sys") -> float:
    """Milliseconds of an import and all that it imports, the best run."""
    program = f"import {after}\nimport {module}"
    best = float("inf")
    for _ in range(RUNS):
        told = _run("-X", "importtime", "-c", program).stderr
        # Modules that nothing else imports stand at the left edge; a package comes before its modules.
        spent = {name: int(total) for _, total, indent, name in _LINE.findall(told) if not indent}
        package = module.partition(".")[0]
        best = min(best, sum(spent.get(name, 0) for name in {package, module}) / 1000)
    return best


def django_modules(module: str, *, after: str = "sys") -> int:
    """How many modules of Django are there after the import."""
    program = f"import sys, {after}, {module}; print(sum(n.split('.')[0] == 'django' for n in sys.modules))"
    return int(_run("-c", program).stdout)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)


if __name__ == "__main__":
    main()
