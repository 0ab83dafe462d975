# Part of Integration Hub. License LGPL-3.0 or later.
"""Certification: a connector's calls, made against a real account, and a report of what came of them.

`hub certify NAME` runs it. Reading is tried on what is there; writing only where it is asked for, on objects that are
made for it and deleted again. The report holds no secret, no address and nothing of the account's data.
"""

from .report import Report, markdown
from .run import certify
from .steps import Outcome, Step

__all__ = ["Outcome", "Report", "Step", "certify", "markdown"]
