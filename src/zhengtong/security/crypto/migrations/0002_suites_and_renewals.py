from django.db import migrations, models

FORWARD = """
ALTER TABLE security_crypto_key DROP CONSTRAINT security_crypto_key_purpose_check;
ALTER TABLE security_crypto_key
    ALTER COLUMN purpose TYPE varchar(64),
    ADD CONSTRAINT security_crypto_key_purpose_check CHECK (purpose ~ '^[a-z0-9][a-z0-9:-]{1,63}$'),
    ADD COLUMN provider varchar(32) NOT NULL DEFAULT 'software',
    ADD COLUMN wrapping varchar(32) NOT NULL DEFAULT 'AES-256-GCM',
    ADD COLUMN destroyed_at timestamptz,
    ADD CONSTRAINT security_crypto_key_destroyed_is_retired CHECK (destroyed_at IS NULL OR retired_at IS NOT NULL),
    ADD CONSTRAINT security_crypto_key_destroyed_is_empty CHECK (destroyed_at IS NULL OR length(wrapped) = 0);
"""
BACKWARD = """
ALTER TABLE security_crypto_key
    DROP CONSTRAINT security_crypto_key_destroyed_is_empty,
    DROP CONSTRAINT security_crypto_key_destroyed_is_retired,
    DROP COLUMN destroyed_at, DROP COLUMN wrapping, DROP COLUMN provider,
    DROP CONSTRAINT security_crypto_key_purpose_check,
    ALTER COLUMN purpose TYPE varchar(16),
    ADD CONSTRAINT security_crypto_key_purpose_check CHECK (purpose IN ('signing', 'data', 'index'));
"""


class Migration(migrations.Migration):
    dependencies = [("security_crypto", "0001_initial")]

    operations = [
        migrations.RunSQL(
            FORWARD,
            BACKWARD,
            state_operations=[
                migrations.AlterField("keyversion", "purpose", models.CharField(max_length=64)),
                migrations.AddField("keyversion", "provider", models.CharField(default="software", max_length=32)),
                migrations.AddField("keyversion", "wrapping", models.CharField(default="AES-256-GCM", max_length=32)),
                migrations.AddField("keyversion", "destroyed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Renewal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ciphertext", models.CharField(max_length=100)),
                ("data_version", models.PositiveIntegerField()),
                ("index_version", models.PositiveIntegerField()),
                ("last_pk", models.BigIntegerField(default=0)),
                ("seen", models.BigIntegerField(default=0)),
                ("total", models.BigIntegerField()),
                ("failed", models.BigIntegerField(default=0)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "security_crypto_renewal",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("ciphertext", "data_version", "index_version"), name="one_renewal_per_column_and_keys"
                    )
                ],
            },
        ),
    ]
