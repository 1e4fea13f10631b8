"""Situations of the fourth project."""

from itertools import product


def joined(*paths, many=(), to=""):
    """Every right way to load these single-valued paths: joined, or as the repeating rows allow, prefetched."""
    found = []
    for choice in product((True, False), repeat=len(paths)):
        select = [f'"{path}"' for path, chosen in zip(paths, choice, strict=True) if chosen]
        fetch = [f'"{path}"' for path, chosen in zip(paths, choice, strict=True) if not chosen]
        fetch += [f'"{path}"' for path in many]
        code = f".select_related({', '.join(select)})" if select else ""
        code += f".prefetch_related({', '.join(fetch)})" if fetch else ""
        found.append(f"Model.objects{code}")
        if to:
            found.append(f"queryset = {to}.objects{code}")
            found.append(f"super().get_queryset(){code}")
    return tuple(found)
