"""What the sweeper does for the API."""

from api import idempotency

CHORES = {"api.forget_old_keys": (3_600, idempotency.prune)}
