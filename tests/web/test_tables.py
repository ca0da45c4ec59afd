"""Tables are sorted and paged by the querystring, whatever stands in it."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import RequestFactory

from web import tables

pytestmark = pytest.mark.django_db
COLUMNS = [
    tables.Column("number", "Number", order="pk", is_number=True),
    tables.Column("model", "Model", order="model"),
    tables.Column("state", "State"),
]


def table(query="", **options):
    given = {"order": "number", "size": 5, **options}
    return tables.Table(RequestFactory().get(f"/list/{query}"), ContentType.objects.all(), COLUMNS, **given)


def test_the_first_page_is_in_the_default_order():
    found = [row.pk for row in table().page]
    assert found == sorted(found)
    assert len(found) == 5


def test_a_column_sorts_both_ways():
    up = [row.model for row in table("?sort=model", size=500).page]
    down = [row.model for row in table("?sort=-model", size=500).page]
    assert up == sorted(up)
    assert down == up[::-1]


def test_pages_follow_one_another_without_gap_or_repeat():
    pages = [row.pk for number in range(1, table().pages + 1) for row in table(f"?page={number}").page]
    assert sorted(pages) == sorted(ContentType.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("query", ["?sort=password", "?sort=state", "?sort=--model", "?sort=pk;drop", "?sort="])
def test_an_order_that_is_not_offered_is_ignored(query):
    assert [row.pk for row in table(query).page] == [row.pk for row in table().page]


@pytest.mark.parametrize("query", ["?page=0", "?page=-1", "?page=x", "?page=1e9", "?page=²", "?page="])
def test_a_page_that_is_no_page_is_the_first(query):
    assert table(query).number == 1


def test_a_page_beyond_the_end_is_the_last():
    assert table("?page=99999").number == table().pages


def test_the_heading_of_the_current_order_turns_it_round():
    heading = table("?sort=model&filter=a&page=2").headings[1]
    assert heading.direction == "ascending"
    assert heading.url == "/list/?sort=-model&filter=a"


def test_links_keep_the_filters():
    assert table("?filter=a").next_url == "/list/?filter=a&page=2"


def test_two_tables_on_a_page_turn_apart():
    other = table("?jobs-page=2&page=3", name="jobs")
    assert other.number == 2
    assert "page=3" in other.next_url
    assert "jobs-page=3" in other.next_url


def test_counting_stops_where_paging_does(django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(tables, "DEEPEST", 10)
    found = table()
    assert found.total == 11
    assert found.is_deep
    assert found.pages == 2


def test_a_page_costs_two_queries(django_assert_num_queries):
    with django_assert_num_queries(2):
        found = table()
        assert found.page and found.page and found.headings
