"""Potato, the fastest annotation peer that we measured, doing the same work on the same machine."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.labelling import Line, Turn, Wrong, drive
from benchmarks.serving import each_judgment, free_port, processor_split, program, wait_for_first_answer

TASKS = 6_000
CONFIGURATION = """\
port: {port}
server_name: potato
annotation_task_name: preference
task_dir: .
output_annotation_dir: annotation_output
data_files: [data/items.jsonl]
item_properties: {{id_key: id, text_key: text}}
list_as_text: {{text_list_prefix_type: alphabet}}
user_config: {{allow_all_users: true, users: []}}
require_password: false
assignment_strategy: fixed_order
num_annotators_per_item: 1
max_annotations_per_user: {each}
annotation_schemes:
  - annotation_type: pairwise
    name: preference
    description: Which answer is better?
    mode: binary
    items_key: text
    labels: ["A", "B"]
    allow_tie: true
"""


@contextmanager
def server(python: str, people: int) -> Iterator[tuple[int, int]]:
    """Potato in a folder of its own, with one worker of eight threads: it refuses more."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="potato-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "config.yaml").write_text(CONFIGURATION.format(port=port, each=TASKS // people))
        words = "word " * 40
        items = [{"id": f"t{n}", "text": [f"Prompt {n} A: {words}0", f"Prompt {n} B: {words}1"]} for n in range(TASKS)]
        (folder / "data/items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
        flags = ["-b", f"127.0.0.1:{port}", "-w", "1", "--threads", "8", "--timeout", "120", "--log-level", "warning"]
        application = "potato.flask_server:create_app('config.yaml')"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = {**kept, "POTATO_SECRET_KEY": "benchmark"}
        with (
            (folder / "log").open("wb") as log,
            program(
                "-m", "gunicorn", application, *flags, python=python, cwd=folder, env=environment, stderr=log
            ) as pid,
        ):
            wait_for_first_answer(port, "/", statuses=(200, 302))
            yield pid, port


def sign_in(port: int, number: int) -> Line:
    line = Line(port, {})
    email = f"bench-{number}@example.org"
    for path, action in (("/register", "signup"), ("/auth", "login")):
        form = urlencode({"action": action, "email": email, "pass": "benchmark"}).encode()
        line.ask("POST", path, form, **{"Content-Type": "application/x-www-form-urlencoded"})
    line.ask("GET", "/annotate")
    return line


def turn(line: Line) -> str | None:
    """One judgment: ask what to look at, say what is preferred, go on."""
    answer = line.ask("GET", "/api/current_instance")
    if answer.status != 200:
        raise Wrong(f"{answer.status} {answer.content[:200]!r}")
    instance = json.loads(answer.content)["instance_id"]
    said = {"instance_id": instance, "annotations": {"preference:::selection": "A"}, "span_annotations": []}
    for path, body in (
        ("/updateinstance", said),
        ("/annotate", {"action": "next_instance", "instance_id": instance}),
    ):
        answer = line.ask("POST", path, json.dumps(body).encode(), **{"Content-Type": "application/json"})
        if answer.status != 200:
            raise Wrong(f"{answer.status} {answer.content[:200]!r}")
    return str(instance)


def measure(python: str, people: int, seconds: float) -> dict[str, Any]:
    with server(python, people) as (pid, port):
        turns: list[Turn] = [partial(turn, sign_in(port, number)) for number in range(people)]
        drive(turns, 3.0)  # its first answers are slow
        groups = {"web": {pid}}
        before = processor_split(groups)
        tally = drive(turns, seconds)
        spent = each_judgment(before, processor_split(groups), len(tally.said))
    return {"what": "potato", "people": people, **tally.told(), "cpu_ms": spent}
