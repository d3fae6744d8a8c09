from django.db import migrations, models

# The place of a case is that of its lead authority, from the province down: a supervisor's area is a part of that tree.
PLACED = """
UPDATE applications_cases_case c SET division_path = o.division_path
FROM security_directory_organisation o WHERE o.uuid = c.lead_organisation_uuid
"""


class Migration(migrations.Migration):
    dependencies = [("applications_cases", "0005_words_and_authorities"), ("security_directory", "0001_initial")]

    operations = [
        migrations.RenameField("case", "division_code", "division_path"),
        migrations.AlterField("case", "division_path", models.CharField(max_length=40)),
        migrations.AddField(
            "case",
            "secrecy",
            models.PositiveSmallIntegerField(
                choices=[(0, "open"), (1, "internal"), (2, "sensitive"), (3, "confidential"), (4, "secret")], default=1
            ),
        ),
        migrations.RunSQL(PLACED, migrations.RunSQL.noop),
    ]
