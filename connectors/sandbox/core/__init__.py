# Part of Integration Hub. License LGPL-3.0 or later.
"""The vendor-neutral half of the sandbox: store, journal, faults, limits, webhook sender."""
