"""An auditor's questions are answered from indexes: by hand, by act, refusals alone. Entries are named in the order of time
(UUID of version 7), so a page of answers is read from the end of an index, and a span of time is a span of names."""

from django.db import migrations

INDEXES = """
CREATE INDEX security_audit_entry_actor ON security_audit_entry (actor_urn, uuid);
CREATE INDEX security_audit_entry_action ON security_audit_entry (action, uuid);
CREATE INDEX security_audit_entry_denied ON security_audit_entry (uuid) WHERE outcome = 'denied';
"""
DROP = "DROP INDEX security_audit_entry_actor, security_audit_entry_action, security_audit_entry_denied"


class Migration(migrations.Migration):
    dependencies = [("security_audit", "0002_witnessed_logs")]
    operations = [migrations.RunSQL(INDEXES, DROP)]
