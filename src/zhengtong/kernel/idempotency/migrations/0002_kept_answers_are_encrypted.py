"""Answers kept so far lie in clear: they are forgotten. That their requests are done is not: a repeat is told so."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("kernel_idempotency", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "UPDATE kernel_idempotency_request SET body = NULL WHERE length(body) > 0", migrations.RunSQL.noop
        ),
    ]
