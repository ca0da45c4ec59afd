"""Signed in as somebody of a workspace that is there, and from its first page to every other by their links."""

import os
import re
import shutil
import sys
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r'<a\b[^>]*?\shref="([^"]+)"')
FRAGMENT = re.compile(r'\shx-get="([^"]+)"')
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
]
ENDS = ("/logout/",)  # worth no visit: what it offers ends the session


def set_up() -> None:
    """Django with the settings of the servers that run, as DATA_DIR or DATABASE_URL names them."""
    sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    import django

    django.setup()


def chromium(playwright: Any) -> Any:
    """The browser of CHROMIUM, else of the PATH, else Playwright's own. Its loop runs in this thread, beside Django."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


@contextmanager
def signed_in(workspace: str, role: str) -> Iterator[str]:
    """The session of the first person who has that very role; it is gone afterwards."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from accounts.models import Membership

    members = Membership.objects.filter(workspace__slug=workspace, role=role, person__is_active=True)
    member = members.select_related("person").order_by("since").first()
    if member is None:
        raise SystemExit(f"The workspace {workspace!r} has nobody with the role {role}.")
    session = SessionStore()
    session[SESSION_KEY] = str(member.person.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = member.person.get_session_auth_hash()
    session.save()
    try:
        yield str(session.session_key)
    finally:
        session.delete()


@dataclass
class Walk:
    """Every route that links lead to, with at most `each` addresses of one: plain ones before those with a query."""

    browser: Any  # Django's test client, signed in
    each: int
    found: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # route → addresses, as met
    fragments: set[str] = field(default_factory=set)  # routes of parts that a page fetches by itself

    def run(self, first: str = "/") -> "Walk":
        plain, asking, seen = deque([first]), deque[str](), {first}
        while plain or asking:
            address = (plain or asking).popleft()
            html = self.visit(address)
            links = [*LINK.findall(html), *FRAGMENT.findall(html)]
            for target in dict.fromkeys(inside(address, link) for link in links):
                if target and target not in seen:
                    seen.add(target)
                    (asking if "?" in target else plain).append(target)
        return self

    def visit(self, address: str) -> str:
        """Its HTML; nothing for what is no page, and for a route that was seen often enough."""
        route = route_of(address)
        if not route or len(self.found.get(route, [])) >= self.each:
            return ""
        answer = self.browser.get(address)
        if answer.status_code in {301, 302}:
            return f'<a href="{answer["Location"]}">'
        if answer.streaming or answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            answer.close()
            return ""
        html = str(answer.content.decode())
        self.found[route].append(address)
        if "<title>" not in html:
            self.fragments.add(route)
        return html


def inside(page: str, link: str) -> str:
    """The address within the installation that a link leads to; empty for one that leads out, or to a file."""
    parts = urlsplit(urljoin(page, unescape(link)))
    if parts.scheme or parts.netloc or not parts.path.endswith("/") or parts.path.endswith(ENDS):
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def route_of(address: str) -> str:
    """The name of the address's route; empty where there is none."""
    from django.urls import Resolver404, resolve

    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return ""
