"""The steps that fill the demo workspace, in their order; each begins once those that it needs are done."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from accounts.scope import Scope
from training.rounds.demo import collecting, learning
from training.rounds.demo.collecting import Begun, Made

Begin = Callable[[Scope, Made], Begun]
QUALITIES = ("warmth", "coverage")


@dataclass(frozen=True)
class Step:
    name: str
    title: str
    begin: Begin
    needs: tuple[str, ...] = ()
    is_heavy: bool = False  # computes for longer than seconds: one at a time, and after what people ask for


def of_a_project(name: str) -> Iterator[Step]:
    plan = collecting.PROJECTS[name]
    yield Step(f"{name}.project", f"Project “{plan.name}”", partial(collecting.project, name=name))
    before = f"{name}.project"
    for kind in plan.kinds:
        step = f"{name}.tasks.{kind}"
        yield Step(step, f"Its tasks: {name}, {kind}", partial(collecting.tasks, name=name, kind=kind), (before,))
        before = step
    step = f"{name}.judgments"
    judge = partial(collecting.judgments, name=name)
    yield Step(step, f"Its judgments, by simulated annotators: {name}", judge, (before,))


def of_the_world(quality: str) -> Iterator[Step]:
    title = f"Text world, {quality}"
    yield Step(f"{quality}.project", f"{title}: simulated judgments", partial(collecting.of_the_world, quality=quality))
    freeze = partial(collecting.snapshot, name=quality)
    yield Step(f"{quality}.snapshot", f"{title}: a frozen snapshot", freeze, (f"{quality}.project",))
    learn = partial(learning.of_the_world, quality=quality)
    yield Step(f"{quality}.model", f"{title}: a reward model", learn, (f"{quality}.snapshot",), is_heavy=True)
    approve = partial(learning.approve, step=f"{quality}.model")
    yield Step(f"{quality}.approval", f"{title}: approved", approve, (f"{quality}.model",))


def all_of_them() -> Iterator[Step]:
    for name in collecting.PROJECTS:
        yield from of_a_project(name)
    yield Step("known", "Questions whose answer is known", collecting.known, ("pairs.judgments",))
    for name in collecting.PROJECTS:
        needs = ("known",) if name == "pairs" else (f"{name}.judgments",)
        yield Step(f"{name}.quality", f"Quality of {name}", partial(collecting.quality, name=name), needs)
        freeze = partial(collecting.snapshot, name=name)
        yield Step(f"{name}.snapshot", f"A frozen snapshot of {name}", freeze, (f"{name}.quality",))
    for quality in QUALITIES:
        yield from of_the_world(quality)
    approved = tuple(f"{quality}.approval" for quality in QUALITIES)
    yield Step("look", "A look at the text world’s policy", learning.look, approved, is_heavy=True)
    yield Step("run.free", "A run without bounds", learning.free, ("look",), is_heavy=True)
    yield Step("run.held", "A run under constraints", learning.held, ("look",), is_heavy=True)
    for kind, title in learning.KINDS.items():
        learn = partial(learning.model, kind=kind)
        yield Step(f"model.{kind}", f"Reward model “{title}”", learn, ("mixed.snapshot",), is_heavy=True)
    yield Step("study", "A study of cautious ensembles", learning.study, is_heavy=True)


STEPS = {step.name: step for step in all_of_them()}
