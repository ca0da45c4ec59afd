"""What runs and searches that are over have taken off the desks comes back with them, also from before it was noted."""

from django.db import migrations

FORWARD = """
UPDATE annotation_task t
   SET is_aside = true
  FROM training_pollquestion q
  JOIN training_poll p ON p.id = q.poll_id
  LEFT JOIN training_run r ON r.id = p.run_id
  JOIN jobs_job j ON j.id = COALESCE(r.job_id, p.search_id)
 WHERE q.task = t.id
   AND p.closed_at IS NULL
   AND t.created_at >= p.asked_at
   AND t.status = 'paused'
   AND j.state NOT IN ('queued', 'running')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0014_tasks_aside"),
        ("jobs", "0002_parking"),
        ("training", "0018_aligned_sources"),
    ]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
