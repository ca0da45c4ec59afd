"""The pictures of the documents, taken of a demo workspace that runs, and written to docs/images: look at them.

    DATA_DIR=.local python -m benchmarks.pictures --url http://localhost:8000

Wants what `manage.py demo` makes, by its names, and a campaign whose pairs are asked. Names behind it take those alone.
Prints a JSON line for each: its file and bytes, or what is missing. Run it where the server is.
"""

import argparse
import json
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import visiting

OUT = visiting.ROOT / "docs" / "images"
WIDTH, HEIGHT = 1280, 800
SETTLED = 1_000  # ms: charts are drawn
PATIENCE = 120_000  # ms
PAIRS, AMOUNTS = "Everyday requests: which is better?", "Everyday requests: what is it worth?"
EVERY_KIND = "Everyday requests: every kind of question"
LEARNED, HELD = "Warmth", "Warmer, with coverage and KL held"


@dataclass(frozen=True)
class Picture:
    """Whose page, of which thing, and which part of it."""

    role: str
    thing: str  # a name in `addresses`
    below: str = ""  # what follows the thing's address
    wait: str = "main"  # is there before it is taken
    press: str = ""  # a key, once it is there
    top: str = ""  # comes to the upper edge
    height: int = HEIGHT


PICTURES = {
    "label": Picture("annotator", PAIRS, "label/", wait='[data-state="open"]', height=720),
    "money": Picture("annotator", AMOUNTS, "label/", wait='[data-state="open"]', press="1"),
    "quality": Picture("researcher", EVERY_KIND, "quality/"),
    "review": Picture("reviewer", EVERY_KIND, "review/"),
    "reward-model": Picture("researcher", LEARNED, top="#reliability"),
    "run": Picture("researcher", HELD, top="#curves"),
    "lineage": Picture("researcher", HELD, "lineage/"),
    "campaign": Picture("researcher", "campaign"),
    "members": Picture("admin", "members", height=620),
}


def addresses(workspace: str) -> dict[str, str]:
    """Where the things of the demo lie in this installation, by name."""
    from annotation.models import Project
    from rewardmodels.models import RewardModel
    from training.models import Campaign, Run

    here: dict[str, Any] = {"workspace__slug": workspace, "deleted_at": None}
    kinds: dict[str, Any] = {"projects": Project.objects, "reward-models": RewardModel.objects, "runs": Run.objects}
    found = {"members": f"/w/{workspace}/members/"}
    for kind, things in kinds.items():
        for thing in things.filter(**here).order_by("created_at"):
            found[thing.name] = f"/w/{workspace}/{kind}/{thing.pk}/"
    campaign = Campaign.objects.filter(**here).order_by("-created_at").first()
    return found | ({"campaign": f"/w/{workspace}/campaigns/{campaign.pk}/"} if campaign else {})


def take(chromium: Any, url: str, session: str, picture: Picture, address: str, file: Path) -> None:
    context = chromium.new_context(base_url=url, viewport={"width": WIDTH, "height": picture.height})
    context.set_default_timeout(PATIENCE)
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    page = context.new_page()
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(f"{request.url}: {request.failure}"))
    page.goto(address, wait_until="load")
    page.wait_for_selector(picture.wait)
    page.wait_for_timeout(SETTLED)
    if failed:
        raise SystemExit("Not everything of the page came: " + "; ".join(failed))
    if page.locator("dialog[open]").count():  # the guidelines, which everybody sees once before the first task
        page.locator("dialog[open] .button-primary").click()
        page.wait_for_timeout(SETTLED)
    if picture.press:
        page.keyboard.press(picture.press)
        page.wait_for_timeout(SETTLED)
    if picture.top:
        page.locator(picture.top).evaluate("element => element.scrollIntoView({block: 'start', behavior: 'instant'})")
        page.mouse.wheel(0, -24)
        page.wait_for_timeout(SETTLED)
    file.write_bytes(packed(page.screenshot()))
    context.close()


def packed(png: bytes) -> bytes:
    """The same picture with its points packed as tightly as deflate can; Chromium packs for speed."""
    kept, points, place = [png[:8]], b"", 8
    while place < len(png):
        (length,), kind = struct.unpack(">I", png[place : place + 4]), png[place + 4 : place + 8]
        if kind == b"IDAT":
            points += png[place + 8 : place + 8 + length]
        elif kind == b"IEND":
            kept.append(chunk(b"IDAT", zlib.compress(zlib.decompress(points), 9)))
        if kind != b"IDAT":
            kept.append(png[place : place + 12 + length])
        place += 12 + length
    return b"".join(kept)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PICTURES))
    parser.add_argument("--url", default="http://localhost:8000", help="of the running server")
    parser.add_argument("--workspace", default="demo", help="the word in its addresses")
    parser.add_argument("--out", type=Path, default=OUT)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    if unknown := set(options.names) - set(PICTURES):
        raise SystemExit(f"There is no picture {', '.join(sorted(unknown))}: there are {', '.join(PICTURES)}.")
    visiting.set_up()
    from playwright.sync_api import sync_playwright

    there = addresses(options.workspace)
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = visiting.chromium(playwright)
        for name in options.names or PICTURES:
            picture, file = PICTURES[name], options.out / f"{name}.png"
            if picture.thing not in there:
                print(json.dumps({"file": file.name, "missing": picture.thing}), flush=True)
                continue
            with visiting.signed_in(options.workspace, picture.role) as session:
                take(chromium, options.url, session, picture, there[picture.thing] + picture.below, file)
            print(json.dumps({"file": file.name, "bytes": file.stat().st_size}), flush=True)
        chromium.close()


if __name__ == "__main__":
    main()
