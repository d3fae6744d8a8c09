"""The log's tables, partitioned from the first day: entries by month, leaves and nodes by 2^24 leaves.

A DEFAULT partition stands behind each, so that nothing is ever refused for want of a partition.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

TABLES = """
CREATE TABLE security_audit_entry (
    uuid uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    at timestamptz NOT NULL,
    actor_urn text NOT NULL,
    on_behalf_urn text NOT NULL,
    capacity text NOT NULL,
    action text NOT NULL,
    object_urn text NOT NULL,
    case_urn text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('done', 'denied')),
    purpose text NOT NULL,
    detail jsonb NOT NULL,
    subjects text[] NOT NULL,
    salt bytea NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (uuid, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX security_audit_entry_order ON security_audit_entry (xid, id);
CREATE INDEX security_audit_entry_object ON security_audit_entry (object_urn, id);
CREATE INDEX security_audit_entry_subjects ON security_audit_entry USING gin (subjects) WHERE subjects <> '{}';
CREATE TABLE security_audit_entry_rest PARTITION OF security_audit_entry DEFAULT;

CREATE TABLE security_audit_leaf (
    index bigint PRIMARY KEY,
    entry_uuid uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    entry_xid xid8 NOT NULL,
    entry_id bigint NOT NULL,
    hash bytea NOT NULL,
    mac bytea NOT NULL
) PARTITION BY RANGE (index);
CREATE INDEX security_audit_leaf_entry ON security_audit_leaf (entry_uuid);
CREATE TABLE security_audit_leaf_rest PARTITION OF security_audit_leaf DEFAULT;

CREATE TABLE security_audit_node (
    position bigint PRIMARY KEY,
    hash bytea NOT NULL
) PARTITION BY RANGE (position);
CREATE TABLE security_audit_node_rest PARTITION OF security_audit_node DEFAULT;

CREATE TABLE security_audit_checkpoint (
    tree_size bigint PRIMARY KEY,
    root bytea NOT NULL,
    note text NOT NULL,
    sealed_at timestamptz NOT NULL
);
"""

DROP = "DROP TABLE security_audit_entry, security_audit_leaf, security_audit_node, security_audit_checkpoint"


def make_partitions(*_):
    from zhengtong.kernel import clock
    from zhengtong.security.audit import services

    services.ensure_partitions(at=clock.now())


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.RunSQL(TABLES, DROP),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("uuid", models.UUIDField(primary_key=True, serialize=False)),
                ("id", models.BigIntegerField()),
                ("recorded_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("actor_urn", models.TextField()),
                ("on_behalf_urn", models.TextField()),
                ("capacity", models.TextField()),
                ("action", models.TextField()),
                ("object_urn", models.TextField()),
                ("case_urn", models.TextField()),
                ("outcome", models.TextField(choices=[("done", "Done"), ("denied", "Denied")])),
                ("purpose", models.TextField()),
                ("detail", models.JSONField()),
                ("subjects", ArrayField(models.TextField())),
                ("salt", models.BinaryField()),
            ],
            options={"db_table": "security_audit_entry", "managed": False},
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_uuid", models.UUIDField()),
                ("recorded_at", models.DateTimeField()),
                ("entry_id", models.BigIntegerField()),
                ("hash", models.BinaryField()),
                ("mac", models.BinaryField()),
            ],
            options={"db_table": "security_audit_leaf", "managed": False},
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("tree_size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("note", models.TextField()),
                ("sealed_at", models.DateTimeField()),
            ],
            options={"db_table": "security_audit_checkpoint", "managed": False},
        ),
        migrations.RunPython(make_partitions, migrations.RunPython.noop),
    ]
