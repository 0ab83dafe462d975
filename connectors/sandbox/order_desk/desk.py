# Part of Integration Hub. License LGPL-3.0 or later.
"""Plug-in `desk`: taxes that are calculated, a limit that is kept, a screening that finds something. No options.

Settings: `tax_rates`, texts such as `US:0.08` or `*:0.15`, the first whose country fits; `credit_limit`;
`refused_emails`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from aiohttp import web

from ..engine.plugin import Call, Operation, Plugin
from ..engine.refusals import Refusal

_CENT = Decimal("0.01")


class Desk(Plugin):
    """The operations desk.tax, desk.credit, desk.fraud."""

    def operations(self) -> Mapping[str, Operation]:
        """Operations by name."""
        return {"desk.tax": self._tax, "desk.credit": self._credit, "desk.fraud": self._fraud}

    async def _tax(self, call: Call) -> web.Response:
        asked = await call.body()
        rate = self._rate((asked.get("ship_to") or {}).get("country"))
        lines = [self._taxed(line, rate) for line in _list(asked, "lines")]
        total = sum((Decimal(line["taxes"][0]["amount"]) for line in lines), Decimal("0.00"))
        return self._answer("calculation", {"lines": lines, "total": str(total)})

    async def _credit(self, call: Call) -> web.Response:
        amount, limit = _amount(await call.body(), "amount"), self.vendor.settings.credit_limit
        good = amount <= limit
        reason = None if good else f"The limit of this customer is {limit}."
        return self._answer("check", {"decision": "approved" if good else "declined", "reason": reason})

    async def _fraud(self, call: Call) -> web.Response:
        asked = await call.body()
        found = asked.get("email") in self.vendor.settings.refused_emails
        reason = "This address was used for fraud before." if found else None
        outcome, score = ("reject", 97) if found else ("accept", 3)
        return self._answer("screening", {"outcome": outcome, "score": score, "reason": reason})

    def _rate(self, country: Any) -> Decimal:
        for text in self.vendor.settings.tax_rates:
            place, _, rate = text.partition(":")
            if place in (country, "*"):
                return Decimal(rate)
        return Decimal(0)

    def _taxed(self, line: Any, rate: Decimal) -> dict[str, Any]:
        amount = (_amount(line, "amount") * rate).quantize(_CENT, ROUND_HALF_UP)
        tax = {"name": f"Sales tax {100 * rate:g} %", "rate": float(rate), "amount": str(amount)}
        return {"reference": line.get("reference"), "taxes": [tax]}

    def _answer(self, name: str, document: dict[str, Any]) -> web.Response:
        return web.json_response({name: {"id": f"od_{self.vendor.core.store.next_id()}", **document}})


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    found = document.get(name)
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise _invalid(name, "is a list of objects")
    return found


def _amount(document: Mapping[str, Any], name: str) -> Decimal:
    try:
        return Decimal(str(document.get(name)))
    except InvalidOperation:
        raise _invalid(name, "is a decimal number, as text") from None


def _invalid(name: str, problem: str) -> Refusal:
    problems = [{"member": name, "message": f"'{name}' {problem}"}]
    return Refusal("invalid", problems[0]["message"], member=name, problems=problems)
