"""Long work."""

from typing import Any

from jobs.models import Job
from tests.conftest import Member
from tests.samples.registry import World, sample


@sample("job.pk", "job-*.pk", "api-job.pk", "job_id")
def job_id(world: World, actor: Member) -> Any:
    return Job.objects.create(workspace=world.workspace, kind="sample", queue="short").pk
