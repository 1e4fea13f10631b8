"""Keys of JSON by their lookups: `data__address__city`."""

from __future__ import annotations

from queryscope.model import Model


def key_within(model: Model, path: str, *, is_root: bool) -> str:
    """The key that a lookup speaks of: `KeyTransform("city", KeyTransform("address", "data"))`.

    "" if the lookup leads into no JSON field of the model. Of the model that the queryset is of the field
    stands first; of others it may, in a queryset within.
    """
    parts = path.split("__")
    for at, part in enumerate(parts[:-1]):
        field = model.field(part)
        if field is None or field.type != "JSONField" or (is_root and at > 0):
            continue
        django = f'"{field.name}"'
        for key in parts[at + 1 :]:
            django = f'KeyTransform("{key}", {django})'
        return django
    return ""
