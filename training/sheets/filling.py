"""A form of a new run is made: empty, from what was typed so far, from what was sent, or like another run."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.forms import Field
from django.http import Http404, QueryDict

from accounts.scope import Scope
from api import methods
from api.methods import Method
from api.schemas.forms import SettingsForm
from jobs.models import Job
from rewardmodels.forms import is_uuid
from rewardmodels.models import RewardModel
from rewardmodels.sheets import SETTINGS, SHOWN, kept, typed
from training import algorithms, wording
from training.checks.forms import CHECKS, ChecksForm
from training.estimates import asking as estimates
from training.forms import WishForm
from training.models import Run
from training.references import asking
from training.sheets import parts, sources, ways
from training.sheets.sheet import Sheet

LOOK = "look"  # the job that has sampled the reference
ESTIMATE = "estimate"  # the job that measures
SHOWN_FOR = "shown_for"  # the algorithm whose settings stand in the form
FILLED_BY = "filled_by"  # the paper's way that has filled it in
PRESET, ALGORITHM = "preset", "algorithm"  # parts of the form on which others depend
MOST_SUGGESTED = 20  # checkpoints


def begun(data: QueryDict, scope: Scope) -> Sheet:
    """While it is being filled in: nothing is complained of yet, and what was typed stays."""
    if data.get("part") == PRESET:
        data = ways.filled(data, scope)
    names = [name for name in WishForm.base_fields if name in data]
    initial: dict[str, Any] = {name: data[name] for name in names}
    return _sheet(WishForm(None, scope=scope, initial=initial), data, scope, is_sent=False)


def overtaken(data: QueryDict) -> str:
    """What was chosen and does not stand in the form, because the next change came before its answer; else empty."""
    if data.get("part") in (PRESET, ALGORITHM):
        return ""
    if FILLED_BY in data and data[FILLED_BY] != data.get("preset", ""):
        return PRESET
    is_behind = SHOWN_FOR in data and data[SHOWN_FOR] != method_of(data.get("algorithm", "")).name
    return ALGORITHM if is_behind else ""


def caught_up(sheet: Sheet, data: QueryDict, scope: Scope) -> Sheet:
    """The sheet with what was overtaken, and the jobs that it follows."""
    whole = data.copy()
    whole["part"] = overtaken(data)
    jobs = {LOOK: sheet.look, ESTIMATE: sheet.estimate}
    for name, job in jobs.items():
        if job:
            whole[name] = str(job.pk)
    return begun(whole, scope)


def sent(data: QueryDict, scope: Scope) -> Sheet:
    return _sheet(WishForm(data, scope=scope), data, scope, is_sent=True)


def like(run: Run, scope: Scope) -> Sheet:
    """Filled with what another run was asked with."""
    data = QueryDict(mutable=True)
    plain: dict[str, Any] = {
        "name": run.name,
        "policy": run.policy,
        "algorithm": run.algorithm,
        "seed": run.seed,
        "steps": run.steps,
    }
    plain |= {"snapshot": run.snapshot_id, "multiplier": run.multiplier}
    data.update({name: str(value) for name, value in plain.items() if value is not None})
    if run.preset:
        data["preset"] = run.preset
    if run.allow_candidate:
        data["allow_candidate"] = "on"
    data.update({f"kl_{name}": str(value) for name, value in run.kl.items()} or {"kl_role": ""})
    if run.prompts is None:
        data["prompts"] = ""
    else:
        data["prompts"] = source_of(run.prompts)
    data.update({f"{SETTINGS}-{name}": written(value) for name, value in run.settings.items() if value is not None})
    sources.put(data, run)
    if run.checks:
        put_checks(data, run)
    for part in run.components.prefetch_related("bounds"):
        prefix = parts.prefix_of(part.reward_model_id)
        data[f"{prefix}-use"] = "on"
        if part.weight is not None:
            data[f"{prefix}-weight"] = str(part.weight)
        if part.target is not None:
            data[f"{prefix}-target"] = str(part.target)
        data.update({f"{prefix}-{bound.role}": str(bound.threshold) for bound in part.bounds.all()})
    return begun(data, scope)


def put_checks(data: QueryDict, run: Run) -> None:
    data[f"{CHECKS}-use"] = "on"
    data.update({f"{CHECKS}-{name}": written(run.checks[name] or "") for name in ("every", "held_out", "fall")})
    if run.checks.get("goodhart"):
        data[f"{CHECKS}-goodhart"] = "on"
    people = run.checks.get("people", {})
    data.update({f"{CHECKS}-people_{name}": written(value or "") for name, value in people.items()})
    data.setlist(f"{CHECKS}-golds", [gold.asked for gold in run.golds.all()])


def written(value: Any) -> str:
    """A setting as its field shows it: a list has a line for each."""
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def source_of(asked: Any) -> str:
    """The choice in the form behind what a run was asked with."""
    if isinstance(asked, str):
        return asked
    if "snapshot" in asked:
        return f"snapshot:{asked['snapshot']}:{asked['split']}"
    return f"project:{asked['project']}" if "project" in asked else ""


def _sheet(wish: WishForm, data: QueryDict, scope: Scope, *, is_sent: bool) -> Sheet:
    method = method_of(data.get("algorithm", ""))
    form = method.form()
    if data.get("part") == ALGORITHM:
        data = carried(data, form, method_of(data.get(SHOWN_FOR, "")))
    given = typed(form, data)
    preset = data.get("preset", "")
    filled_by = preset if data.get("part") in (PRESET, ALGORITHM) else data.get(FILLED_BY, preset)
    settings = wording.say(form(data, prefix=SETTINGS) if is_sent else form(None, prefix=SETTINGS, initial=given))
    look = look_of(data.get(LOOK, ""), scope)
    listed = parts.models(scope)
    are_margins = "margins" in settings.fields and bool(settings["margins"].value())
    if algorithms.is_merge(method.settings):
        wish.be_for_a_merge()
    return Sheet(
        wish=wish,
        method=method,
        settings=settings,
        parts=[parts.part_of(one, data, look, is_sent=is_sent, are_margins=are_margins) for one in listed],
        checks=checks_of(listed, data, scope, is_sent),
        sources=sources.rows_of(data, scope, is_merge=algorithms.is_merge(method.settings), is_sent=is_sent),
        look=look,
        estimate=estimate_of(data.get(ESTIMATE, ""), scope),
        policies=suggested(scope),
        scope=scope,
        kept=[*kept(form, data), (SHOWN_FOR, method.name), (FILLED_BY, filled_by)],
        typed=given,
    )


def checks_of(listed: list[RewardModel], data: QueryDict, scope: Scope, is_sent: bool) -> ChecksForm:
    if is_sent:
        return ChecksForm(data, scope=scope, models=listed)
    given: dict[str, Any] = {name: data[key] for name in ChecksForm.base_fields if (key := f"{CHECKS}-{name}") in data}
    given["golds"] = data.getlist(f"{CHECKS}-golds")
    return ChecksForm(None, scope=scope, models=listed, initial=given)


def method_of(name: str) -> Method:
    known = methods.all_of("algorithms")
    return next((method for method in known if method.name == name), known[0])


def carried(data: QueryDict, form: type[SettingsForm], before: Method) -> QueryDict:
    """What was typed for one algorithm and holds for another: a setting of the same name may mean something else there.

    So nothing that it would refuse, and nothing that only stood there.
    """
    stood = {f"{SETTINGS}-{name}": one.initial for name, one in before.form().base_fields.items()}
    own = {f"{SETTINGS}-{name}": one for name, one in form.base_fields.items()}
    found = data.copy()
    for key in data:
        is_default = key in stood and data[key] == str(stood[key])
        if is_default or (key in own and not is_taken(own[key], data[key])):
            del found[key]
    lost = set(data) - set(found)
    found[SHOWN] = " ".join(name for name in data.get(SHOWN, "").split() if f"{SETTINGS}-{name}" not in lost)
    return found


def is_taken(one: Field, value: Any) -> bool:
    try:
        one.clean(value)
    except ValidationError:
        return False
    return True


def look_of(key: str, scope: Scope) -> Job | None:
    try:
        return asking.find(scope=scope, job=UUID(key)) if is_uuid(key) else None
    except Http404:
        return None


def estimate_of(key: str, scope: Scope) -> Job | None:
    try:
        return estimates.find(scope=scope, job=UUID(key)) if is_uuid(key) else None
    except Http404:
        return None


def suggested(scope: Scope) -> sources.Choices:
    """Names for the field of the policy, each as people know it: the text world's own, and the newest checkpoints."""
    _none, *found = sources.choices(scope)
    return [found[-1], *found[:-1][:MOST_SUGGESTED]]
