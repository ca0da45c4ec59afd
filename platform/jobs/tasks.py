"""The one Celery task: a ring says that a job waits, and the worker that hears it supervises the job to its end."""

from uuid import UUID

from celery import Task, shared_task

from jobs import supervisor


@shared_task(name="jobs.ring", bind=True, ignore_result=True)
def ring(self: Task, job_id: str) -> None:
    """Safe to deliver twice: who comes second finds the job taken."""
    supervisor.serve(UUID(job_id), worker=self.request.hostname or "")
