"""What stands in the form of a new run, and what it asks for."""

from dataclasses import dataclass, field, replace
from typing import Any

from django.forms import BoundField, Form

from accounts.scope import Scope
from api.methods import Method
from api.refusals import Refusal
from api.schemas.forms import SettingsForm
from jobs.models import Job
from rewardmodels.sheets import MAIN
from training import algorithms, forecasts
from training.checks.forms import ChecksForm
from training.components import MODEL
from training.estimates.sizes import Size
from training.forms import WishForm
from training.runs import Wish
from training.sheets.parts import Part, number
from training.sheets.sources import Choices, SourceRow


@dataclass
class Sheet:
    wish: WishForm
    method: Method
    settings: SettingsForm
    parts: list[Part]
    checks: ChecksForm
    sources: list[SourceRow]
    look: Job | None
    estimate: Job | None
    policies: Choices
    scope: Scope
    kept: list[tuple[str, str]] = field(default_factory=list)  # hidden fields
    typed: dict[str, Any] = field(default_factory=dict)  # settings, as the browser sends them
    of_components: list[str] = field(default_factory=list)  # what is wrong with all of them together

    @property
    def forms(self) -> list[Form]:
        sources = [row.form for row in self.sources] if self.has_sources else []
        return [self.wish, self.settings, self.checks, *sources, *(part.form for part in self.parts)]

    @property
    def has_errors(self) -> bool:
        return bool(self.of_components) or any(form.errors for form in self.forms)

    @property
    def said(self) -> list[str]:
        """What is wrong, each with the name of its field."""
        found = [*self.of_components]
        for form in self.forms:
            for name, messages in form.errors.items():
                label = f"{form.fields[name].label}: " if name in form.fields else ""
                found += [f"{label}{message}" for message in messages]
        return found

    def are_valid(self) -> bool:
        found = [form.is_valid() for form in self.forms]  # each, so that every fault is said at once
        return all(found)

    @property
    def taken(self) -> list[Part]:
        return [part for part in self.parts if part.form.is_taken]

    @property
    def asked(self) -> Wish:
        """What a valid form asks for."""
        given = self.wish.cleaned_data
        plain = {name: given[name] for name in ("name", "policy", "algorithm", "seed")}
        plain |= {name: given[name] for name in ("allow_candidate", "why_flagged")}
        wish = Wish(**plain, settings=self.settings.values())
        if self.is_direct:
            return self.asked_of_judgments(wish)
        if self.is_merge:
            return self.asked_of_merge(wish)
        if self.is_selection:
            return self.asked_of_selection(wish)
        if self.is_by_policies:
            return replace(wish, prompts=self.wish.source, sources=self.named("margin"))
        components = [
            {
                "reward_model": part.model.pk,
                "weight": part.form.cleaned_data["weight"],
                "target": part.form.cleaned_data["target"],
                "bounds": part.form.bounds,
            }
            for part in self.taken
        ]
        if self.is_one_shot:
            return replace(wish, prompts=self.wish.source, components=components)
        return replace(
            wish,
            prompts=self.wish.source,
            components=components,
            kl=self.wish.kl,
            steps=given["steps"],
            checks=self.checks.asked,
            preset=given["preset"],
        )

    def asked_of_judgments(self, wish: Wish) -> Wish:
        given = self.wish.cleaned_data
        snapshot = given["snapshot"].pk if given["snapshot"] else None
        if given["multiplier"] is None:
            return replace(wish, snapshot=snapshot)
        settings = {name: value for name, value in self.settings.values().items() if name != "beta"}
        return replace(wish, snapshot=snapshot, multiplier=given["multiplier"], settings=settings)

    def asked_of_merge(self, wish: Wish) -> Wish:
        return replace(
            wish,
            policy="",
            sources=self.named("weight"),
            prompts=self.wish.source,
            components=[{"reward_model": part.model.pk} for part in self.taken],
        )

    def asked_of_selection(self, wish: Wish) -> Wish:
        parts = [{"reward_model": one.model.pk, "weight": one.form.cleaned_data["weight"]} for one in self.taken]
        return replace(wish, prompts=self.wish.source, components=parts, sources=self.named())

    def named(self, *with_: str) -> list[dict[str, Any]]:
        """The policies that were chosen; a number of another algorithm may stand unseen beside one."""
        return [{name: row.form.cleaned_data[name] for name in ("policy", *with_)} for row in self.mixed]

    @property
    def mixed(self) -> list[SourceRow]:
        return [row for row in self.sources if row.is_taken]

    @property
    def is_merge(self) -> bool:
        return algorithms.is_merge(self.method.settings)

    @property
    def is_selection(self) -> bool:
        return algorithms.is_selection(self.method.settings)

    @property
    def has_sources(self) -> bool:
        """Whether it is about policies beside the one that it sets out from."""
        return self.is_merge or self.is_selection or self.is_by_policies

    @property
    def holds(self) -> bool:
        """Whether reward models may have bounds in it, which are chosen by looking at the reference."""
        return self.takes_steps or (self.is_one_shot and not self.is_by_policies)

    @property
    def is_by_policies(self) -> bool:
        return algorithms.is_by_policies(self.method.settings)

    @property
    def has_components(self) -> bool:
        return not (self.is_direct or self.is_by_policies)

    @property
    def is_one_shot(self) -> bool:
        return algorithms.is_one_shot(self.method.settings)

    @property
    def takes_steps(self) -> bool:
        """Whether it goes on for as many steps as are asked, with a KL and checks on the way."""
        return not (self.is_direct or self.has_sources or self.is_one_shot)

    @property
    def is_foreseen(self) -> bool:
        """Whether it can be told what it takes."""
        return not self.is_merge

    @property
    def is_direct(self) -> bool:
        return algorithms.is_direct(self.method.settings)

    @property
    def has_snapshots(self) -> bool:
        return bool(self.wish.fields["snapshot"].queryset.exists())  # type: ignore[attr-defined]

    def size(self, prompts: int) -> Size:
        """How large the run is that stands here, of so many prompts, whether or not all of it makes sense yet."""
        if self.is_direct:
            chosen = str(self.wish["snapshot"].value() or "")
            offered = self.wish.fields["snapshot"].queryset  # type: ignore[attr-defined]
            return Size(snapshot=chosen if chosen in {str(one.pk) for one in offered} else None)
        parts = [part for part in self.parts if part.is_open and self.has_components]
        if self.is_selection or self.is_one_shot:
            beside = sum(bool(row.form["policy"].value()) for row in self.sources if self.has_sources)
            return Size(components=[part.model.sha256 for part in parts], beside=beside)
        checks, is_checked = self.checks, bool(self.checks["use"].value())
        share, every = number(checks["held_out"].value()) or 0.0, number(checks["every"].value()) or 1
        golds = {name.removeprefix(MODEL) for name in checks["golds"].value() or []}
        return Size(
            steps=round(number(self.wish["steps"].value()) or 0) or None,
            components=[part.model.sha256 for part in parts],
            golds=[part.model.sha256 for part in self.parts if str(part.model.pk) in golds],
            held_out=round(share * prompts) if is_checked else 0,
            every=max(1, round(every)),
            bounds=sum(len(part.thresholds) for part in parts),
        )

    @property
    def forecast(self) -> str:
        return forecasts.told(self)

    @property
    def shown(self) -> str:
        return " ".join(self.settings.fields)

    @property
    def main(self) -> list[BoundField]:
        return [bound for bound in self.settings if self._group(bound.name) == MAIN]

    @property
    def advanced(self) -> list[BoundField]:
        return [bound for bound in self.settings if self._group(bound.name) != MAIN]

    @property
    def is_unfolded(self) -> bool:
        return any(bound.errors for bound in self.advanced)

    def _group(self, name: str) -> str:
        fields = getattr(self.method.settings, "__dataclass_fields__", {})
        return fields[name].metadata.get("group", "") if name in fields else ""

    def say(self, refusal: Refusal) -> None:
        """Each message at the field that it is about, or above the form."""
        for path, message in refusal.errors or [("", refusal.message)]:
            if path == "components":
                self.of_components.append(message)
                continue
            form, name = self.place(path)
            form.add_error(name, message)

    def place(self, path: str) -> tuple[Form, str | None]:
        head, _dot, rest = path.partition(".")
        if head == "settings" and rest in self.settings.fields:
            return self.settings, rest
        if head == "checks":
            name = rest.replace("people.", "people_").partition(".")[0]
            return self.checks, name if name in self.checks.fields else None
        if head == "sources" and rest:
            place, _dot, name = rest.partition(".")
            return self.mixed[int(place)].form, name
        if head == "components" and rest:
            return self.place_in_part(rest)
        name = f"kl_{rest}" if head == "kl" else head
        return self.wish, name if name in self.wish.fields else None

    def place_in_part(self, path: str) -> tuple[Form, str | None]:
        number_, _dot, rest = path.partition(".")
        form = self.taken[int(number_)].form
        words = rest.split(".")
        if words[0] == "bounds" and len(words) > 1:
            return form, form.bounds[int(words[1])]["role"]
        return form, words[0] if words[0] in ("weight", "target") else None
