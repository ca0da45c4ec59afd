"""Asking for scores as a program does that heeds Retry-After."""

import time
from typing import Any


def score(api: Any, model: Any, items: list[dict[str, Any]], seconds: float = 60) -> Any:
    """The first answer that is not “the model is being loaded”."""
    end = time.monotonic() + seconds
    while True:
        answer = api.post(f"/api/v1/reward-models/{model}/score/", {"items": items})
        if answer.status_code != 503 or time.monotonic() > end:
            return answer
        assert int(answer["Retry-After"]) >= 1
        time.sleep(0.05)
