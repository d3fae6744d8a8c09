"""How much of its allowance each client has used: one row for each client and class of routes."""

from django.db import models


class Allowance(models.Model):
    """`spent_until` is the moment at which the client will have its whole allowance again (GCRA).

    An unlogged table: written without the write-ahead log, empty after a crash of the server, never replicated.
    """

    key = models.BinaryField(primary_key=True)  # a keyed digest of class and client: no address, no account
    route_class = models.CharField(max_length=20)
    spent_until = models.DateTimeField()
    refused = models.PositiveIntegerField(default=0)
    refused_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "kernel_limits_allowance"

    def __str__(self) -> str:
        return f"{self.route_class} until {self.spent_until}"
