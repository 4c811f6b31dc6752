"""A real Chromium for tests, driven through its debugging pipe with nothing but the standard library.

Where no Chromium is installed the tests that need it are skipped and say how to get one.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = "no Chromium on this machine; on Debian: apt-get install chromium fonts-noto-cjk"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
SECONDS = 20.0


def find() -> str | None:
    """The browser's program, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """One running browser. Commands and answers are JSON texts that end in a zero byte."""

    def __init__(self, program: str, folder: str) -> None:
        command_end, self._commands = os.pipe()
        self._answers, answer_end = os.pipe()
        place = f"import os; os.dup2({command_end}, 93); os.dup2({answer_end}, 94); os.dup2(93, 3); os.dup2(94, 4)"
        words = [program, *FLAGS, f"--user-data-dir={folder}"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"{place}; os.execv({program!r}, {words!r})"],
            pass_fds=(command_end, answer_end),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(command_end)
        os.close(answer_end)
        self._buffer = b""
        self._count = 0
        self.events: list[dict[str, Any]] = []

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Send one command and wait for its answer; events that come meanwhile are kept."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + SECONDS
        while True:
            answer = self._next(end)
            if answer is None:
                raise TimeoutError(method)
            if answer.get("id") == self._count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer["result"])
            self.events.append(answer)

    def wait(self, method: str, session: str) -> dict[str, Any]:
        """Wait for an event of a page, also one that came before."""
        end = time.monotonic() + SECONDS
        while True:
            for place, event in enumerate(self.events):
                if event.get("method") == method and event.get("sessionId") == session:
                    return self.events.pop(place)
            event_or_none = self._next(end)
            if event_or_none is None:
                raise TimeoutError(method)
            self.events.append(event_or_none)

    def _next(self, end: float) -> dict[str, Any] | None:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                return None
            part = os.read(self._answers, 1 << 16)
            if not part:
                raise RuntimeError("the browser ended")
            self._buffer += part
        text, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(text))

    def close(self) -> None:
        """End the browser that was started here."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        os.close(self._commands)
        os.close(self._answers)

    @contextmanager
    def page(
        self, width: int = 1280, height: int = 900, *, language: str = "zh-CN", dark: bool = False, script: bool = True
    ) -> Iterator[Page]:
        """A new page in a profile of its own."""
        profile = self.ask("Target.createBrowserContext")["browserContextId"]
        target = self.ask("Target.createTarget", url="about:blank", browserContextId=profile)["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.ask(f"{domain}.enable")
        page.ask("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})
        phone = width < 600
        page.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        page.ask("Emulation.setFocusEmulationEnabled", enabled=True)
        page.ask("Emulation.setTouchEmulationEnabled", enabled=phone)
        page.colours(dark=dark)
        if not script:
            page.ask("Emulation.setScriptExecutionDisabled", value=True)
        try:
            yield page
        finally:
            self.ask("Target.disposeBrowserContext", browserContextId=profile)


class Page:
    """One page of the browser, with what a person can do on it."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser = browser
        self.session = session

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command for this page."""
        return self.browser.ask(method, self.session, **parameters)

    def go(self, address: str) -> None:
        """Open an address and wait until it is loaded."""
        self.forget("Page.loadEventFired")
        self.ask("Page.navigate", url=address)
        self.loaded()

    def loaded(self) -> None:
        """Wait until the page that is being opened is loaded."""
        self.browser.wait("Page.loadEventFired", self.session)

    def forget(self, method: str) -> None:
        """Drop events of the past."""
        self.browser.events = [
            event
            for event in self.browser.events
            if not (event.get("method") == method and event.get("sessionId") == self.session)
        ]

    def colours(self, *, dark: bool) -> None:
        """Whether the person's system asks for dark colours."""
        still = {"name": "prefers-reduced-motion", "value": "reduce"}  # nothing fades: what is seen is what is
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme, still])

    def tall(self) -> None:
        """Make the window as high as the page, so that nothing that sticks to an edge covers anything."""
        width, height = self.run("[innerWidth, Math.max(innerHeight, document.documentElement.scrollHeight)]")
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def cookie(self, address: str, name: str, value: str) -> None:
        """Set a cookie, as a sign-in would."""
        self.ask("Network.setCookie", url=address, name=name, value=value)

    def run(self, script: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        said = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in said:
            raise RuntimeError(str(said["exceptionDetails"]))
        return said["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + SECONDS
        while not self.run(f"!!({script})"):
            if time.monotonic() > end:
                raise TimeoutError(script)
            time.sleep(0.02)

    def click(self, selector: str) -> None:
        """A real click in the middle of an element."""
        box = self._box(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def click_to_open(self, selector: str) -> None:
        """A click that opens a page, which is waited for."""
        self.forget("Page.loadEventFired")
        self.click(selector)
        self.loaded()

    def _box(self, selector: str) -> tuple[float, float]:
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        node = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        assert node, f"nothing on the page matches {selector}"
        thing = self.ask("DOM.resolveNode", nodeId=node)["object"]["objectId"]
        middle = "function () { this.scrollIntoView({ block: 'center' }); }"
        self.ask("Runtime.callFunctionOn", objectId=thing, functionDeclaration=middle)
        corners = self.ask("DOM.getContentQuads", nodeId=node)["quads"][0]
        return (corners[0] + corners[4]) / 2, (corners[1] + corners[5]) / 2

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.ask("Input.insertText", text=text)

    def key(self, key: str, code: int = 0, **more: Any) -> None:
        """Press and release one key. A key that an input method takes for itself has code 229 and types nothing."""
        text = "\r" if code == 13 else ""
        extra = {"text": text} if text else {}
        for kind in ("keyDown", "keyUp"):
            said = extra if kind == "keyDown" else {}
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **said, **more)

    def compose(self, text: str) -> None:
        """Start or go on composing a word with an input method."""
        self.ask("Input.imeSetComposition", text=text, selectionStart=len(text), selectionEnd=len(text))

    def fill(self, selector: str, text: str) -> None:
        """Click into a field and type over what is in it."""
        self.click(selector)
        self.run(f"document.querySelector({json.dumps(selector)}).select?.()")
        self.type(text)

    def choose(self, selector: str, value: str) -> None:
        """Pick an option of a list; with the keyboard it would depend on the browser."""
        name = json.dumps(selector)
        self.run(
            f"(() => {{ const list = document.querySelector({name}); list.value = {json.dumps(value)};"
            " list.dispatchEvent(new Event('change', { bubbles: true })); })()"
        )

    def words(self, selector: str) -> str:
        """What an element says."""
        return str(self.run(f"document.querySelector({json.dumps(selector)})?.innerText.trim() ?? ''"))

    def picture(self, file: Path, *, whole: bool = False, scale: float = 1) -> None:
        """Save what the window (or the whole page) looks like."""
        clip = {}
        if scale != 1:
            width, height = self.run("[innerWidth, innerHeight]")
            top = self.run("scrollY")
            clip = {"clip": {"x": 0, "y": top, "width": width, "height": height, "scale": scale}}
        said = self.ask("Page.captureScreenshot", captureBeyondViewport=whole, **clip)
        file.write_bytes(base64.b64decode(said["data"]))

    def complaints(self) -> list[str]:
        """What the browser noted: errors of scripts and breaches of the content policy."""
        noted = []
        for event in self.browser.events:
            if event.get("sessionId") == self.session:
                given = event["params"]
                if event["method"] == "Log.entryAdded" and given["entry"]["level"] == "error":
                    noted.append(f"{given['entry']['source']}: {given['entry']['text']}")
                if event["method"] == "Runtime.exceptionThrown":
                    noted.append(str(given["exceptionDetails"].get("exception", given))[:400])
        return noted


@contextmanager
def started() -> Iterator[Browser]:
    """A browser for as long as the block lasts."""
    program = find()
    assert program is not None, HOW
    with tempfile.TemporaryDirectory(prefix="formwork-chromium-", ignore_cleanup_errors=True) as folder:
        browser = Browser(program, folder)
        try:
            yield browser
        finally:
            browser.close()
