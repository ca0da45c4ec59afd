"""What a run's page says of it in words: what it was asked with, and how it ended."""

from typing import Any

from django.db.models import Max
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Workspace
from api import methods
from jobs.models import Job
from training import lineage, naming, presets, prompts
from training.learning.settings.presets import PRESETS
from training.models import KlRole, Run
from web.figures import minus
from web.words import Words

TONES = {"completed": "good", "stopped": "warn"}


def algorithm_title(run: Run) -> str:
    return titled(run.algorithm)


def titled(algorithm: str) -> str:
    known = {method.name: _(str(method.title)) for method in methods.all_of("algorithms")}
    return known.get(algorithm, algorithm)


def made_from(run: Run) -> list[dict[str, Any]]:
    """The runs built on it, with what they are."""
    return [{**one, "title": titled(one["algorithm"])} for one in lineage.made_from(run)]


def as_written(text: str) -> SafeString:
    """A name or a number of a thing: the same in every language."""
    return format_html('<span translate="no">{}</span>', text)


def policy(workspace: Workspace, name: str) -> Words:
    """As people know it; a folder or a hub's name is the same in every language."""
    said = naming.one(workspace, name)
    return as_written(said) if said == name else said


def facts(run: Run) -> list[tuple[Words, Any]]:
    found: list[tuple[Words, Any]] = [
        (_("Began as") if run.is_merge else _("Policy"), policy(run.workspace, run.policy)),
        (_("Algorithm"), algorithm_title(run)),
        *way(run),
        *learned_from(run),
        (_("Seed"), run.seed),
    ]
    if run.why_flagged:
        found.append((_("Why a flagged reward model takes part"), as_written(run.why_flagged)))
    if run.sha256:
        found.append((hash_title(run), as_written(run.sha256)))
    return found


def hash_title(run: Run) -> Words:
    """What the run's hash is of."""
    if run.is_selection:
        return _("Its answers’ SHA-256")
    return _("Best checkpoint’s SHA-256") if run.best_step is not None else _("Last checkpoint’s SHA-256")


def way(run: Run) -> list[tuple[Words, Any]]:
    """The paper's way that filled it in, and what was set otherwise afterwards."""
    preset = PRESETS.get(run.preset)
    if preset is None:
        return [(_("A paper’s way"), as_written(run.preset))] if run.preset else []
    title = _("{title} ({source})").format(title=preset.title, source=preset.source)
    if changed := presets.changed(preset, run.algorithm, run.settings):
        title = _("{title}, but for {names}").format(title=title, names=", ".join(changed))
    return [(_("A paper’s way"), as_written(title))]


def learned_from(run: Run) -> list[tuple[Words, Any]]:
    if run.snapshot is not None:
        return [
            *step_after(run),
            (_("Snapshot"), as_written(run.snapshot.full_name)),
            (_("Snapshot’s SHA-256"), as_written(run.snapshot.sha256)),
        ]
    if run.is_merge:
        return merged_from(run)
    if run.is_selection:
        return chosen_from(run)
    return [
        (_("Prompts"), _("{n} from {source}").format(n=f"{run.prompts_count:,}", source=source(run))),
        (_("Prompts’ SHA-256"), as_written(run.prompts_sha256)),
        *([] if run.is_one_shot else steps(run)),
    ]


def steps(run: Run) -> list[tuple[Words, Any]]:
    """How far it may go, and what it is checked by on the way."""
    return [
        (_("KL"), kl(run)),
        (_("Steps"), f"{run.steps:,}"),
        *checks(run),
    ]


def step_after(run: Run) -> list[tuple[Words, Any]]:
    """What makes it a step after another."""
    if run.multiplier is None:
        return []
    beta = float(run.settings["beta"])
    said = _("β {beta} is that of the first step, {first}, over λ {multiplier}; the step before is the reference")
    found = said.format(beta=f"{beta:.4g}", first=f"{beta * run.multiplier:.4g}", multiplier=f"{run.multiplier:g}")
    return [(_("Step after a step (SACPO)"), found)]


def merged_from(run: Run) -> list[tuple[Words, Any]]:
    """What it was looked at with; the policies themselves stand in a table."""
    if not run.prompts_count:
        return [(_("Prompts"), _("none: it was not looked at"))]
    said = _("{n} from {source}, none of which anything behind its policies learned from")
    return [
        (_("Prompts"), said.format(n=f"{run.prompts_count:,}", source=source(run))),
        (_("Prompts’ SHA-256"), as_written(run.prompts_sha256)),
    ]


def chosen_from(run: Run) -> list[tuple[Words, Any]]:
    """How many of its prompts it asked, and how often."""
    asked = min(run.settings["prompts"], run.prompts_count)
    said = _("{n} of {count} from {source}, none of which anything behind its policies learned from")
    return [
        (_("Prompts"), said.format(n=f"{asked:,}", count=f"{run.prompts_count:,}", source=source(run))),
        (_("Prompts’ SHA-256"), as_written(run.prompts_sha256)),
        (_("Answers a prompt"), f"{run.settings['answers']:,}"),
    ]


def step(run: Run, number: int) -> str:
    """What a step of this run is called: of a merge it is a share, of best-of-n an n."""
    if run.is_selection:
        return _("Best of {n}").format(n=number)
    return _("{share} % of the last policy").format(share=number) if run.is_merge else _("Step {n}").format(n=number)


def threshold(value: float) -> str:
    """Every digit that was typed, with a minus as plots and tables write it."""
    return minus(f"{value:g}")


def stopped_after(run: Run) -> str:
    """How far one came that was stopped or failed under way; nothing of what takes no steps."""
    is_stopped = run.job is not None and run.job.state in {Job.State.CANCELLED, Job.State.FAILED}
    if run.job is None or not is_stopped or run.is_over or run.is_merge or run.is_selection or run.is_one_shot:
        return ""
    last = run.job.measurements.aggregate(last=Max("step"))["last"]
    return _("It came to step {n} of {all}.").format(n=last, all=run.steps) if last else ""


def checks(run: Run) -> list[tuple[Words, Any]]:
    """How it is checked, and by what."""
    if not run.checks:
        return []
    said = _("every {n} steps on {prompts} prompts held out")
    if run.checks["fall"] is not None:
        said = _("every {n} steps on {prompts} prompts held out; stops after a fall of {fall} of the gain")
    fall = f"{100 * (run.checks['fall'] or 0):.0f} %"
    golds = run.golds.select_related("reward_model")
    names = format_html_join(", ", "{}", ((as_written(one.title) if one.reward_model else one.title,) for one in golds))
    return [
        (_("Checks"), said.format(n=run.checks["every"], prompts=run.checks["prompts"], fall=fall)),
        *([(_("Checked by"), names)] if names else []),
        *vouching(run.checks.get("agreement")),
        *people(run.checks.get("people")),
    ]


def vouching(agreement: float | None) -> list[tuple[Words, Any]]:
    if agreement is None:
        return []
    said = _("where its proxy, which agrees with people on {share} of pairs, no longer vouches")
    return [(_("It also stops"), said.format(share=f"{100 * agreement:.0f} %"))]


def people(asked: dict[str, Any] | None) -> list[tuple[Words, Any]]:
    if asked is None:
        return []
    said = _("{n} questions every {every} steps") if asked["every"] else _("{n} questions once it is over")
    return [(_("People are asked"), said.format(n=asked["questions"], every=asked["every"]))]


def source(run: Run) -> str:
    asked: Any = run.prompts
    if asked == prompts.TEXTWORLD:
        return _("the text world")
    if "snapshot" in asked:
        return _("a snapshot, split {split}").format(split=asked["split"]) if asked["split"] else _("a snapshot")
    return _("a project") if "project" in asked else _("a list that was sent")


def kl(run: Run) -> str:
    """What was asked of the distance to the reference."""
    if not run.kl:
        return _("only measured")
    role = str(KlRole(run.kl["role"]).label)
    numbers = []
    if "coefficient" in run.kl:
        numbers.append(_("coefficient {value}").format(value=f"{run.kl['coefficient']:g}"))
    if "target" in run.kl:
        numbers.append(_("target {value} nats").format(value=f"{run.kl['target']:g}"))
    return ", ".join([role, *numbers])


def ending(run: Run) -> tuple[str, str] | None:
    """(tone, sentence) of why it ended."""
    return (TONES.get(run.ending, "info"), run.ending_text) if run.is_over else None
