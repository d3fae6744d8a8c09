"""Registers are defined as data. The former tables stay until `services.carry_over` has taken their records over."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("resources_registers", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="Change"),
                migrations.DeleteModel(name="LegalEntity"),
                migrations.DeleteModel(name="Premises"),
            ],
        ),
        migrations.CreateModel(
            name='Act',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('register', models.CharField(max_length=30)),
                ('record_uuid', models.UUIDField(null=True)),
                ('kind', models.CharField(choices=[('entered', '登记'), ('amended', '变更'), ('corrected', '更正'), ('loaded', '批量装入')], max_length=20)),
                ('fields', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ('authorities', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=50), default=list, size=None)),
                ('since', models.DateField()),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('document', models.CharField(blank=True, max_length=300)),
                ('actor_urn', models.CharField(max_length=300)),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'registers_act',
                'indexes': [models.Index(fields=['record_uuid', '-id'], name='registers_act_of_record')],
            },
        ),
        migrations.CreateModel(
            name='RegisterVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=30)),
                ('number', models.PositiveIntegerField()),
                ('definition', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('steps', models.JSONField(default=list)),
                ('published_at', models.DateTimeField()),
                ('published_by_urn', models.CharField(max_length=300)),
                ('is_in_force', models.BooleanField(default=True)),
            ],
            options={
                'db_table': 'registers_version',
                'constraints': [models.UniqueConstraint(fields=('key', 'number'), name='registers_version_number'), models.UniqueConstraint(condition=models.Q(('is_in_force', True)), fields=('key',), name='registers_one_in_force')],
            },
        ),
    ]
