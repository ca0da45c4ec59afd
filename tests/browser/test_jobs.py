"""The pages of long work in a browser: both themes and widths, live while it runs, silent when it is over."""

import pytest
from playwright.sync_api import expect

from jobs import child, claims, launch
from jobs.models import Job
from tests.browser.conftest import eventually, intercept
from tests.jobs.trial import tasks  # noqa: F401  (registers the trial kinds)

pytestmark = pytest.mark.django_db(transaction=True)
BOTH = pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])


class Running:
    """A job whose attempt this test makes, step by step."""

    def __init__(self, member) -> None:
        self.job = launch.start("trial.count", scope=member.scope, arguments={"steps": 40})
        claim = claims.take(self.job.pk, worker="w")
        assert claim is not None
        self.claim = claim
        _kind, self.work, self.notes = child.open_work(self.claim)
        self.page = f"/w/{member.membership.workspace.slug}/jobs/{self.job.pk}/"

    def go(self, first: int, last: int) -> None:
        for step in range(first, last + 1):
            self.work.report(step, {"loss/train": 2 / step, "loss/validation": 2.2 / step, "accuracy": 1 - 0.5 / step})
            self.work.log(f"step {step}: loss {2 / step:.3f}")
        self.work.progress(last / 40, "Fitting")
        self.notes.flush()


@pytest.fixture
def running(researcher, monkeypatch) -> Running:
    monkeypatch.setattr("jobs.rings.ring", lambda job: True)
    running = Running(researcher)
    running.go(1, 20)
    return running


@BOTH
def test_a_running_job_is_accessible(see, researcher, running, axe, fits, width, theme):
    page = see(researcher, width=width, theme=theme)
    page.goto(running.page)
    expect(page.locator("#job-charts canvas")).to_have_count(2)
    axe(page)
    fits(page)


@BOTH
def test_the_list_is_accessible(see, researcher, running, axe, fits, width, theme):
    failed = launch.start("trial.refuse", scope=researcher.scope, arguments={})
    claims.fail(claims.take(failed.pk, worker="w"), "There are no judgments yet: label something first.")
    launch.start("trial.hang", scope=researcher.scope, arguments={})
    page = see(researcher, width=width, theme=theme)
    page.goto(f"/w/{researcher.membership.workspace.slug}/jobs/")
    expect(page.get_by_role("row")).to_have_count(4)
    axe(page)
    fits(page)


def test_the_page_follows_the_work_and_falls_silent_at_its_end(see, researcher, running):
    page = see(researcher)
    page.clock.install()
    page.goto(running.page)
    expect(page.locator(".job-log li").filter(has_text="step 20:")).to_be_visible()
    running.go(21, 30)
    page.clock.run_for(2_500)
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "75")
    expect(page.locator(".job-log li").filter(has_text="step 30:")).to_be_visible()
    claims.succeed(running.claim, {"steps": 40})
    page.clock.run_for(2_500)
    expect(page.get_by_text("Succeeded").first).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(page.locator("[hx-trigger]")).to_have_count(0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(60_000)
    page.wait_for_timeout(200)
    assert asked == []


def test_a_dialog_stays_open_while_the_page_follows_the_work(see, researcher, running, axe):
    page = see(researcher)
    page.goto(running.page)
    page.get_by_role("button", name="Cancel").first.click()
    with page.expect_response(lambda answer: "/status/" in answer.url):
        pass
    expect(page.get_by_role("dialog")).to_be_visible()
    axe(page, "dialog")
    page.get_by_role("button", name="Cancel the job").click()
    expect(page.get_by_text("The job stops within seconds.")).to_be_visible()
    assert Job.objects.get(pk=running.job.pk).cancel_requested_at is not None


def test_curves_appear_while_one_watches(see, researcher, monkeypatch):
    monkeypatch.setattr("jobs.rings.ring", lambda job: True)
    running = Running(researcher)
    page = see(researcher)
    page.goto(running.page)
    expect(page.locator("#job-charts canvas")).to_have_count(0)
    running.go(1, 5)
    expect(page.locator("#job-charts canvas")).to_have_count(2)


def test_the_page_says_all_of_it_without_scripts(see, researcher, running):
    page = see(researcher, scripts=False)
    page.goto(running.page)
    expect(page.get_by_text("Fitting")).to_be_visible()
    expect(page.locator(".job-log li").filter(has_text="step 20:")).to_be_visible()


@pytest.mark.expects_faults
def test_a_server_that_is_away_is_told_once(see, researcher, running):
    page = see(researcher)
    page.clock.install()
    page.goto(running.page)
    turned_away: list[str] = []
    intercept(page, "**/jobs/**", lambda route: (turned_away.append(route.request.url), route.abort()))
    page.clock.run_for(2_500)
    expect(page.locator(".toast")).to_have_count(1)
    before = len(turned_away)
    page.clock.run_for(6_000)
    eventually(page, lambda: len(turned_away) > before + 1)
    expect(page.locator(".toast")).to_have_count(1)
