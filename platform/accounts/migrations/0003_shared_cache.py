"""The table of the shared cache: attempts at signing in and one-time codes that were used."""

from django.db import migrations

FORWARD = """
CREATE TABLE IF NOT EXISTS shared_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY, value text NOT NULL, expires timestamp with time zone NOT NULL
);
CREATE INDEX IF NOT EXISTS shared_cache_expires ON shared_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_workspace_keeps_an_admin")]
    operations = [migrations.RunSQL(FORWARD, "DROP TABLE shared_cache")]
