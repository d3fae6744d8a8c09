"""Definitions, which never change, and the instances that run them."""

from __future__ import annotations

import uuid

from django.db import models

from zhengtong.kernel.ids import Named


class ProcessDefinition(Named, models.Model):
    """A checked process of one version of one service. Immutable: a case stays on the one it was started with."""

    urn_noun = "definition"
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    bpmn = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="workflow_one_definition_per_version")]

    def __str__(self) -> str:
        return f"{self.key}@{self.version}"


class ProcessInstance(models.Model):
    """One run of a definition for one subject. `state`: see rules.running.pack."""

    subject_urn = models.CharField(max_length=200)
    definition_uuid = models.UUIDField()
    state = models.BinaryField()
    is_finished = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_urn"], name="workflow_one_process_per_subject")]

    def __str__(self) -> str:
        return self.subject_urn


class OpenStep(models.Model):
    """A step that waits for somebody. The row goes when the step is done."""

    instance = models.ForeignKey(ProcessInstance, on_delete=models.CASCADE, related_name="open_steps")
    key = models.CharField(max_length=60)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["instance", "key"], name="workflow_step_open_once")]

    def __str__(self) -> str:
        return self.key
