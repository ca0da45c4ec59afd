"""How fast a page, an API call and the start of a job are, against a real gunicorn on loopback.

    python -m local with-servers -- .venv/bin/python -m benchmarks.web

Migrates the database that the environment names, makes a workspace of its own in it, starts gunicorn and a worker,
and ends both. Each part takes a few seconds; callers and server share the cores of the machine. Prints JSON lines.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")

import django  # noqa: E402

from benchmarks.serving import ask, gunicorn, program, wait_for_first_answer  # noqa: E402

WORKERS, THREADS = 2, 4
JOBS = 20


def make_caller() -> tuple[str, dict[str, str], dict[str, str]]:
    """A workspace of this run's own; the headers of a browser and of a program of its researcher."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from accounts import enrolment
    from accounts.roles import Role

    slug = f"benchmark-{uuid4().hex[:8]}"
    membership, secret = enrolment.issue_token(email=f"{slug}@example.org", workspace=slug, role=Role.RESEARCHER)
    session = SessionStore()
    session[SESSION_KEY] = str(membership.person.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = membership.person.get_session_auth_hash()
    session.save()
    return slug, {"Cookie": f"sessionid={session.session_key}"}, {"Authorization": f"Bearer {secret}"}


def measure_jobs(port: int, api: dict[str, str]) -> dict[str, object]:
    """From the moment that an import is saved to the moment that a worker has begun it."""
    from benchmarks.load import quantiles
    from jobs.models import Job

    status, project = ask(port, "POST", "/api/v1/projects/", api, {"name": "Benchmark", "kinds": ["pairwise"]})
    if status != 201:
        raise SystemExit(f"The project was not made: {status} {project}")
    waits = []
    for number in range(JOBS):
        record = {"prompt": f"Question {number}", "responses": ["one", "two"]}
        body = {"records": [record], "kind": "pairwise", "overlap": 1}
        status, answer = ask(port, "POST", f"/api/v1/projects/{project['id']}/imports/", api, body)
        if status != 202:
            raise SystemExit(f"The import was not taken: {status} {answer}")
        waits.append(started_after(Job.objects, answer["job"]["id"]))
    return {"what": "job, enqueue to start", "jobs": len(waits), **quantiles(waits)}


def started_after(jobs: Any, job_id: str) -> float:
    """Milliseconds; waits for the end, so that no job stands in another's way."""
    deadline = time.perf_counter() + 30
    while time.perf_counter() < deadline:
        job = jobs.get(pk=job_id)
        if job.is_over:
            return (job.started_at - job.created_at).total_seconds() * 1000
        time.sleep(0.05)
    raise SystemExit(f"Job {job_id} was not over within 30 s; it is {job.state}.")


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from benchmarks.load import Load

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    slug, browser, api = make_caller()
    web = gunicorn(workers=WORKERS, threads=THREADS)
    with web as (_pid, port), program(str(ROOT / "manage.py"), "worker", "--queues", "short"):
        machine = {"cores": os.cpu_count(), "workers": WORKERS, "threads": THREADS}
        print(
            json.dumps({"what": "first answer", "seconds": round(wait_for_first_answer(port), 2), **machine}),
            flush=True,
        )
        for what, path, headers in [
            ("page, nobody signed in", "/accounts/login/", {}),
            ("page, home of a workspace", f"/w/{slug}/", browser),
            ("API call", "/api/v1/me/", api),
        ]:
            Load(port, path, headers, seconds=0.5).run()  # templates and connections are warm afterwards
            print(json.dumps({"what": what, **Load(port, path, headers).run().told()}), flush=True)
        time.sleep(1)
        print(json.dumps(measure_jobs(port, api)), flush=True)


if __name__ == "__main__":
    main()
