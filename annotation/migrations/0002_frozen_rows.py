"""What was said and what was frozen never changes: held by the database itself. Positions come from a sequence,
so that no import waits for another."""

from django.db import migrations

# Rows leave only with their whole project, when its purge (or an erasure) says so for its own transaction.
FORWARD = """
CREATE SEQUENCE annotation_task_position;

CREATE FUNCTION annotation_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('touchstone.purging', true) = 'on' THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    RAISE EXCEPTION '% of % is refused: its rows never change', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER judgment_versions_never_change BEFORE UPDATE OR DELETE ON annotation_judgmentversion
    FOR EACH ROW EXECUTE FUNCTION annotation_refuse_change();
CREATE TRIGGER guidelines_never_change BEFORE UPDATE OF project_id, version, text, terms, created_at OR DELETE
    ON annotation_guidelines FOR EACH ROW EXECUTE FUNCTION annotation_refuse_change();
CREATE TRIGGER frozen_snapshots_never_change
    BEFORE UPDATE OF project_id, filters, splits, seed, sha256, counts, files, frozen_at ON annotation_snapshot
    FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION annotation_refuse_change();
CREATE TRIGGER lineage_never_changes BEFORE UPDATE ON annotation_snapshotjudgment
    FOR EACH ROW EXECUTE FUNCTION annotation_refuse_change();
"""

BACKWARD = """
DROP SEQUENCE annotation_task_position;
DROP TRIGGER lineage_never_changes ON annotation_snapshotjudgment;
DROP TRIGGER frozen_snapshots_never_change ON annotation_snapshot;
DROP TRIGGER guidelines_never_change ON annotation_guidelines;
DROP TRIGGER judgment_versions_never_change ON annotation_judgmentversion;
DROP FUNCTION annotation_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
