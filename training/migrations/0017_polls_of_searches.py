import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

OF_POLLS = {
    "run_poll_once_per_step": "poll",
    "run_poll_closed_exactly_with_a_count": "poll",
    "run_poll_share_lies_in_its_interval": "poll",
    "run_question_once_per_place": "pollquestion",
    "run_question_has_a_task_with_its_response": "pollquestion",
    "run_question_verdict_is_a_share": "pollquestion",
}


class Migration(migrations.Migration):
    """A poll is of a run or of the job of a search; what runs have asked stays as it is."""

    dependencies = [
        ("jobs", "0002_parking"),
        ("training", "0016_campaign_bounds"),
    ]

    operations = [
        migrations.RenameModel("RunPoll", "Poll"),
        migrations.RenameModel("RunQuestion", "PollQuestion"),
        *(migrations.RemoveConstraint(model_name=model, name=name) for name, model in OF_POLLS.items()),
        migrations.AlterField(
            model_name="poll",
            name="run",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="polls", to="training.run"
            ),
        ),
        migrations.AddField(
            model_name="poll",
            name="search",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="polls", to="jobs.job"
            ),
        ),
        migrations.AddField(model_name="poll", name="is_last", field=models.BooleanField(default=False)),
        migrations.AlterField(model_name="pollquestion", name="task", field=models.UUIDField(db_index=True, null=True)),
        migrations.AddConstraint(
            model_name="poll",
            constraint=models.UniqueConstraint(fields=["run", "step"], name="poll_once_per_step_of_a_run"),
        ),
        migrations.AddConstraint(
            model_name="poll",
            constraint=models.UniqueConstraint(fields=["search", "step"], name="poll_once_per_proposal_of_a_search"),
        ),
        migrations.AddConstraint(
            model_name="poll",
            constraint=models.UniqueConstraint(
                condition=Q(is_last=True), fields=["search"], name="poll_last_once_per_search"
            ),
        ),
        migrations.AddConstraint(
            model_name="poll",
            constraint=models.CheckConstraint(
                name="poll_is_of_a_run_or_of_a_search",
                condition=Q(run__isnull=False, search__isnull=True, is_last=False)
                | Q(run__isnull=True, search__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            model_name="poll",
            constraint=models.CheckConstraint(
                name="poll_closed_exactly_with_a_count",
                condition=Q(closed_at__isnull=True, answered__isnull=True, share__isnull=True)
                | Q(closed_at__isnull=False, answered__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            model_name="poll",
            constraint=models.CheckConstraint(
                name="poll_share_lies_in_its_interval",
                condition=Q(share__isnull=True, low__isnull=True, high__isnull=True)
                | Q(low__gte=0, low__lte=F("share"), high__gte=F("share"), high__lte=1),
            ),
        ),
        migrations.AddConstraint(
            model_name="pollquestion",
            constraint=models.UniqueConstraint(fields=["poll", "place"], name="poll_question_once_per_place"),
        ),
        migrations.AddConstraint(
            model_name="pollquestion",
            constraint=models.CheckConstraint(
                name="poll_question_has_a_task_with_its_response",
                condition=Q(task__isnull=True, policy_response__isnull=True)
                | Q(task__isnull=False, policy_response__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            model_name="pollquestion",
            constraint=models.CheckConstraint(
                name="poll_question_verdict_is_a_share",
                condition=Q(verdict__isnull=True) | Q(verdict__gte=0, verdict__lte=1),
            ),
        ),
    ]
