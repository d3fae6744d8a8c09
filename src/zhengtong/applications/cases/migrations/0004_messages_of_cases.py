from django.db import migrations

# Messages sent before say by their link alone which case, and so which service, they are about.
FILL = """
UPDATE support_notifications_message m SET service_key = c.service_key
FROM applications_cases_case c
WHERE m.service_key = '' AND m.recipient_urn = c.applicant_urn AND m.link = '/hall/cases/' || c.uuid || '/'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("applications_cases", "0003_service_type"),
        ("support_notifications", "0002_what_it_is_about"),
    ]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
