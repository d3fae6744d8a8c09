import django.contrib.postgres.fields
from django.db import migrations, models

# Cases already accepted know their authorities from their reviews; the others from the version they were filed under
# (all it may call upon: what the form decides is judged at acceptance).
ACCEPTED = """
UPDATE applications_cases_case c SET review_organisations = r.authorities
FROM (SELECT case_id, array_agg(DISTINCT organisation_uuid) AS authorities FROM applications_cases_review GROUP BY case_id) r
WHERE r.case_id = c.id
"""
WAITING = """
UPDATE applications_cases_case c SET review_organisations = v.authorities
FROM (
    SELECT version.uuid, array_agg(DISTINCT (version.organisations ->> (review ->> 'authority'))::uuid) AS authorities
    FROM applications_public_services_serviceversion version, jsonb_array_elements(version.manifest -> 'reviews') review
    WHERE jsonb_typeof(version.manifest -> 'reviews') = 'array' GROUP BY version.uuid
) v
WHERE v.uuid = c.service_version_uuid AND c.status IN ('submitted', 'supplement')
"""


class Migration(migrations.Migration):
    dependencies = [("applications_cases", "0004_messages_of_cases")]

    operations = [
        migrations.AddField(
            "case",
            "review_organisations",
            django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
        migrations.AddField("case", "act_words", models.JSONField(default=dict)),
        migrations.AddIndex(
            "case",
            models.Index(
                condition=models.Q(("delivered_at", None), ("status__in", ["granted", "denied", "refused"])),
                fields=["lead_organisation_uuid", "decided_at", "id"],
                name="case_to_deliver",
            ),
        ),
        migrations.RunSQL(ACCEPTED, migrations.RunSQL.noop),
        migrations.RunSQL(WAITING, migrations.RunSQL.noop),
    ]
