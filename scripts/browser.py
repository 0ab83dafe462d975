# Part of Integration Hub. License LGPL-3.0 or later.
"""A real browser, headless, driven by the DevTools protocol: enough of it to do what a person does in a form."""

import base64
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import requests
import websocket
from hub_clients import wait_for

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
LOADED = 60.0  # seconds until a screen of the web client stands; the first one builds its assets
ELSEWHERE = ("Inspected target navigated or closed", "Cannot find context with specified id")


class Navigated(Exception):
    """The page went elsewhere while it was asked."""


class Page:
    """One tab; `actions` counts what a person did in it: each click, each thing typed in."""

    def __init__(self, connection: websocket.WebSocket) -> None:
        self._connection = connection
        self._last = 0
        self.actions = 0

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the DevTools protocol; what the page tells meanwhile is dropped."""
        self._last += 1
        self._connection.send(json.dumps({"id": self._last, "method": method, "params": params}))
        while (answer := json.loads(self._connection.recv())).get("id") != self._last:
            pass
        if answer.get("error", {}).get("message") in ELSEWHERE:
            raise Navigated(answer["error"]["message"])
        assert "error" not in answer, answer
        return answer["result"]

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def appears(self, selector: str) -> None:
        """Waits until something matches."""

        def is_there() -> bool:
            try:
                return bool(self.run(f"!!document.querySelector({json.dumps(selector)})"))
            except Navigated:
                return False

        wait_for(selector, is_there, LOADED)

    def click(self, selector: str) -> None:
        """Presses the first that matches."""
        self.appears(selector)
        self.actions += 1
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def type(self, selector: str, text: str) -> None:
        """Replaces what an input holds, by the keyboard, and leaves it."""
        self.appears(selector)
        self.actions += 1
        self.run(f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.focus(); e.select(); }})()")
        self.call("Input.insertText", text=text)
        self.run("document.activeElement.blur()")

    def picture(self) -> bytes:
        """What the tab shows, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])


@contextmanager
def browser(url: str, session: str) -> Iterator[Page]:
    """A tab that is logged in by a session of Odoo; the browser ends with the block."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    assert program, f"none of {', '.join(NAMES)} is installed"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        options.append("--window-size=1280,900")
        command = [program, *options, "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                file = Path(profile) / "DevToolsActivePort"
                port = wait_for("the browser", lambda: file.exists() and file.read_text().split(), LOADED)[0]
                tab = requests.put(f"http://127.0.0.1:{port}/json/new?about:blank", timeout=30).json()
                address = tab["webSocketDebuggerUrl"]
                with closing(websocket.create_connection(address, timeout=LOADED, suppress_origin=True)) as connection:
                    page = Page(connection)
                    page.call("Network.setCookie", name="session_id", value=session, url=url)
                    yield page
            finally:
                process.kill()
