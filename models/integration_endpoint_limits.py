# Part of Integration Hub. License LGPL-3.0 or later.
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..connectors.errors import HubError
from .guards import Limits

LIMITS = (
    "rate_calls",
    "rate_period",
    "rate_burst",
    "calls_at_once",
    "breaker_percent",
    "breaker_calls",
    "breaker_window",
    "breaker_pause",
)


class IntegrationEndpoint(models.Model):
    """How much an endpoint may be called, and when it is left alone: for all workers together."""

    _inherit = "integration.endpoint"

    rate_calls = fields.Integer(
        "Calls per Period", tracking=True, help="At most so many in each period, by all workers together. 0: no limit."
    )
    rate_period = fields.Selection(
        [("1", "second"), ("10", "10 seconds"), ("60", "minute"), ("3600", "hour"), ("86400", "day")],
        "Period",
        default="1",
        required=True,
        tracking=True,
    )
    rate_burst = fields.Integer(
        "Calls at a Time",
        tracking=True,
        help="So many may leave at one moment; the others are spread over the period. 0: a fifth.",
    )
    calls_at_once = fields.Integer(
        "Calls under Way", tracking=True, help="At most so many wait for an answer at the same time. 0: no limit."
    )
    breaker_percent = fields.Integer(
        "Failures That Stop It (%)",
        default=50,
        tracking=True,
        help="When this share of its calls gets no answer, or a server's fault, it is not called for a while; then one "
        "message tries. 0: it is always called.",
    )
    breaker_calls = fields.Integer(
        "Calls That Prove It", default=10, tracking=True, help="Fewer calls than this prove nothing."
    )
    breaker_window = fields.Integer("Counted within (s)", default=60, tracking=True)
    breaker_pause = fields.Integer(
        "First Pause (s)",
        default=10,
        tracking=True,
        help="Then one message tries; after each that fails the pause is twice as long, up to thirty times this.",
    )
    limit_summary = fields.Text("Limits", compute="_compute_limit_summary")

    _limits_not_negative = models.Constraint(
        "CHECK (rate_calls >= 0 AND rate_burst >= 0 AND calls_at_once >= 0)",
        "A limit is 0, for none, or more.",
    )
    _breaker_sensible = models.Constraint(
        "CHECK (breaker_percent BETWEEN 0 AND 100 AND (breaker_percent = 0 OR (breaker_calls > 0 AND breaker_window > 0"
        " AND breaker_pause > 0)))",
        "It stops being called after a share of failures between 1 and 100 %, of at least one call, within at least a "
        "second, for at least a second. A share of 0 means that it is always called.",
    )

    @api.constrains("rate_calls", "rate_burst")
    def _check_rate(self):
        for endpoint in self:
            if 0 < endpoint.rate_calls < endpoint.rate_burst:
                raise ValidationError(
                    self.env._(
                        "%(burst)s calls at a time are more than the %(calls)s that the whole period allows.",
                        burst=endpoint.rate_burst,
                        calls=endpoint.rate_calls,
                    )
                )

    # --- who changes them ---

    @api.model_create_multi
    def create(self, vals_list):
        endpoints = super().create(vals_list)
        for endpoint, vals in zip(endpoints, vals_list, strict=True):
            if endpoint.direction == "outbound" and not any(name in vals for name in LIMITS):
                endpoint.sudo().write(endpoint._documented_limits())
        return endpoints

    def _documented_limits(self):
        """Return the values of what the vendor's documentation grants every account."""
        try:
            limits = self._connector_and_settings()[0].limits
        except HubError:
            return {}  # its settings are still to be entered
        return {
            "rate_calls": limits.calls,
            "rate_period": str(limits.seconds),
            "calls_at_once": limits.at_once,
        }

    def write(self, vals):
        if not self.env.su and any(name in vals for name in LIMITS):
            self.check_access("write")
            raise UserError(self.env._("Limits are changed by Change Limits, which asks for the reason."))
        return super().write(vals)

    def _change_limits(self, values, reason):
        """Set these limits on all of these endpoints; their chatter says who, why, what was and what is."""
        self._check_operator()
        unknown = values.keys() - set(LIMITS)
        if unknown or not (reason or "").strip():
            raise UserError(self.env._("Say why the limits are changed: the reason stays in the endpoint's history."))
        endpoints = self.sudo()
        for endpoint in endpoints:
            endpoint._track_set_log_message(self.env._("Limits changed: %(reason)s", reason=reason.strip()))
        endpoints.write(values)
        endpoints._wake()

    # --- what the workers keep ---

    def _use(self):
        """Return what its messages call for: bulk work leaves part of a quota to those who share it."""
        return "bulk" if self.lane_id.code == "bulk" else "realtime"

    def _limits(self):
        """Return this endpoint's :class:`Limits`."""
        self.ensure_one()
        return Limits(
            self.rate_calls,
            int(self.rate_period or 1),
            self.rate_burst,
            self.calls_at_once,
            self.breaker_percent,
            self.breaker_calls,
            self.breaker_window,
            self.breaker_pause,
        )

    # --- in words ---

    def _rate_words(self):
        periods = dict(self._fields["rate_period"]._description_selection(self.env))
        return self.env._("%(calls)s per %(period)s", calls=self.rate_calls, period=periods[self.rate_period])

    @api.depends(*LIMITS)
    def _compute_limit_summary(self):
        for endpoint in self:
            lines = []
            if endpoint.rate_calls:
                lines.append(
                    self.env._(
                        "At most %(rate)s, %(burst)s of them at a time",
                        rate=endpoint._rate_words(),
                        burst=int(endpoint._limits().rate().burst),
                    )
                )
            if endpoint.calls_at_once:
                lines.append(self.env._("At most %(count)s calls under way", count=endpoint.calls_at_once))
            if endpoint.breaker_percent:
                lines.append(
                    self.env._(
                        "Not called for %(pause)s s or longer after %(percent)s %% of at least %(calls)s calls within "
                        "%(window)s s failed",
                        pause=endpoint.breaker_pause,
                        percent=endpoint.breaker_percent,
                        calls=endpoint.breaker_calls,
                        window=endpoint.breaker_window,
                    )
                )
            endpoint.limit_summary = "\n".join(lines) or self.env._("None: it is called as fast as it answers")
