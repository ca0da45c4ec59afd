"""How many answers a second the resident scorer scores, for callers on its socket and over HTTP; how soon it begins.

    python -m local with-servers -- .venv/bin/python -m benchmarks.scoring --seconds 8

Learns a small reward on the packaged MiniLM, starts `manage.py scorer` and gunicorn, and ends both. Each text has 24
tokens, prompt and answer together; callers, web server and scorer share the cores of the machine. Prints JSON lines.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")

import django  # noqa: E402

from benchmarks.load import quantiles  # noqa: E402
from benchmarks.serving import ask, gunicorn, processor_split, program, wait_for_first_answer  # noqa: E402

TOKENS = 24
WORDS = ["the", "answer", "is", "that", "people", "like", "a", "clear", "and", "short", "reply", "to", "what"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each part")
    parser.add_argument("--callers", type=int, default=8)
    parser.add_argument("--items", type=int, default=16, help="answers in one call")
    return parser.parse_args()


def learn(folder: Path) -> Any:
    """A reward on MiniLM from forty comparisons, as a row and a folder of the product."""
    from django.utils.timezone import now

    from accounts.models import Workspace
    from annotation.models import Project, Snapshot
    from lm import backbones
    from rewardmodels import places
    from rewardmodels.learning import making, reading
    from rewardmodels.learning.making import Commission
    from rewardmodels.learning.settings.kinds import BradleyTerry
    from rewardmodels.models import RewardModel

    evidence = reading.read(comparison(number) for number in range(40))
    settings = BradleyTerry(max_length=64, weight_decay=1.0)
    source = {"sha256": "0" * 64, "name": "Benchmark"}
    commission = Commission(settings, 0, source, folder / "model", folder / "cache", places.shards())
    made = making.make(evidence, backbones.load("builtin:minilm", places.sources()), commission)
    workspace = Workspace.objects.create(name="Benchmark", slug=f"benchmark-{uuid4().hex[:8]}")
    project = Project.objects.create(workspace=workspace, name="Benchmark", kinds=["pairwise"])
    snapshot = Snapshot.objects.create(project=project, name="v1", splits={"train": 1.0})
    model = RewardModel.objects.create(
        workspace=workspace, name="Benchmark", kind="bradley_terry", snapshot=snapshot, backbone="builtin:minilm",
        trained_at=now(), sha256=made.sha256, unit=made.unit, details=made.details, calibration=made.calibration,
    )  # fmt: skip
    places.root().mkdir(parents=True, exist_ok=True)
    (folder / "model").rename(places.folder_of(model.pk))
    return model


def comparison(number: int) -> dict[str, Any]:
    texts = [f"please thank you {number}", f"no no no {number}"]
    return {
        "kind": "pairwise",
        "prompt": f"hello {number}",
        "responses": [{"id": str(place), "text": text} for place, text in enumerate(texts)],
        "answer": {"preferred": "0"},
        "annotator": "a",
        "split": "train" if number % 4 else "test",
    }


def texts(model: Any, count: int) -> list[dict[str, str]]:
    """Prompts and answers that the model reads as exactly 24 tokens."""
    from lm.templates import conversation
    from rewardmodels import places
    from rewardmodels.learning import scoring

    reward = scoring.open_folder(places.folder_of(model.pk))
    for length in range(1, TOKENS + 1):
        item = {"prompt": "hello there", "response": " ".join((WORDS * 3)[:length])}
        (score,) = reward.score([(conversation(item["prompt"]), item["response"])])
        if score.tokens == TOKENS:
            return [dict(item) for _ in range(count)]
    raise SystemExit(f"No text of {TOKENS} tokens was found.")


class Callers:
    """Threads that each ask again as soon as they are answered."""

    def __init__(self, ask_once: Callable[[], object], count: int, seconds: float) -> None:
        self.ask_once, self.count, self.seconds = ask_once, count, seconds
        self.waits: list[float] = []  # milliseconds
        self.lock = threading.Lock()

    def run(self) -> float:
        """The seconds that passed."""
        begin = time.perf_counter()
        threads = [threading.Thread(target=self.call_until, args=(begin + self.seconds,)) for _ in range(self.count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - begin

    def call_until(self, end: float) -> None:
        while time.perf_counter() < end:
            begin = time.perf_counter()
            self.ask_once()
            with self.lock:
                self.waits.append(1_000 * (time.perf_counter() - begin))


def report(part: str, callers: Callers, items: int, scorer: int) -> None:
    """What was seen, and the scorer's processor time an item, which other work on the machine hardly moves."""
    before = processor_split({"scorer": {scorer}})["scorer"]
    seconds = callers.run()
    scored = len(callers.waits) * items
    used = 1_000 * (processor_split({"scorer": {scorer}})["scorer"] - before) / scored
    tell(part, items_per_second=round(scored / seconds, 1), callers=callers.count, items_per_call=items,
         tokens=TOKENS, processor_ms_per_item=round(used, 2), **quantiles(callers.waits))  # fmt: skip


def tell(part: str, **values: Any) -> None:
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(
        json.dumps({"benchmark": "scoring", "part": part, **values, "load": round(load, 1), "cores": cores}), flush=True
    )


def cold_start(address: Path, question: Any, began: float) -> None:
    """From the process's start to its first answer, and to its first score."""
    from rewardmodels.scorer import client

    while not client.is_answered(address):
        time.sleep(0.02)
    listening = time.perf_counter() - began
    while True:
        try:
            client.ask(address, question)
            break
        except client.Loading:
            time.sleep(0.02)
    tell("cold start", listening_s=round(listening, 2), first_score_s=round(time.perf_counter() - began, 2))


def over_http(model: Any, items: list[dict[str, str]], options: argparse.Namespace, scorer: int) -> None:
    from accounts import enrolment
    from accounts.roles import Role

    slug = model.workspace.slug
    _, secret = enrolment.issue_token(email=f"{slug}@example.org", workspace=slug, role=Role.RESEARCHER)
    headers = {"Authorization": f"Bearer {secret}"}
    with gunicorn(workers=2, threads=4) as (_pid, port):
        wait_for_first_answer(port)

        def once() -> None:
            status, answer = ask(port, "POST", f"/api/v1/reward-models/{model.pk}/score/", headers, {"items": items})
            if status != 200:
                raise SystemExit(f"{status}: {answer}")

        once()
        report("http", Callers(once, options.callers, options.seconds), len(items), scorer)


def main() -> None:
    options = arguments()
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from rewardmodels import places
    from rewardmodels.scorer import client

    call_command("migrate", verbosity=0)
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
        model = learn(Path(folder))
    items = texts(model, options.items)
    question = client.Question(str(model.pk), str(places.folder_of(model.pk)), model.sha256, items)
    one = client.Question(question.model, question.folder, question.sha256, items[:1])
    address = client.socket_of(settings.DATA_DIR)
    began = time.perf_counter()
    with program("manage.py", "scorer") as scorer:
        cold_start(address, one, began)
        for part, asked in (("socket", question), ("socket, one at a time", one)):
            calls = Callers(partial(client.ask, address, asked), options.callers, options.seconds)
            calls.ask_once()
            report(part, calls, len(asked.items), scorer)
        over_http(model, items, options, scorer)


if __name__ == "__main__":
    main()
