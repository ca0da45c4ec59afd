"""Pages neither skip nor repeat a row."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts.models import Group
from api.pagination import CursorPages
from api.refusals import Malformed

PATH = "/api/v1/groups-of-tests/"
START = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("small_api")


def make_groups(workspace, count, same_time=False):
    Group.objects.bulk_create(
        Group(workspace=workspace, name=f"g{n:04}", created_at=START + timedelta(seconds=0 if same_time else n))
        for n in range(count)
    )


def walk(member, url, link="next"):
    """Every page from here on, as lists of names."""
    pages = []
    while url:
        answer = member.api.get(url)
        assert answer.status_code == 200, answer.json()
        pages.append([row["name"] for row in answer.json()["results"]])
        url = answer.json()[link]
    return pages


def test_an_empty_list_has_no_neighbours(reviewer):
    assert reviewer.api.get(PATH).json() == {"next": None, "previous": None, "results": []}


def test_newest_come_first_and_every_row_comes_once(reviewer, workspace):
    make_groups(workspace, 7)
    pages = walk(reviewer, PATH + "?limit=3")
    assert pages == [["g0006", "g0005", "g0004"], ["g0003", "g0002", "g0001"], ["g0000"]]


def test_rows_of_one_moment_come_once_each_though_their_ids_are_random(reviewer, workspace):
    make_groups(workspace, 25, same_time=True)
    pages = walk(reviewer, PATH + "?limit=4")
    assert [len(page) for page in pages] == [4] * 6 + [1]
    assert sorted(name for page in pages for name in page) == [f"g{n:04}" for n in range(25)]


def test_the_way_back_is_the_way_there(reviewer, workspace):
    make_groups(workspace, 8, same_time=True)
    there = walk(reviewer, PATH + "?limit=3")
    url = PATH + "?limit=3"
    while following := reviewer.api.get(url).json()["next"]:
        url = following
    assert walk(reviewer, url, "previous") == there[::-1]


def test_a_row_that_comes_or_goes_in_between_moves_no_other(reviewer, workspace):
    make_groups(workspace, 6)
    first = reviewer.api.get(PATH + "?limit=2").json()
    Group.objects.create(workspace=workspace, name="late")
    Group.objects.filter(name__in=["g0004", "g0002"]).delete()  # g0004 is where the cursor stands
    assert walk(reviewer, first["next"]) == [["g0003", "g0001"], ["g0000"]]


def test_another_workspace_is_in_no_page(reviewer, stranger):
    make_groups(stranger.membership.workspace, 3)
    assert walk(reviewer, PATH) == [[]]


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "many", "", "١", "9" * 5000])
def test_a_limit_out_of_bounds_is_named(reviewer, limit):
    answer = reviewer.api.get(PATH, {"limit": limit})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "limit", "message": "Write a whole number from 1 to 1000."}]


@pytest.mark.parametrize("cursor", ["x", "a:b", "eyJhIjoxfQ:AAAA", "é", "A" * 9000])
def test_a_cursor_that_we_did_not_give_is_named(reviewer, cursor):
    answer = reviewer.api.get(PATH, {"cursor": cursor})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "cursor"


def page_of(ordering, url="/x/?limit=2"):
    request = Request(APIRequestFactory().get(url))
    pages = CursorPages()
    rows = pages.paginate_queryset(Group.objects.all(), request, SimpleNamespace(ordering=ordering))
    return rows, pages


def test_a_cursor_of_another_order_is_refused(workspace):
    make_groups(workspace, 3)
    _rows, pages = page_of("name")
    with pytest.raises(Malformed):
        page_of("-name", pages.next_link())


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25, deadline=None
)
@given(
    names=st.lists(st.sampled_from("abc"), min_size=0, max_size=9),
    ordering=st.sampled_from([("created_at", "-name"), ("-name", "created_at"), "name", "-created_at"]),
    limit=st.integers(1, 4),
)
def test_any_order_gives_every_row_once_and_sorted(workspace, names, ordering, limit):
    Group.objects.all().delete()
    Group.objects.bulk_create(
        Group(workspace=workspace, name=f"{name}{n}", created_at=START + timedelta(days=ord(name)))
        for n, name in enumerate(names)
    )
    url, seen = f"/x/?limit={limit}", []
    while url:
        rows, pages = page_of(ordering, url)
        seen += [row.name for row in rows]
        url = pages.next_link()
    columns = [ordering] if isinstance(ordering, str) else ordering
    expected = Group.objects.order_by(*columns, "-pk" if columns[-1].startswith("-") else "pk")
    assert seen == [group.name for group in expected]
