"""What lives in a worker beside Celery: a row that says it is there, and a quick end when it is told to stop."""

import logging
import os
import socket
import threading
from typing import Any

from celery import bootsteps
from django.db import DatabaseError, connection

from jobs import supervisor, workers
from jobs.models import Job, Worker

log = logging.getLogger(__name__)
BEAT = 5.0


class Heart(bootsteps.StartStopStep):
    """Begins after the pool and stops before it, so that running children are ended while their threads still wait."""

    requires = {"celery.worker.components:Pool"}

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._stop = threading.Event()
        self._asked = sorted(parent.app.amqp.queues.consume_from)
        self._row = Worker(name=parent.hostname, queues=",".join(self._asked), slots=parent.concurrency)
        self._thread = threading.Thread(target=self._live, args=(parent,), name="heart", daemon=True)

    def start(self, parent: Any) -> None:
        self._thread.start()

    def stop(self, parent: Any) -> None:
        supervisor.closing.set()
        self._stop.set()
        self._thread.join(2)

    terminate = stop

    def _live(self, parent: Any) -> None:
        self._row.device = workers.gpu_name()
        while True:
            try:
                self._share_the_gpu_queue(parent)
                workers.beat(self._row)
            except DatabaseError as error:
                log.warning("The database is away: %s", error)
                connection.close()
            if self._stop.wait(BEAT):
                break
        try:
            workers.leave(self._row)
        finally:
            connection.close()

    def _share_the_gpu_queue(self, parent: Any) -> None:
        """Without a GPU the cpu worker serves gpu too, for as long as no worker that has one is there."""
        if Job.Queue.CPU not in self._asked or self._row.device:
            return
        serves, should = Job.Queue.GPU in self._row.queues.split(","), not workers.has_other_gpu(self._row.name)
        consumer = parent.consumer
        if serves == should or consumer is None:
            return
        consumer.call_soon(consumer.add_task_queue if should else consumer.cancel_task_queue, Job.Queue.GPU.value)
        queues = {*self._row.queues.split(",")} ^ {Job.Queue.GPU.value}
        self._row.queues = ",".join(sorted(queues))


def name_of(queues: str) -> str:
    """Tells this process from every other one, for as long as it lives."""
    return f"{queues.replace(',', '+')}-{os.getpid()}@{socket.gethostname()}"
