"""Pages of a list under a filter: nothing skipped, nothing twice, forwards and back, however small the windows."""

from itertools import chain

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.browsing.scanning import Scan
from annotation.models import Task

pytestmark = pytest.mark.django_db
HARMLESS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]  # rows are only read; machines may be busy


@pytest.fixture
def tasks(add_task):
    return [add_task(f"p{number}", overlap=1 + (number % 3 == 0)) for number in range(17)]


def walk(scan, cursor=""):
    """The positions of every page, to the end."""
    pages = []
    for _turn in range(100):
        page = scan.page(cursor)
        pages.append([row.position for row in page.rows])
        cursor = page.next
        if not cursor:
            return pages
    raise AssertionError("the list has no end")


def flat(pages):
    return list(chain.from_iterable(pages))


def scan_of(project, **options):
    return Scan(Task.objects.filter(project=project), ["position"], **options)


@pytest.mark.parametrize("window", [1, 2, 3, 5, 16, 17, 18, 100])
@pytest.mark.parametrize("size", [1, 2, 5, 17, 25])
@pytest.mark.parametrize("seconds", [60.0, 0.0])
def test_every_row_stands_on_one_page(project, tasks, window, size, seconds):
    wanted = Q(overlap=2)
    pages = walk(scan_of(project, wanted=wanted, size=size, window=window, seconds=seconds))
    assert flat(pages) == [position for position in range(1, 18) if (position - 1) % 3 == 0]
    assert all(len(page) <= size for page in pages)


@pytest.mark.parametrize("wanted", [None, Q(overlap=2)])
@pytest.mark.parametrize("order", ["position", "-position"])
def test_the_way_back_shows_the_same_pages(project, tasks, wanted, order):
    scan = Scan(Task.objects.filter(project=project), [order], wanted, size=2, window=4)
    first = scan.page("")
    second = scan.page(first.next)
    back = scan.page(second.previous)
    assert [row.pk for row in back.rows] == [row.pk for row in first.rows]
    assert back.previous == ""
    assert first.previous == ""
    assert [row.pk for row in scan.page(back.next).rows] == [row.pk for row in second.rows]


def test_when_the_time_is_up_the_page_says_so_and_goes_on(project, tasks):
    page = scan_of(project, wanted=Q(position=17), window=5, seconds=0.0).page("")
    assert page.is_cut
    assert page.rows == []
    assert page.looked_at == 5
    pages = walk(scan_of(project, wanted=Q(position=17), window=5, seconds=0.0))
    assert flat(pages) == [17]


@pytest.mark.parametrize("cursor", ["nonsense", "W10:x", "🙂", "a" * 5_000])
def test_a_cursor_of_somewhere_else_begins_again(project, tasks, cursor):
    assert [row.position for row in scan_of(project, size=3).page(cursor).rows] == [1, 2, 3]


@settings(max_examples=40, deadline=None, suppress_health_check=HARMLESS)
@given(kept=st.sets(st.integers(1, 17)), window=st.integers(1, 20), size=st.integers(1, 6), cuts=st.booleans())
def test_any_filter_is_walked_whole(project, tasks, kept, window, size, cuts):
    options = {"wanted": Q(position__in=kept), "size": size, "window": window, "seconds": 0.0 if cuts else 60.0}
    assert flat(walk(scan_of(project, **options))) == sorted(kept)
