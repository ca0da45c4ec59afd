"""The sealed price: drawn before the answer, told by its hash, opened by the answer.

Becker, DeGroot and Marschak (1964), with a commitment.
"""

import hashlib
import secrets
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from annotation import ledger
from annotation.feedback import cardinal
from annotation.feedback.kind import Answer
from annotation.models import Assignment, Draw, JudgmentVersion, Outcome
from annotation.money import written
from annotation.queue import outcomes
from annotation.settings import stored_terms
from annotation.terms import MoneyTerms

if TYPE_CHECKING:  # the queue calls what stands here
    from annotation.queue.answers import Held, Said

UNSEALED = ("qualification", "adjudication")  # told to be so, and hypothetical


def register() -> None:
    """The page and the API tell of an opened price under this name."""
    outcomes.TELLERS["price"] = reveal


def commitment(nonce: str, price: Decimal) -> str:
    """SHA-256 of "<nonce>:<price>", in hexadecimal; the page tells people how to check it."""
    return hashlib.sha256(f"{nonce}:{written(price)}".encode("ascii")).hexdigest()


def draw_price(terms: MoneyTerms) -> Decimal:
    """One of the prices, or of the amounts of the range by its step, each equally likely."""
    if terms.prices:
        return secrets.choice(terms.prices)
    steps = int((terms.amount_max - terms.amount_min) / terms.amount_step)
    return terms.amount_min + secrets.randbelow(steps + 1) * terms.amount_step


def seal(*, assignment: UUID, purpose: str, terms: MoneyTerms) -> str:
    """The commitment to the price of this person and task, drawn at the first call and never again; "" where none is.

    Called in the transaction that holds the person's seat, so two calls at once find the same draw.
    """
    if terms.method != "bdm" or purpose in UNSEALED:
        return ""
    known = Draw.objects.filter(assignment=assignment).values_list("commitment", flat=True).first()
    return known or draw(Assignment.objects.get(pk=assignment), terms)


def draw(assignment: Assignment, terms: MoneyTerms) -> str:
    """A new price; none where this person knows the price of the task from another assignment."""
    if Draw.objects.filter(annotator=assignment.annotator_id, task=assignment.task_id).exists():
        return ""
    price, nonce = draw_price(terms), secrets.token_hex(32)
    made = Draw.objects.create(
        assignment=assignment, annotator_id=assignment.annotator_id, task_id=assignment.task_id,
        guidelines_id=assignment.guidelines_id, price=price, nonce=nonce, commitment=commitment(nonce, price),
    )  # fmt: skip
    return made.commitment


def reveal(held: "Held", checked: Answer, said: "Said") -> dict[str, Any] | None:
    """Hold an answer against its price, once: the outcome and the entries of the ledger. None where none was sealed."""
    if held.kind != "cardinal" or stored_terms(held.terms).method != "bdm":
        return None
    sealed = Draw.objects.filter(assignment=held.assignment).select_related("annotator").first()
    if sealed is None:
        return None
    if not Outcome.objects.filter(draw=sealed).exists():
        settle(sealed, held, said)
    return told(sealed)


def settle(sealed: Draw, held: "Held", said: "Said") -> None:
    terms = stored_terms(held.terms)
    version = JudgmentVersion.objects.get(judgment=said.id, version=said.version)
    Outcome.objects.create(draw=sealed, version=version)
    ledger.settle(
        annotator=held.annotator, project=held.project, draw=sealed.pk, currency=terms.currency,
        endowment=terms.endowment, paid=sealed.price if buys(version, sealed.price) else None,
    )  # fmt: skip


def buys(version: JudgmentVersion, price: Decimal) -> bool:
    """Who would pay at least the price buys at the price; who prefers neither of two answers has nothing to buy."""
    interval = cardinal.stored_interval(version.answer)
    return version.answer.get("preferred", "single") is not None and interval.low >= price


def told(sealed: Draw) -> dict[str, Any]:
    """The opened seal, as its owner reads it."""
    version = JudgmentVersion.objects.get(outcome__draw=sealed)
    entries = list(sealed.entries.order_by("id"))
    change = sum((entry.amount for entry in entries), Decimal(0))
    return {
        "price": written(sealed.price),
        "nonce": sealed.nonce,
        "commitment": sealed.commitment,
        "amount": written(cardinal.stored_interval(version.answer).low),
        "preferred": version.answer.get("preferred"),
        "is_single": "preferred" not in version.answer,
        "assignment": str(sealed.assignment_id),
        "buys": buys(version, sealed.price),
        "currency": version.currency,
        "entries": [{"kind": entry.kind, "amount": written(entry.amount)} for entry in entries],
        "change": written(change),
        "balance": written(ledger.balance(sealed.annotator).get(version.currency, Decimal(0))),
    }


def is_open(assignment: UUID) -> bool:
    """Whether the price of this assignment is known to the person: then what was said against it stands."""
    return Outcome.objects.filter(draw__assignment=assignment).exists()


def final_sentence() -> str:
    return _("The price of this question was opened: what you said stands, and cannot be changed or taken back.")
