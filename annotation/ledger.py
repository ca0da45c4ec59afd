"""The ledger of play money: entries that never change, and balances that are their sums."""

from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.http import Http404
from django.utils.translation import gettext as _

from accounts import access, annotators, pseudonyms
from accounts.models import Annotator, Membership
from accounts.scope import Scope
from annotation.models import LedgerEntry, Project
from annotation.money import written
from annotation.terms import DECIMALS, LARGEST_AMOUNT
from api.refusals import Invalid

Kind = LedgerEntry.Kind
Entries = QuerySet[LedgerEntry]
COLUMNS = ("id", "created_at", "annotator", "project", "kind", "amount", "currency", "reason")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def balance(annotator: Annotator) -> dict[str, Decimal]:
    """What this annotator has, by currency."""
    return sums(LedgerEntry.objects.filter(annotator=annotator))


class Balance(NamedTuple):
    annotator: str  # the pseudonym
    currency: str
    balance: Decimal


def balances(scope: Scope) -> list[Balance]:
    """Everybody's for those who keep the ledger, one's own for everybody else."""
    found = entries(scope).order_by("annotator__pseudonym", "currency").values_list("annotator__pseudonym", "currency")
    return [Balance(*row) for row in found.annotate(balance=Sum("amount"))]


def entries(scope: Scope) -> Entries:
    """All of the workspace for those who keep the ledger, one's own for everybody else; newest first."""
    found = LedgerEntry.objects.filter(workspace=scope.workspace).select_related(
        "annotator", "project", "draw__assignment__judgment"
    )
    if not access.may(scope.role, "ledger.read"):
        found = found.filter(annotator__person=scope.person)
    return found.order_by("-id")


def own(scope: Scope) -> Entries:
    """One's own, whatever the role."""
    return entries(scope).filter(annotator__person=scope.person)


def sums(rows: Entries) -> dict[str, Decimal]:
    """What these entries add up to, by currency."""
    return dict(rows.order_by("currency").values_list("currency").annotate(sum=Sum("amount")))


def cells(entry: LedgerEntry) -> list[str]:
    """An entry as a line of a file that people open; words that a spreadsheet would compute are quoted."""
    reason = f"'{entry.reason}" if entry.reason.startswith(FORMULA) else entry.reason
    currency = f"'{entry.currency}" if entry.currency.startswith(FORMULA) else entry.currency
    return [
        str(entry.pk), entry.created_at.isoformat(), entry.annotator.pseudonym, str(entry.project_id or ""),
        entry.kind, written(entry.amount), currency, reason,
    ]  # fmt: skip


def settle(
    *, annotator: UUID, project: UUID, draw: UUID, currency: str, endowment: Decimal, paid: Decimal | None
) -> None:
    """What one opened price changes: the endowment of the question comes in, the price goes out where it was paid."""
    workspace = Project.objects.values_list("workspace", flat=True).get(pk=project)
    amounts = {Kind.ENDOWMENT: endowment} | ({} if paid is None else {Kind.PURCHASE: -paid})
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            workspace_id=workspace, annotator_id=annotator, project_id=project, draw_id=draw,
            kind=kind, amount=amount, currency=currency,
        )
        for kind, amount in amounts.items()
    )  # fmt: skip


@transaction.atomic
def correct(
    *, scope: Scope, annotator: str, amount: Decimal, currency: str, reason: str, project: UUID | None = None
) -> LedgerEntry:
    """An admin's correction of a balance, up or down, with its reason, for everybody to see; audited."""
    if amount == 0:
        raise Invalid(_("A correction by 0 changes nothing."), field="amount")
    if abs(amount) > LARGEST_AMOUNT or amount != round(amount, DECIMALS):
        sentence = _("An amount lies between 0 and %(most)s, with at most %(places)s decimals.")
        raise Invalid(sentence % {"most": LARGEST_AMOUNT, "places": DECIMALS}, field="amount")
    if not reason.strip():
        raise Invalid(_("Say why, for whoever reads the ledger later."), field="reason")
    person = Annotator.objects.filter(workspace=scope.workspace, pseudonym=annotator).first()
    if person is None:
        raise Invalid(_("There is no annotator of this name here."), field="annotator")
    if project is not None and not Project.objects.filter(workspace=scope.workspace, pk=project).exists():
        raise Http404
    entry = LedgerEntry.objects.create(
        workspace=scope.workspace, annotator=person, project_id=project, kind=Kind.CORRECTION,
        amount=amount, currency=currency.strip(), reason=reason.strip(), made_by=scope.person,
    )  # fmt: skip
    scope.record("ledger.corrected", "annotator", person.pk, entry=entry.pk, amount=written(amount), currency=currency)
    return entry


@transaction.atomic
def correct_member(
    *, scope: Scope, member: Membership, amount: Decimal, currency: str, reason: str, project: UUID | None = None
) -> LedgerEntry:
    """By name: the entry shows whose pseudonym it is, so the trail keeps a look behind it."""
    purse = annotators.of_person(scope.workspace, member.person)
    pseudonyms.reveal(scope=scope, annotator=purse)
    return correct(
        scope=scope, annotator=purse.pseudonym, amount=amount, currency=currency, reason=reason, project=project
    )
