"""Lists page by cursor: {"next", "previous", "results"}."""

from rest_framework.pagination import CursorPagination


class CursorPages(CursorPagination):
    page_size = 50
    max_page_size = 1_000
    page_size_query_param = "limit"
    ordering = "-created_at"
