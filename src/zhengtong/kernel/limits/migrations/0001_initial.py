from django.db import migrations, models

# Unlogged: what a client has used is worth no write-ahead log. Room in each page keeps the updates in place (HOT).
UNLOGGED = """
ALTER TABLE kernel_limits_allowance SET UNLOGGED;
ALTER TABLE kernel_limits_allowance SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Allowance",
            fields=[
                ("key", models.BinaryField(primary_key=True, serialize=False)),
                ("route_class", models.CharField(max_length=20)),
                ("spent_until", models.DateTimeField()),
                ("refused", models.PositiveIntegerField(default=0)),
                ("refused_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "kernel_limits_allowance"},
        ),
        migrations.RunSQL(UNLOGGED, migrations.RunSQL.noop),
    ]
