# Part of Integration Hub. License LGPL-3.0 or later.
"""Policy: the engine's figures, some smaller than there, so that short histories meet them."""

RACES = 5  # engine/perform.py
DELAY, MAX_ATTEMPTS = 4, 3  # the retry policy of every endpoint here
SET_ASIDE_AFTER, FATAL, ASIDE, UNDER_WAY = 2, 3, 30, 5  # engine/burial.py, where more deaths are needed
SLOWDOWNS = (3, 9)  # seconds that a busy vendor asks for
PERIOD = 3  # seconds of an endpoint's limit
