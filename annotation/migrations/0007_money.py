"""Prices sealed before the answer, what came of them, the ledger of play money, and consent."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# Rows leave only with their whole project; of the ledger none ever does, but its links to what was purged.
FORWARD = """
CREATE TRIGGER draws_never_change BEFORE UPDATE OR DELETE ON annotation_draw
    FOR EACH ROW EXECUTE FUNCTION annotation_refuse_change();
CREATE TRIGGER outcomes_never_change BEFORE UPDATE OR DELETE ON annotation_outcome
    FOR EACH ROW EXECUTE FUNCTION annotation_refuse_change();
CREATE TRIGGER consents_never_change BEFORE UPDATE OR DELETE ON annotation_consent
    FOR EACH ROW EXECUTE FUNCTION annotation_refuse_change();
CREATE TRIGGER ledger_never_changes
    BEFORE UPDATE OF id, workspace_id, annotator_id, project_id, draw_id, kind, amount, currency, reason, created_at
        OR DELETE ON annotation_ledgerentry FOR EACH ROW EXECUTE FUNCTION annotation_refuse_change();
"""

BACKWARD = """
DROP TRIGGER ledger_never_changes ON annotation_ledgerentry;
DROP TRIGGER consents_never_change ON annotation_consent;
DROP TRIGGER outcomes_never_change ON annotation_outcome;
DROP TRIGGER draws_never_change ON annotation_draw;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_shared_cache"),
        ("annotation", "0006_skips"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Draw",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("price", models.DecimalField(decimal_places=6, max_digits=18)),
                ("nonce", models.CharField(max_length=64)),
                ("commitment", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "annotator",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="draws",
                        to="accounts.annotator",
                    ),
                ),
                (
                    "assignment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="draw", to="annotation.assignment"
                    ),
                ),
                (
                    "guidelines",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="annotation.guidelines",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="draws", to="annotation.task"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("endowment", "Endowment"), ("purchase", "Purchase"), ("correction", "Correction")],
                        max_length=10,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=6, max_digits=18)),
                ("currency", models.CharField(max_length=10)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "annotator",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ledger",
                        to="accounts.annotator",
                    ),
                ),
                (
                    "draw",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="entries",
                        to="annotation.draw",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="annotation.project",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.workspace",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "ledger entries",
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "said",
                    models.CharField(
                        choices=[("accepted", "Accepted"), ("refused", "Refused"), ("withdrawn", "Withdrawn")],
                        max_length=9,
                    ),
                ),
                ("said_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "annotator",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consents",
                        to="accounts.annotator",
                    ),
                ),
                (
                    "guidelines",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="annotation.guidelines",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consents",
                        to="annotation.project",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["project", "annotator", "-id"], name="consent_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("said__in", ["accepted", "refused", "withdrawn"])),
                        name="consent_says_yes_or_no",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Outcome",
            fields=[
                (
                    "draw",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="outcome",
                        serialize=False,
                        to="annotation.draw",
                    ),
                ),
                ("revealed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outcome",
                        to="annotation.judgmentversion",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="draw",
            constraint=models.UniqueConstraint(fields=("annotator", "task"), name="draw_once_per_person_and_task"),
        ),
        migrations.AddConstraint(
            model_name="draw",
            constraint=models.CheckConstraint(condition=models.Q(("price__gte", 0)), name="draw_price_is_not_negative"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["workspace", "-id"], name="ledger_by_workspace"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["annotator", "-id"], name="ledger_by_annotator"),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(fields=("draw", "kind"), name="ledger_once_per_draw_and_kind"),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency", ""), _negated=True), name="ledger_names_a_currency"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("kind", "endowment"), ("reason", "")),
                    models.Q(("amount__lte", 0), ("kind", "purchase"), ("reason", "")),
                    models.Q(
                        ("draw__isnull", True),
                        ("kind", "correction"),
                        models.Q(("amount", 0), _negated=True),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="ledger_kind_has_its_sign",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
