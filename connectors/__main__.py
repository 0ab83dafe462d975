# Part of Integration Hub. License LGPL-3.0 or later.
"""`python -m integration_hub_connectors` is the console script `hub`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
