"""Chromium on a real server: `see(member)` opens pages as somebody, `axe(page)` names what a reader cannot use."""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Route, expect, sync_playwright

Theme = Literal["light", "dark"]
WIDE, NARROW = 1280, 390
HEIGHTS = {WIDE: 800, NARROW: 844}
# What each new window would make ready beside the page: two pages of suggestions under an address that nobody types.
SUGGESTIONS = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup"]
OFF = [  # as Playwright has it: Chromium takes the last list that it is given, and this one is given after Playwright's
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "TcpPortRandomizationWin"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
]
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    "--disable-features=" + ",".join([*OFF, *SUGGESTIONS]),
]
PATIENCE = 60_000  # ms: a busy machine takes long, and a test that passes waits for nothing
SLOWDOWN = float(
    os.environ.get("BROWSER_SLOWDOWN", "1")
)  # by this the browser is made slower, to find what does not wait
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

# The sync API of Playwright runs an event loop in this thread, which makes Django refuse its database here.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


def find_chromium() -> str | None:
    """CHROMIUM, else what is on the PATH; None leaves the choice to Playwright's own."""
    named = os.environ.get("CHROMIUM", "")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


@pytest.fixture(autouse=True, scope="session")
def kept_files() -> Iterator[None]:
    """The browser keeps style sheets and scripts as it does in production, where a name changes with its content."""
    serve = StaticFilesHandler.serve

    def served(self: StaticFilesHandler, request: HttpRequest) -> HttpResponseBase:
        answer = serve(self, request)
        answer["Cache-Control"] = "max-age=3600"
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticFilesHandler, "serve", served)
        yield


ACTS = ("blur", "check", "click", "dblclick", "fill", "focus", "hover", "press", "press_sequentially", "select_option")
MORE_ACTS = ("set_checked", "set_input_files", "tap", "uncheck")


@pytest.fixture(autouse=True, scope="session")
def patient_hands() -> Iterator[None]:
    """Who acts by a locator waits until the page is whole: its text stands a moment before its scripts have run.

    `page.keyboard` does not wait, for tests of what happens to somebody who is faster than that.
    """

    def wait_first(act: Callable[..., Any]) -> Callable[..., Any]:
        def waited(self: Locator, *given: Any, **named: Any) -> Any:
            self.page.wait_for_load_state()
            return act(self, *given, **named)

        return waited

    with pytest.MonkeyPatch.context() as patch:
        for name in (*ACTS, *MORE_ACTS):
            patch.setattr(Locator, name, wait_first(getattr(Locator, name)))
        yield


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()


def eventually(page: Page, look: Callable[[], object]) -> None:
    """As `expect` waits, for what no locator can say."""
    until = time.monotonic() + PATIENCE / 1000
    while not look():
        assert time.monotonic() < until, "it never came to pass"
        page.wait_for_timeout(10)


PROBE = re.compile(r"/healthz\?probe$")


def intercept(page: Page, address: str | re.Pattern[str], handler: Callable[[Route], object]) -> None:
    """As `page.route`, which comes back a moment before Chromium holds calls up: a call of ours says when it does."""
    page.route(address, lambda route: handler(route))
    if not page.url.startswith("http"):
        return  # nothing is called before the page is loaded
    held: list[str] = []

    def caught(route: Route) -> None:
        held.append(route.request.url)
        route.fulfill(status=204)

    page.route(PROBE, caught)
    eventually(page, lambda: page.evaluate("fetch('/healthz?probe').then(() => null)") or held)
    page.unroute(PROBE)


@dataclass
class Fault:
    """What the browser complained about: scripts that broke, files that were missing, the policy refusing something."""

    messages: list[str]
    known: str = ""  # words of a complaint that the test expects

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.on("console", lambda said: self.messages.append(said.text) if said.type == "error" else None)

    def untold(self) -> list[str]:
        return [one for one in self.messages if not self.known or self.known not in one]


@dataclass
class Traffic:
    """The requests that are under way: they are given a moment to end before the page is closed under them."""

    pages: list[Page]
    open: set[object]

    def watch(self, page: Page) -> None:
        self.pages.append(page)
        page.on("request", lambda request: self.open.add(request))
        page.on("requestfinished", lambda request: self.open.discard(request))
        page.on("requestfailed", lambda request: self.open.discard(request))

    def settle(self) -> None:
        for _turn in range(200):
            if not self.open:
                return
            self.pages[-1].wait_for_timeout(25)


@pytest.fixture(scope="session")
def held(live_server) -> set[Any]:
    """The connections that the server has not let go of: behind each may be a request that writes into the database."""
    server, held = live_server.thread.httpd, set()
    accept, let_go = server.process_request, server.shutdown_request

    def take(request: Any, address: Any) -> None:
        held.add(request)
        accept(request, address)

    def leave(request: Any) -> None:
        let_go(request)
        held.discard(request)

    server.process_request, server.shutdown_request = take, leave
    return held


@pytest.fixture
def see(chromium: Browser, live_server, held, request, settings, monkeypatch) -> Iterator[Callable[..., Page]]:
    """`see(member, width=390, theme="dark")`: a page signed in as the member, or as nobody.

    It is closed before settings and patches go back, which a request under way would see in pieces.
    """
    contexts: list[BrowserContext] = []
    fault, traffic = Fault([]), Traffic([], set())

    def opened(
        member=None, *, width: int = WIDE, theme: Theme = "light", scripts: bool = True, touch: bool = False
    ) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": HEIGHTS.get(width, 800)},
            color_scheme=theme,
            reduced_motion="reduce",
            java_script_enabled=scripts,
            has_touch=touch,
            is_mobile=touch,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if member is not None:
            session = member.browser.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page = context.new_page()
        if SLOWDOWN > 1:
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        fault.watch(page)
        traffic.watch(page)
        return page

    opened.fault = fault  # type: ignore[attr-defined]
    yield opened
    traffic.settle()
    for context in contexts:
        context.close()
    until = time.monotonic() + PATIENCE / 1000
    while held and time.monotonic() < until:  # the browser is gone, and so is what it asked for
        time.sleep(0.005)
    connections.close_all()
    if not request.node.get_closest_marker("expects_faults"):
        assert not fault.untold(), "\n".join(fault.untold())


def when_settled(page: Page, look: Callable[[], Any]) -> Any:
    """What `look` sees of the page that a click led to, also where the page it began on went away under it."""
    page.wait_for_load_state()
    try:
        return look()
    except Error as left:
        if "navigation" not in left.message:
            raise
        page.wait_for_load_state()
        return look()


AXE = """async ([within, rules]) => {
  %s
  const { violations } = await axe.run(within ?? document, rules);
  return violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes }));
}"""


@pytest.fixture(scope="session")
def axe() -> Callable[..., None]:
    """`axe(page)` fails with the name of every rule of WCAG 2.2 AA that the page breaks, and where."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    rules = {"runOnly": tags, "resultTypes": ["violations"]}
    program = AXE.replace("%s", Axe().axe_script)  # in one piece: between two the page may go away

    def check(page: Page, within: str | None = None) -> None:
        found = when_settled(page, lambda: page.evaluate(program, [within, rules]))
        told = [
            f"{one['id']} ({one['impact']}): {one['help']}\n    "
            + "\n    ".join(
                f"{' '.join(map(str, node['target']))}: {node.get('failureSummary', '')}" for node in one["nodes"]
            )
            for one in found
        ]
        assert not told, f"{page.url}\n" + "\n".join(told)

    return check


@pytest.fixture
def fits() -> Callable[[Page], None]:
    """`fits(page)`: the page does not scroll sideways."""

    def check(page: Page) -> None:
        wide = when_settled(
            page, lambda: page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        )
        assert wide <= 0, f"{page.url} is {wide} pixels too wide"

    return check
