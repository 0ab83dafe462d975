# Part of Integration Hub. License LGPL-3.0 or later.
"""Names of records as label values of metrics: readable, never two alike, and never more than so many."""

MOST = 500  # of endpoints, of flows, of credentials: what is beyond is told together
OTHERS, NONE = "others", ""


class Names:
    """What labels say of the endpoints and flows of a database, those that are switched off included."""

    def __init__(self, env, most=MOST):
        self.endpoints = env["integration.endpoint"].with_context(active_test=False).search([], order="id")
        self.flows = env["integration.flow"].with_context(active_test=False).search([], order="id")
        self._endpoints = {
            each.id: {"system": each.system_id.name, "endpoint": _name(each), "lane": each.lane_id.code or NONE}
            for each in self.endpoints[:most]
        }
        self._flows = {each.id: _name(each) for each in self.flows[:most]}

    def endpoint(self, endpoint_id):
        """Return ``{system, endpoint, lane}``."""
        return self._endpoints.get(endpoint_id, {"system": OTHERS, "endpoint": OTHERS, "lane": OTHERS})

    def flow(self, flow_id):
        """Return a flow's name, empty where a message has none."""
        return self._flows.get(flow_id, OTHERS) if flow_id else NONE


def _name(record):
    return f"{record.name} #{record.id}"
