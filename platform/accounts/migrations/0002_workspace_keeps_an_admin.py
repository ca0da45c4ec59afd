"""The database itself refuses to lose the last admin of a workspace.

The triggers are deferred to the end of the transaction, so that two people may change places in one, and take the lock of
the workspace's row, so that two admins who leave at the same moment follow one another and the second is refused.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION workspace_keeps_an_admin(lost uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounts_workspace WHERE id = lost AND deleted_at IS NULL FOR NO KEY UPDATE;
    IF FOUND AND NOT EXISTS (SELECT 1 FROM accounts_membership WHERE workspace_id = lost AND role = 'admin') THEN
        RAISE EXCEPTION 'workspace % would be left without an admin', lost
            USING ERRCODE = 'check_violation', CONSTRAINT = 'workspace_keeps_an_admin', TABLE = 'accounts_membership';
    END IF;
END $$;

CREATE FUNCTION membership_admin_lost() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM workspace_keeps_an_admin(OLD.workspace_id);
    RETURN NULL;
END $$;

CREATE FUNCTION workspace_undeleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM accounts_membership WHERE workspace_id = NEW.id) THEN
        PERFORM workspace_keeps_an_admin(NEW.id);
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER membership_deleted_keeps_an_admin
    AFTER DELETE ON accounts_membership DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.role = 'admin') EXECUTE FUNCTION membership_admin_lost();

CREATE CONSTRAINT TRIGGER membership_changed_keeps_an_admin
    AFTER UPDATE ON accounts_membership DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.role = 'admin' AND (NEW.role <> 'admin' OR NEW.workspace_id <> OLD.workspace_id))
    EXECUTE FUNCTION membership_admin_lost();

CREATE CONSTRAINT TRIGGER workspace_undeleted_has_an_admin
    AFTER UPDATE OF deleted_at ON accounts_workspace DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NULL) EXECUTE FUNCTION workspace_undeleted();
"""
BACKWARD = """
DROP TRIGGER workspace_undeleted_has_an_admin ON accounts_workspace;
DROP TRIGGER membership_changed_keeps_an_admin ON accounts_membership;
DROP TRIGGER membership_deleted_keeps_an_admin ON accounts_membership;
DROP FUNCTION workspace_undeleted();
DROP FUNCTION membership_admin_lost();
DROP FUNCTION workspace_keeps_an_admin(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
