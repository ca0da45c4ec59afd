"""The pictures of the documents: those that pages show are there, and the command that takes them knows no others."""

import re
from pathlib import Path

from benchmarks.pictures import OUT, PICTURES
from local.environment import BASE_DIR

SHOWN = re.compile(r"!\[(.+)\]\(([^)]+)\)")
MOST = 150_000  # bytes


def shown() -> list[tuple[Path, str]]:
    """(file, words for those who do not see it) of each picture on a page."""
    pages = [BASE_DIR / "README.md", *(BASE_DIR / "docs").rglob("*.md")]
    found = [(page, match) for page in pages for match in SHOWN.finditer(page.read_text())]
    return [((page.parent / match[2]).resolve(), match[1]) for page, match in found]


def test_every_picture_that_a_page_shows_is_there_and_soon_loaded():
    assert len(shown()) > 5
    for file, words in shown():
        assert file.is_file(), file
        assert file.stat().st_size < MOST, file
        assert len(words) > 20, file


def test_every_picture_that_is_taken_is_shown():
    taken = {(OUT / f"{name}.png").resolve() for name in PICTURES}
    assert taken == {file for file, _words in shown() if file.suffix == ".png"}
