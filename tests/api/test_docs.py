"""The commands in docs/api.md do what the page says, run as they stand there."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from annotation.models import Project
from jobs.models import Job

PAGE = (Path(__file__).parents[2] / "docs/api.md").read_text()
HAS_CURL = shutil.which("curl") and "--json" in subprocess.getoutput("curl --help all")  # since 7.82
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not HAS_CURL, reason="there is no curl 7.82 or newer on this machine")
def test_every_command_of_the_page_works(live_server, researcher):
    answers = [run(block, live_server.url, researcher.secret) for block in BLOCKS]
    said = "\n".join(answers)
    assert '"role":"researcher"' in answers[0]
    assert Project.objects.filter(name="Courtesy").count() == 1
    assert Project.objects.filter(name="Made once").count() == 1
    assert Job.objects.get().kind == "annotation.import"
    shown = re.search(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert shown
    assert json.loads(shown[1]) in [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def run(block, url, token):
    environment = {**os.environ, "TOUCHSTONE": url, "TOKEN": token, "no_proxy": "*"}
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", block.replace("curl -sS", "curl -sS -w '\\n'")],
                          env=environment, capture_output=True, text=True, timeout=240)  # fmt: skip
    assert done.returncode == 0, done.stderr + block
    return done.stdout


@pytest.mark.django_db
def test_the_pages_know_who_is_signed_in(researcher, client):
    assert "Your account" in researcher.browser.get("/docs/").content.decode()
    assert "Your account" not in client.get("/docs/").content.decode()
