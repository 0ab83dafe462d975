# Part of Integration Hub. License LGPL-3.0 or later.
"""A deterministic simulation of the engine's protocol: docs/SIMULATION.md says what it shows, and what not."""
