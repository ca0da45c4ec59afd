"""What learning a reward does on a CUDA device: equal scores, what a shared prompt gains, beside TRL, and memory.

    PYTHONPATH=platform python -m benchmarks.gpu [--data FOLDER --backbone FOLDER] [--peak 989e12] [--seconds 60]
                                                 [--parts equal,sharing,trl,half,heads] [--tiny]

Speeds are those of a Llama with random weights: 16 layers of width 2,048, a billion weights. FOLDER holds
`pairs.*.jsonl.gz` with prompt, chosen and rejected; the backbone is an encoder, and both are for `half` and `heads`.
`--peak` is what the card can do at most, dense bf16, in operations a second. `--tiny` rehearses all of it, on a CPU
too. A part ends after `--seconds`, and one that fails leaves the others alone. Prints JSON lines.

MFU = operations / seconds / peak, where operations = 6 · weights of layers · tokens that were computed
+ 12 · layers · heads · part · (query, key) pairs that see each other.
"""

import argparse
import gc
import json
import platform
import statistics
import tempfile
import time
import traceback
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor
from transformers import LlamaConfig, LlamaForSequenceClassification, LlamaModel

from benchmarks import reward_training
from lm import batching, encoding, families, spans
from lm.backbones import Backbone
from lm.rendering import Rendered
from lm.spans import Spans
from rewardmodels.learning import bradley_terry, finetuning, fitting, passes, tuned
from rewardmodels.learning.bradley_terry import Lesson
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.ensembles import members, together
from rewardmodels.learning.finetuning import Plan, Tuner
from rewardmodels.learning.observing import NOBODY
from rewardmodels.learning.passes import Passes
from rewardmodels.learning.settings.kinds import BradleyTerry
from rewardmodels.learning.tuned import Subject

RATIOS = (1, 2, 4, 8)
Found = Iterator[dict[str, Any]]


class Size(NamedTuple):
    """Of the model with random weights, and of what it reads."""

    width: int
    inner: int
    layers: int
    heads: int
    groups: int
    answer: int  # tokens
    tokens: int  # of a pass, a shared prompt counted each time
    step: int  # pairs in a step beside TRL
    at_once: int  # of these, in one pass


BILLION = Size(2_048, 8_192, 16, 32, 8, answer=128, tokens=20_480, step=32, at_once=32)
TINY = Size(64, 128, 2, 4, 2, answer=8, tokens=160, step=8, at_once=8)


class Bench:
    """Where it runs, how large, and until when."""

    def __init__(self, options: Namespace) -> None:
        self.options = options
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.size = TINY if options.tiny else BILLION
        self.end = 0.0

    def config(self) -> LlamaConfig:
        size = self.size
        return LlamaConfig(
            vocab_size=32_000,
            hidden_size=size.width,
            intermediate_size=size.inner,
            num_hidden_layers=size.layers,
            num_attention_heads=size.heads,
            num_key_value_heads=size.groups,
            max_position_embeddings=4_096,
            pad_token_id=0,
        )

    def backbone(self) -> Backbone:
        torch.manual_seed(0)
        with self.device:
            model = LlamaModel(self.config()).eval()
        pads: Any = SimpleNamespace(pad_token_id=0)
        return Backbone("random", Path(), model, pads, families.DECODER, "", "", "")

    def is_over(self) -> bool:
        return time.perf_counter() > self.end

    def now(self) -> float:
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()

    def clear(self) -> None:
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        self.forget_peak()

    def forget_peak(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()

    def peak_mib(self) -> float:
        return torch.cuda.max_memory_allocated() / 1024**2 if self.device.type == "cuda" else 0.0

    @property
    def precision(self) -> str:
        return "bf16" if self.device.type == "cuda" else "fp32"


class Texts(NamedTuple):
    """Pairs of answers to one prompt each."""

    texts: list[Rendered]
    pairs: PairColumns

    def lengths(self) -> list[tuple[int, int, int]]:
        """(prompt, first answer, second answer) of each pair."""
        found = []
        for first, second in zip(self.texts[::2], self.texts[1::2], strict=True):
            width = first.prompt_length
            found.append((width, len(first.ids) - width, len(second.ids) - width))
        return found


def drawn(lengths: list[tuple[int, int, int]], seed: int = 0) -> Texts:
    """Random tokens."""
    generator = torch.Generator().manual_seed(seed)

    def some(count: int) -> tuple[int, ...]:
        return tuple(torch.randint(5, 32_000, (count,), generator=generator).tolist())

    texts = []
    for prompt, *answers in lengths:
        shared = some(prompt)
        texts += [Rendered(shared + some(answer), prompt) for answer in answers]
    count = len(lengths)
    zero, first = torch.zeros(count, dtype=torch.int64), torch.arange(0, 2 * count, 2)
    return Texts(texts, PairColumns(first, first + 1, zero + 1, zero, zero, zero, torch.arange(count)))


def apart(found: Texts) -> Texts:
    """The same pairs whose prompts are read each time."""
    return found._replace(texts=[Rendered(text.ids, 0) for text in found.texts])


def learner(bench: Bench, found: Texts, backbone: Backbone | None = None) -> tuple[Tuner, Passes]:
    """A run of the product's over all weights."""
    own = backbone or bench.backbone()
    tuned.prepare(own.model, BradleyTerry(mode="full", precision=bench.precision), 0)
    states = torch.randn(64, own.width, generator=torch.Generator().manual_seed(0))
    used = replace(found.pairs.at(slice(0, 1)), first=torch.tensor([0]), second=torch.tensor([1]))
    posterior = bradley_terry.start(Lesson(states, used, 1, own.family, 0), used, 1.0, side_bias=False)
    posterior.judgments = len(found.pairs)
    with torch.no_grad():  # from weights of 0 nothing would come back
        posterior.head.out.weight.copy_(torch.randn(1, own.width, generator=torch.Generator().manual_seed(1)) * 0.02)
    through = Passes(own, found.texts, bench.size.tokens, is_half=bench.precision == "bf16")
    plan = Plan(1e-3, 1e-5, 1, len(found.pairs), 99, 0.0, 0)
    return Tuner(posterior, finetuning.Lesson(through, found.pairs, found.pairs), plan, NOBODY), through


def operations(bench: Bench, lengths: list[tuple[int, int, int]], *, shared: bool) -> float:
    size, head = bench.size, bench.size.width // bench.size.heads
    weights = size.layers * (size.width * (2 * size.width + 2 * size.groups * head) + 3 * size.width * size.inner)
    tokens, seen = 0, 0
    for prompt, *answers in lengths:
        tokens += (prompt if shared else 2 * prompt) + sum(answers)
        each = [prompt * answer + answer * (answer + 1) // 2 for answer in answers]
        seen += sum(each) + prompt * (prompt + 1) // 2 * (1 if shared else 2)
    return 6.0 * weights * tokens + 12.0 * size.layers * size.width * seen


def equal(bench: Bench) -> Found:
    """The same numbers on the device: attention, scores, a shared prompt, padding on either side (T1), company (T2)."""
    yield from attention_is_equal(bench)
    small = in_full(bench, 256 if bench.size is BILLION else 64)
    found = drawn([(prompt, 5 + prompt % 7, 9 + prompt % 11) for prompt in range(8, 72, 4)], seed=1)
    own = small.backbone()
    with torch.no_grad():
        there = encoding.states(own, found.texts).cpu()
        alone = torch.cat([encoding.states(own, [text]) for text in found.texts]).cpu()
        padded = {
            side: encoding.pooled(
                own.model, moved(batching.pad([text.ids for text in found.texts], 0, side), own), "last"
            )
            for side in ("left", "right")
        }
        here = replace(own, model=own.model.cpu())
        expected = encoding.states(here, found.texts)
    yield {"fp32 states, device against CPU": relative(there, expected)}
    yield {"T2: a text alone against among others": relative(alone, there)}
    for side, states in padded.items():
        yield {f"T1: padded on the {side} against not padded": relative(states.cpu(), there)}
    own.model.to(bench.device)
    gradients = {}
    for name, texts in (("shared", found), ("apart", apart(found))):
        tuner, through = learner(small, texts, own)
        loss = passes.accumulate(tuner.posterior, through, texts.pairs)
        grads = [weight.grad.detach().clone() for weight in own.model.parameters() if weight.grad is not None]
        gradients[name] = (loss, grads)
        own.model.zero_grad()
    losses = [gradients[name][0] for name in ("shared", "apart")]
    worst = max(relative(one, other) for one, other in zip(gradients["shared"][1], gradients["apart"][1], strict=True))
    yield {"fp32 loss, shared against apart": abs(losses[0] / losses[1] - 1), "gradients": worst}


def moved(batch: Any, own: Backbone) -> Any:
    return type(batch)(*(part.to(own.model.device) for part in batch))


class InFull(Bench):
    precision = "fp32"


def in_full(bench: Bench, width: int) -> Bench:
    """A small model in fp32."""
    small = InFull(bench.options)
    small.size = bench.size._replace(width=width, inner=2 * width, layers=4, heads=4, groups=2)
    return small


def attention_is_equal(bench: Bench) -> Found:
    """Kernels over runs of different lengths against fp64, there and back."""
    generator = torch.Generator().manual_seed(2)
    queries, keys = (40, 7, 130, 1), (40, 57, 130, 90)
    exact = [
        torch.randn(sum(rows), heads, 64, generator=generator, dtype=torch.float64)
        for rows, heads in ((queries, 4), (keys, 2), (keys, 2))
    ]
    out = torch.randn(sum(queries), 4, 64, generator=generator, dtype=torch.float64)
    for causal in (True, False):
        results = {}
        for name, dtype, device in (
            ("fp64", torch.float64, torch.device("cpu")),
            ("fp32", torch.float32, bench.device),
            ("bf16", torch.bfloat16, bench.device),
        ):
            given = [part.detach().clone().to(device, dtype).requires_grad_() for part in exact]
            query, key, value = given
            found = spans.attention(query, key, value, Spans(queries, keys, is_causal=causal, device=device))
            (found * out.to(device, dtype)).sum().backward()
            results[name] = [found.detach().cpu(), *(part.grad.cpu() for part in given if part.grad is not None)]
        for name in ("fp32", "bf16"):
            errors = [relative(one, exact_) for one, exact_ in zip(results[name], results["fp64"], strict=True)]
            yield {f"attention in {name}, causal {causal}: output, gradients of query, key, value": errors}


def relative(found: Tensor, expected: Tensor) -> float:
    return float((found.double() - expected.double()).norm() / expected.double().norm())


def sharing(bench: Bench) -> Found:
    """A prompt read once against read each time, interleaved: loss and gradients of two passes."""
    answer = bench.size.answer
    backbone = bench.backbone()
    for ratio in RATIOS:
        count = max(2, bench.size.tokens // (2 * answer * (ratio + 1))) * 2
        found = drawn([(ratio * answer, answer, answer)] * count)
        runs = {name: learner(bench, texts, backbone) for name, texts in (("shared", found), ("apart", apart(found)))}
        for tuner, through in runs.values():  # warm
            passes.accumulate(tuner.posterior, through, found.pairs)
        taken: dict[str, list[float]] = {name: [] for name in runs}
        peaks = {}
        for _ in range(4):
            for name, (tuner, through) in runs.items():
                bench.forget_peak()
                begin = bench.now()
                passes.accumulate(tuner.posterior, through, found.pairs)
                taken[name].append(bench.now() - begin)
                peaks[name] = bench.peak_mib()
        speedups = [slow / fast for slow, fast in zip(taken["apart"], taken["shared"], strict=True)]
        bound = 2 * (ratio + 1) / (ratio + 2)
        yield {
            "prompt to answer": ratio,
            "pairs": count,
            "speedup": statistics.median(speedups),
            "each": speedups,
            "bound": bound,
            "share of the bound": statistics.median(speedups) / bound,
            "mfu": {
                name: operations(bench, found.lengths(), shared=name == "shared")
                / statistics.median(seconds)
                / bench.options.peak
                for name, seconds in taken.items()
            },
            "peak_mib": peaks,
        }
        if bench.is_over():
            yield {"ended": "after its time"}
            return


def beside_trl(bench: Bench) -> Found:
    """Ours and TRL's RewardTrainer in turn: steps over all weights, the optimiser included, prompt to answer 4 to 1."""
    size = bench.size
    generator = torch.Generator().manual_seed(3)
    for what in ("equal lengths", "lengths drawn"):
        lengths = [(4 * size.answer, size.answer, size.answer)] * size.step
        if what == "lengths drawn":  # from half to one and a half times
            spread = 0.5 + torch.rand(size.step, 3, generator=generator)
            lengths = [
                tuple(max(1, round(float(share) * mean)) for share, mean in zip(row, lengths[0], strict=True))  # type: ignore[misc]
                for row in spread
            ]
        found = drawn(lengths)
        rows: dict[str, list[dict[str, float]]] = {"ours": [], "trl": []}
        benches = {"ours": Bench(bench.options), "trl": Bench(bench.options)}
        for number in range(3):
            for name, run in (("ours", our_steps), ("trl", trl_steps)):
                bench.clear()
                seconds, at_once = roomy(run, benches[name], found)
                rows[name].append({"seconds": seconds, "at_once": at_once, "peak_mib": bench.peak_mib()})
            if bench.is_over() and number:
                break
        ratios = [slow["seconds"] / fast["seconds"] for slow, fast in zip(rows["trl"], rows["ours"], strict=True)]
        logical = sum(len(text.ids) for text in found.texts)
        for name, each in rows.items():
            seconds = statistics.median(row["seconds"] for row in each)
            yield {
                "run": name,
                "what": what,
                "seconds a step": [row["seconds"] for row in each],
                "pairs at once": [row["at_once"] for row in each],
                "logical tokens a second": logical / seconds,
                "pairs a second": size.step / seconds,
                "mfu": operations(bench, found.lengths(), shared=name == "ours") / seconds / bench.options.peak,
                "peak_mib": max(row["peak_mib"] for row in each),
            }
        yield {"what": what, "times as fast as TRL": statistics.median(ratios), "each": ratios}


STEPS = 4  # of which the first is not counted


def roomy(run: Callable[[Bench, Texts, int], float], bench: Bench, found: Texts) -> tuple[float, int]:
    """Seconds of a step, with as many pairs in one pass as memory allows; how many they were."""
    at_once = bench.size.at_once
    while True:
        try:
            return run(bench, found, at_once), at_once
        except RuntimeError as error:
            if "memory" not in str(error) or at_once == 1:
                raise
        at_once //= 2
        bench.clear()
        bench.size = bench.size._replace(at_once=at_once)  # who comes next need not find it out again


def our_steps(bench: Bench, found: Texts, at_once: int) -> float:
    logical = sum(len(text.ids) for text in found.texts)
    wide = Bench(bench.options)
    wide.size = bench.size._replace(tokens=-(-logical * at_once // bench.size.step) + 1)
    tuner, _ = learner(wide, found)
    tuner.learn(found.pairs)
    begin = bench.now()
    for _ in range(STEPS - 1):
        tuner.learn(found.pairs)
    return (bench.now() - begin) / (STEPS - 1)


def trl_steps(bench: Bench, found: Texts, at_once: int) -> float:
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import RewardConfig, RewardTrainer

    class Clock(TrainerCallback):
        marks: list[float] = []

        def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
            if state.global_step in {1, STEPS}:
                self.marks.append(bench.now())

    torch.manual_seed(0)
    with bench.device:
        model = LlamaForSequenceClassification(with_one_label(bench.config()))
    rows: list[dict[str, Any]] = []
    for first, second in zip(found.texts[::2], found.texts[1::2], strict=True):
        longest = max(len(first.ids), len(second.ids))
        rows.append({"chosen_ids": list(first.ids), "rejected_ids": list(second.ids), "length": longest})
    rows.sort(key=lambda row: -row["length"])  # so that what stands side by side is of like length
    with tempfile.TemporaryDirectory() as folder:
        args = RewardConfig(
            output_dir=folder,
            per_device_train_batch_size=at_once,
            gradient_accumulation_steps=bench.size.step // at_once,
            max_steps=STEPS,
            learning_rate=1e-5,
            max_length=None,
            activation_checkpointing=False,
            train_sampling_strategy="sequential",
            bf16=bench.device.type == "cuda",
            use_cpu=bench.device.type == "cpu",
            report_to=[],
            save_strategy="no",
            logging_steps=10_000,
            disable_tqdm=True,
            remove_unused_columns=False,
        )
        trainer = RewardTrainer(
            model, args, train_dataset=Dataset.from_list(rows), processing_class=pads(), callbacks=[Clock()]
        )
        trainer.train()
    return (Clock.marks[1] - Clock.marks[0]) / (STEPS - 1)


def with_one_label(config: LlamaConfig) -> LlamaConfig:
    config.num_labels = 1
    return config


def pads() -> Any:
    """A tokenizer that TRL asks for its pad token alone."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    words = {"<pad>": 0, "</s>": 1}
    inner = Tokenizer(models.WordLevel(words, unk_token="<pad>"))  # noqa: S106 - a token of text
    return PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", eos_token="</s>")  # noqa: S106


@cache
def world_of(bench: Bench) -> Any:
    given = bench.options
    pairs = 200 if given.tiny else 100_000
    world = reward_training.World(Namespace(backbone=str(given.backbone), data=given.data, length=256, pairs=pairs))
    world.backbone.model.to(bench.device)
    return world


def half(bench: Bench) -> Found:
    """Whether bf16 leaves the accuracy as it is: an encoder learned in both, on the same pairs, scored in fp32."""
    world = world_of(bench)
    lesson = Lesson(
        reward_training.texts_and_states(world.backbone, world.texts).cpu(), world.train, 1, world.backbone.family, 0
    )
    utilities, others = {}, []
    for precision in ("fp32", bench.precision):
        settings = BradleyTerry(
            mode="full",
            precision=precision,
            epochs=2,
            batch_size=32,
            backbone_learning_rate=1e-4,
            max_length=256,
            side_bias=False,
            weight_decay=100.0,
            pass_tokens=16_384,
        )
        bench.clear()
        begin = bench.now()
        tune = partial(bradley_terry.tune, settings, lesson)
        body = tuned.learn(settings, Subject(world.backbone, world.texts, 0), tune, NOBODY)
        seconds = bench.now() - begin
        with torch.no_grad():
            utilities[precision] = body.fitted.head(body.states.double())
            through = Passes(body.backbone, world.texts, 16_384, is_half=bench.precision == "bf16")
            some = passes.candidates(world.test)
            posterior = SimpleNamespace(head=body.fitted.head)
            others.append((through.utilities(posterior, some)[some], utilities[precision][some]))  # type: ignore[arg-type]
        yield {
            "precision": precision,
            "pairs": len(world.train),
            "seconds": seconds,
            "tuning": body.tuning,
            "log_loss": world.log_loss(utilities[precision]),
            "accuracy": float(right(world, utilities[precision]).mean()),
            "peak_mib": bench.peak_mib(),
        }
    rank = [float(spearmanr(one.numpy(), other.numpy()).statistic) for one, other in others]
    yield {"the same weights read in bf16 and in fp32, rank correlation": rank}
    both = right(world, utilities[bench.precision]) - right(world, utilities["fp32"])
    draws = np.random.default_rng(0).choice(both, (2_000, len(both))).mean(1)
    test = passes.candidates(world.test)
    yield {
        "learned in bf16 less learned in fp32, accuracy": float(both.mean()),
        "interval": [float(edge) for edge in np.quantile(draws, [0.025, 0.975])],
        "rank correlation": float(spearmanr(utilities["fp32"][test], utilities[bench.precision][test]).statistic),
        "pairs": len(both),
    }


def right(world: Any, utilities: Tensor) -> Any:
    difference = utilities[world.test.first] - utilities[world.test.second]
    return ((difference > 0).double() + 0.5 * (difference == 0)).numpy()


def heads(bench: Bench) -> Found:
    """Five heads at once over one pass of the backbone, against one."""
    world = world_of(bench)
    begin = bench.now()
    states = reward_training.texts_and_states(world.backbone, world.texts).cpu()
    reading = bench.now() - begin
    lesson = Lesson(states, world.train, 1, world.backbone.family, 0)
    fits: dict[str, list[float]] = {"one": [], "five more": []}
    for seed in range(3):
        posterior = bradley_terry.start(lesson, world.train, 100.0, side_bias=False)
        inputs, begin = posterior.inputs(states), bench.now()
        fitting.lbfgs(posterior, inputs, world.train)
        fits["one"].append(bench.now() - begin)
        many = members.draw(5, world.train.cluster, inputs.shape[1], 100.0, "both", seed)
        begin = bench.now()
        together.fit(together.Lesson(posterior, inputs, world.train), many)
        fits["five more"].append(bench.now() - begin)
    one, more = (statistics.median(fits[name]) for name in ("one", "five more"))
    yield {
        "reading seconds": reading,
        "fits": fits,
        "fit of five over one": (one + more) / one,
        "all of it, five over one": (reading + one + more) / (reading + one),
    }


PARTS: dict[str, Callable[[Bench], Found]] = {
    "equal": equal,
    "sharing": sharing,
    "trl": beside_trl,
    "half": half,
    "heads": heads,
}


def machine(bench: Bench) -> dict[str, Any]:
    import transformers

    found = {"torch": torch.__version__, "transformers": transformers.__version__, "python": platform.python_version()}
    if bench.device.type == "cuda":
        found["device"] = torch.cuda.get_device_name()
    return {**found, "size": bench.size._asdict(), "peak": bench.options.peak, "precision": bench.precision}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--backbone", type=Path)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--peak", type=float, default=989e12, help="989e12 is that of an H100 SXM")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--tiny", action="store_true")
    bench = Bench(parser.parse_args())
    torch.backends.cuda.matmul.allow_tf32 = False
    print(json.dumps(machine(bench)), flush=True)
    for name in bench.options.parts.split(","):
        if name in {"half", "heads"} and not (bench.options.data and bench.options.backbone):
            continue
        begin = time.perf_counter()
        bench.end = begin + bench.options.seconds
        try:
            for line in PARTS[name](bench):
                print(json.dumps({"part": name, **line}, default=float), flush=True)
        except Exception:
            print(json.dumps({"part": name, "failed": traceback.format_exc()[-1_500:]}), flush=True)
        bench.clear()
        print(json.dumps({"part": name, "took": time.perf_counter() - begin}), flush=True)


if __name__ == "__main__":
    main()
