"""What an answer brings to its author at once, such as the price that was sealed before it. One teller a name."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from annotation.feedback.kind import Answer

if TYPE_CHECKING:  # `answers` calls what stands here
    from annotation.queue.answers import Held, Said

# Called inside the submission's transaction, for a new answer and for the same one again; None says nothing.
Teller = Callable[["Held", Answer, "Said"], dict[str, Any] | None]
TELLERS: dict[str, Teller] = {}


def of(held: "Held", checked: Answer, said: "Said") -> dict[str, Any]:
    """What each teller has to say, by its name; the label page has a module of the same name that shows it."""
    told = ((name, tell(held, checked, said)) for name, tell in TELLERS.items())
    return {name: detail for name, detail in told if detail is not None}
