# Part of Integration Hub. License LGPL-3.0 or later.
from collections.abc import Callable

import devdb
import pytest


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Tells what was measured, to the terminal and to .dev/log/upgrade.json."""

    def tell(text: str) -> None:
        (devdb.DEV / "log" / "upgrade.json").write_text(text)
        with capsys.disabled():
            print(f"\n{text}")

    return tell
