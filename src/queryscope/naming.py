"""Seam: how a request is named: by method and route, and for GraphQL by its operation. Never by a value."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, QueryDict

from queryscope.model import Origin
from queryscope.operations import describe_request
from queryscope.routes import readable_route

# Whatever else a client sends as its method is told as OTHER: it could be anything.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
LONGEST_BODY = 65_536  # bytes of a request that are read for the name of an operation
_GRAPHQL = ("graphene_django.views", "strawberry.django.views")


def origin_of(request: HttpRequest, parent: str = "") -> Origin:
    """A request by its method and route; its path may hold values and is never kept."""
    method = request.method if request.method in METHODS else "OTHER"
    match = getattr(request, "resolver_match", None)
    route = "(no route)" if match is None else readable_route(str(match.route or "")) or "/"
    operation = _operation(request, match)
    label = f"{method} {route} · {operation}" if operation else f"{method} {route}"
    return Origin(kind="request", label=label, parent=parent)


def _operation(request: HttpRequest, match: Any) -> str:
    """What a view of graphene-django or strawberry was asked for; "" if that can't be told."""
    view = getattr(getattr(match, "func", None), "view_class", None)
    if not isinstance(view, type) or not any(base.__module__ in _GRAPHQL for base in view.__mro__):
        return ""
    try:
        return describe_request(_asked(request.__dict__))
    except (ValueError, LookupError, RecursionError):  # no JSON, no text, or nested without end
        return ""


def _asked(known: dict[str, Any]) -> Any:
    """The request for an operation, from what Django has read by now; nothing more is read."""
    kind = known.get("content_type") or ""
    body = known.get("_body")
    fields = known.get("GET")
    address = fields.dict() if isinstance(fields, QueryDict) else {}
    form = known.get("_post")
    if isinstance(body, bytes) and len(body) <= LONGEST_BODY:
        if kind == "application/json":
            asked = json.loads(body)
            return address | asked if isinstance(asked, dict) else asked
        if kind == "application/graphql":
            return address | {"query": body.decode()}
    if isinstance(form, QueryDict) and form:
        sent = form.get("operations", "")
        return json.loads(sent) if 0 < len(sent) <= LONGEST_BODY else address | form.dict()
    return address if len(address.get("query", "")) <= LONGEST_BODY else None
