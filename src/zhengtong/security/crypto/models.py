"""The key ring: every version of every key of the node, wrapped by the node key, which never stands in the database."""

from django.db import models

from .rules import binding_of


class KeyVersion(models.Model):
    """One version of one key. Retired versions still verify and decrypt; the newest that is not retired works.

    Not managed: the table is made by SQL in 0001, so that emptying the tables between tests leaves the ring alone.
    """

    class Purpose(models.TextChoices):
        """The keys every node has. Others are named by their owners: `ca`, `seal:<uuid of the organisation>`."""

        SIGNING = "signing"  # Ed25519: the log's heads under every suite, everything under the default one
        SIGNING_SM2 = "signing-sm2"  # SM2: only where the national suite was chosen
        DATA = "data"  # AES-256-GCM or SM4-GCM
        INDEX = "index"  # HMAC-SHA-256 or HMAC-SM3: blind indexes; the first version: message codes

    id = models.BigAutoField(primary_key=True)
    key_id = models.CharField(max_length=32, unique=True)
    purpose = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    algorithm = models.CharField(max_length=32)
    provider = models.CharField(max_length=32, default="software")
    public = models.BinaryField(default=b"")
    wrapped = models.BinaryField()
    wrapping = models.CharField(max_length=32, default="AES-256-GCM")
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "security_crypto_key"
        ordering = ["purpose", "version"]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version} ({self.algorithm} {self.key_id})"

    @property
    def binding(self) -> bytes:
        """What the wrapping authenticates with the key: a row cannot take another's place."""
        return binding_of(self.key_id, self.purpose, self.version)

    @property
    def state(self) -> str:
        return "destroyed" if self.destroyed_at else "retired" if self.retired_at else "working"


class Renewal(models.Model):
    """How far one column has been encrypted anew under one pair of keys. `last_pk`: all rows up to it are done."""

    ciphertext = models.CharField(max_length=100)
    data_version = models.PositiveIntegerField()
    index_version = models.PositiveIntegerField()
    last_pk = models.BigIntegerField(default=0)
    seen = models.BigIntegerField(default=0)
    total = models.BigIntegerField()
    failed = models.BigIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "security_crypto_renewal"
        constraints = [
            models.UniqueConstraint(
                fields=["ciphertext", "data_version", "index_version"], name="one_renewal_per_column_and_keys"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ciphertext}: {self.seen} of {self.total}"
