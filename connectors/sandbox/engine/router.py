# Part of Integration Hub. License LGPL-3.0 or later.
"""Which route a request is for. A vendor described at run time has its routes at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

_PART = re.compile(r"\{(\w+)(?::((?:[^{}]|\{\d+(?:,\d*)?\})+))?\}")


class Route:
    """One route: `GET /contacts/{id}`; a part may have its own pattern: `{version:\\d{4}}`."""

    def __init__(self, key: str, described: Mapping[str, Any], plurals: Iterable[str]) -> None:
        self.key = key
        self.described = described
        self.method, _, path = key.partition(" ")
        self._pattern = re.compile(_pattern(path, {"type": "|".join(re.escape(one) for one in plurals)}))

    def match(self, path: str) -> dict[str, str] | None:
        """The parts of the path, None when it is another one."""
        found = self._pattern.fullmatch(path)
        return found.groupdict() if found else None


class Router:
    """The routes of a vendor; the first that fits is taken."""

    def __init__(self, routes: Mapping[str, Mapping[str, Any]], plurals: Iterable[str]) -> None:
        names = list(plurals)
        self._routes = [Route(key, described, names) for key, described in routes.items()]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and the parts of its path.

        Raises web.HTTPNotFound, web.HTTPMethodNotAllowed: there is none for the path, or only for other methods.
        """
        others: list[str] = []
        for route in self._routes:
            parts = route.match(path)
            if parts is not None and route.method == method:
                return route, parts
            if parts is not None:
                others.append(route.method)
        if others:
            raise web.HTTPMethodNotAllowed(method, others)
        raise web.HTTPNotFound


def _pattern(path: str, known: Mapping[str, str]) -> str:
    result, end = "", 0
    for part in _PART.finditer(path):
        result += re.escape(path[end : part.start()])
        result += f"(?P<{part[1]}>{part[2] or known.get(part[1]) or '[^/]+'})"
        end = part.end()
    return result + re.escape(path[end:])
