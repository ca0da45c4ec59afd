"""The queue's SQL is prepared: planning its statements on every call would cost more than running them."""

from web.database.prepared import fetch, fetch_one

__all__ = ["fetch", "fetch_one"]
