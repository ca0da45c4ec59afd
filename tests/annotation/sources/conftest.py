"""Two or more models that answered the same prompts, and what people said of them."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Annotator
from annotation.models import Task
from tests.annotation.quality.conftest import computed, judge, people  # noqa: F401 - fixtures


@pytest.fixture
def meet(add_task: Callable[..., Task], judge: Callable[..., Any]) -> Callable[..., Task]:  # noqa: F811
    """`meet([("ada", "first"), …], sources=("old", "new"))`: one more prompt, its answers by these, judged so."""
    numbers = itertools.count()

    def act(
        said: list[tuple[Annotator, Any]],
        *,
        kind: str = "pairwise",
        sources: tuple[str, ...] = ("new", "old"),
        text: str = "",
        **more: Any,
    ) -> Task:
        task = add_task(text or f"Prompt {next(numbers)}", kind=kind, answers=len(sources))
        for place in task.places.select_related("response"):
            place.response.source = sources[place.position]
            place.response.save()
        for annotator, answer in said:
            judge(task, annotator, answer(task) if callable(answer) else answer, **more)
        return task

    return act


@pytest.fixture
def worth() -> Callable[..., Any]:
    """`worth(9)`: the first answer is better by 9; `worth(-1)`: the second is, by 1; in a list of prices, or said."""

    def act(amount: float, prices: list[float] | None = None) -> Any:
        def answer(task: Task) -> dict[str, Any]:
            ids = [str(place.response_id) for place in task.places.order_by("position")]
            preferred = ids[0 if amount >= 0 else 1]
            if prices is None:
                return {"preferred": preferred, "amount": str(abs(amount))}
            rows = [{"price": str(price), "buys": price <= abs(amount)} for price in prices]
            return {"preferred": preferred, "rows": rows}

        return answer

    return act
