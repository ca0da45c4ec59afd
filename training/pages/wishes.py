"""The form of a run to be begun; it follows what is chosen in it, and looks at the reference on demand."""

from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from accounts import access
from accounts.access import Asked
from api.refusals import Refusal
from jobs import display
from training import runs
from training.estimates import asking as estimates
from training.references import asking
from training.sheets import filling
from training.sheets.sheet import Sheet
from web import toasts

FRAGMENTS = {"look": "training/_look.html", "algorithm": "training/_choices.html", "preset": "training/_preset.html"}


@require_http_methods(["GET", "POST"])
@access.page("run.change")
def new(request: Asked) -> HttpResponse:
    if request.headers.get("HX-Request"):
        data = typed(request)
        return fragment(request, filling.begun(data, request.scope), data.get("part", ""))
    if request.method == "POST":
        return begin(request)
    return whole(request, first(request))


def typed(request: Asked) -> QueryDict:
    """The form so far. A browser posts it: with many reward models it is longer than an address may be."""
    data = request.GET.copy()
    data.update(request.POST)
    return data


def first(request: Asked) -> Sheet:
    """Empty, as the address says, or like another run."""
    try:
        run = runs.find(scope=request.scope, run=UUID(request.GET["like"]))
    except (KeyError, ValueError):
        return filling.begun(request.GET, request.scope)
    return filling.like(run, request.scope)


def begin(request: Asked) -> HttpResponse:
    sheet = filling.sent(request.POST, request.scope)
    if sheet.are_valid():
        try:
            run = runs.begin(scope=request.scope, wish=sheet.asked)
            return redirect("run", slug=request.scope.workspace.slug, pk=run.pk)
        except Refusal as refusal:
            sheet.say(refusal)
    return whole(request, sheet, status=422)


@require_POST
@access.page("run.change")
def look(request: Asked) -> HttpResponse:
    """Begin to sample the reference for the reward models that are taken in, and show it where they stand."""
    sheet = filling.sent(request.POST, request.scope)
    if is_overtaken(request):
        return fragment(request, sheet, "look", is_pressed=True)
    sheet.wish.fields["name"].required = False
    sheet.are_valid()
    if not {"policy", "prompts", "records"} & set(sheet.wish.errors):
        try:
            given = sheet.settings.cleaned_data if sheet.settings.is_valid() else {}
            lengths = {name: given[name] for name in ("max_new_tokens", "max_prompt") if name in given}
            wish = asking.Wish(
                policy=sheet.wish.cleaned_data["policy"],
                prompts=sheet.wish.source,
                reward_models=[part.model.pk for part in sheet.taken],
                seed=sheet.wish.cleaned_data.get("seed", 0),
                **lengths,
            )
            sheet.look = asking.start(scope=request.scope, wish=wish)
        except Refusal as refusal:
            sheet.say(refusal)
    if request.headers.get("HX-Request"):
        return fragment(request, sheet, "look", is_pressed=True)
    return whole(request, sheet)


@require_POST
@access.page("run.change")
def estimate(request: Asked) -> HttpResponse:
    """Begin to measure the policy and the reward models that are taken in, and tell what the run would take."""
    sheet = filling.sent(request.POST, request.scope)
    if is_overtaken(request):
        return fragment(request, sheet, "rest", is_pressed=True)
    sheet.wish.fields["name"].required = False
    if sheet.are_valid():
        try:
            sheet.estimate = estimates.start(scope=request.scope, wish=sheet.asked)
        except Refusal as refusal:
            sheet.say(refusal)
    if request.headers.get("HX-Request"):
        return fragment(request, sheet, "rest", is_pressed=True)
    return whole(request, sheet)


def is_overtaken(request: Asked) -> bool:
    """Whether a button was pressed in a form that does not stand yet as it was chosen: it would begin another thing."""
    return bool(request.headers.get("HX-Request")) and bool(filling.overtaken(typed(request)))


def whole(request: Asked, sheet: Sheet, *, status: int = 200) -> HttpResponse:
    return render(request, "training/new.html", context_of(request, sheet), status=status)


def fragment(request: Asked, sheet: Sheet, part: str, *, is_pressed: bool = False) -> HttpResponse:
    """A button that was pressed takes away what another one said above the form.

    The browser gives up an answer that it waits for when something else changes: what it was to show comes now.
    """
    data = typed(request)
    due = filling.overtaken(data)
    if due:
        sheet, part = filling.caught_up(sheet, data, request.scope), due
    template = FRAGMENTS.get(part, "training/_forecast.html")
    context = {**context_of(request, sheet), "part": part, "is_pressed": is_pressed}
    response = render(request, template, context)
    if due and is_pressed:
        toasts.attach(response, _("The form has just changed. Look at it, and press again."), "warn")
    return reswap(retarget(response, "#aims"), "outerHTML") if due else response


def context_of(request: Asked, sheet: Sheet) -> dict[str, object]:
    shown = display.shown(sheet.look, request.scope) if sheet.look else None
    measuring = display.shown(sheet.estimate, request.scope) if sheet.estimate else None
    found = {"sheet": sheet, "wish": sheet.wish, "look": sheet.look, "shown": shown}
    return {**found, "estimate": sheet.estimate, "measuring": measuring}
