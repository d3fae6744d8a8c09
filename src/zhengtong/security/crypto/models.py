"""The key ring: every version of every key of the node, wrapped by the node key, which never stands in the database."""

from django.db import models


class KeyVersion(models.Model):
    """One version of one key. Retired versions still verify and decrypt; the newest that is not retired works.

    Not managed: the table is made by SQL in 0001, so that emptying the tables between tests leaves the ring alone.
    """

    class Purpose(models.TextChoices):
        SIGNING = "signing"  # Ed25519
        DATA = "data"  # AES-256-GCM
        INDEX = "index"  # HMAC-SHA-256: blind indexes and message codes

    id = models.BigAutoField(primary_key=True)
    key_id = models.CharField(max_length=32, unique=True)
    purpose = models.CharField(max_length=16, choices=Purpose)
    version = models.PositiveIntegerField()
    algorithm = models.CharField(max_length=32)
    public = models.BinaryField(default=b"")
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "security_crypto_key"
        ordering = ["purpose", "version"]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version} ({self.algorithm} {self.key_id})"
