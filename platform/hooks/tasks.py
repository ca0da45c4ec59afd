"""The Celery task of webhooks: one attempt; safe to deliver twice."""

from uuid import UUID

from celery import shared_task

from hooks import sending


@shared_task(name="hooks.deliver", ignore_result=True)
def deliver(delivery_id: str) -> None:
    sending.deliver(UUID(delivery_id))
