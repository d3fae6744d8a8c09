"""Of a destroyed key with a public half the wrapping holds that half: it says for ever that the key was the node's own."""

from django.db import migrations

CHANGE = """
ALTER TABLE security_crypto_key DROP CONSTRAINT security_crypto_key_destroyed_is_empty;
ALTER TABLE security_crypto_key ADD CONSTRAINT security_crypto_key_destroyed_is_empty
    CHECK (destroyed_at IS NULL OR length(public) > 0 OR length(wrapped) = 0);
"""
BACK = """
ALTER TABLE security_crypto_key DROP CONSTRAINT security_crypto_key_destroyed_is_empty;
UPDATE security_crypto_key SET wrapped = '' WHERE destroyed_at IS NOT NULL;
ALTER TABLE security_crypto_key ADD CONSTRAINT security_crypto_key_destroyed_is_empty
    CHECK (destroyed_at IS NULL OR length(wrapped) = 0);
"""


class Migration(migrations.Migration):
    dependencies = [("security_crypto", "0003_gate")]
    operations = [migrations.RunSQL(CHANGE, BACK)]
