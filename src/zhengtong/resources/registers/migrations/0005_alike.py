"""Registers of people that were published before get the index of the search that forgives slips."""

from django.db import migrations


def index(apps, editor):
    from zhengtong.resources.registers.definition import alike
    from zhengtong.resources.registers.definition.model import from_json

    versions = apps.get_model("resources_registers", "RegisterVersion")
    for version in versions.objects.filter(is_in_force=True).order_by("key"):
        if statement := alike.index(from_json(version.definition)):
            editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("resources_registers", "0004_loads")]
    operations = [migrations.RunPython(index, migrations.RunPython.noop)]
