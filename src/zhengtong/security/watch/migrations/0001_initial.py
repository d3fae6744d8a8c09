"""An index of the log by time."""

from django.db import migrations

# "What happened since" over a log of any length: some bytes for each hundred pages, nothing to keep in order on writing.
RECENT = """
CREATE INDEX security_watch_recent ON security_audit_entry USING brin (recorded_at) WITH (autosummarize = on)
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("security_audit", "0001_initial")]
    operations = [migrations.RunSQL(RECENT, "DROP INDEX security_watch_recent")]
