from django.db import migrations, models

# A case that was filed before takes the kind of service from the version under which it was filed.
FILL = """
UPDATE applications_cases_case c SET service_type = v.manifest ->> 'service_type'
FROM applications_public_services_serviceversion v
WHERE v.uuid = c.service_version_uuid AND v.manifest ->> 'service_type' <> c.service_type
"""


class Migration(migrations.Migration):
    dependencies = [("applications_cases", "0002_one_draft_a_hand"), ("applications_public_services", "0001_initial")]

    operations = [
        migrations.AddField("case", "service_type", models.CharField(default="01", max_length=2)),
        migrations.AlterField(
            "case",
            "status",
            models.CharField(
                choices=[
                    ("submitted", "待受理"),
                    ("supplement", "待补正"),
                    ("refused", "不予受理"),
                    ("abandoned", "逾期未补正"),
                    ("in_review", "审查中"),
                    ("awaiting_decision", "待决定"),
                    ("granted", "已准予"),
                    ("denied", "未准予"),
                    ("withdrawn", "已撤回"),
                ],
                default="submitted",
                max_length=20,
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
