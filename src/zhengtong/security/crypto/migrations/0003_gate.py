from django.db import migrations

# The web may not read the key ring's table. It asks this function, and gets rows only for a token that it draws from
# the node key: whoever can merely make the web send SQL does not know it. The search path is fixed, names are whole.
GATE = """
CREATE TABLE security_crypto_gate (digest bytea PRIMARY KEY CHECK (length(digest) = 32));

CREATE FUNCTION security_crypto_ring(token bytea) RETURNS SETOF public.security_crypto_key
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT key.* FROM public.security_crypto_key AS key
        WHERE key.purpose <> 'ca'
        AND EXISTS (SELECT FROM public.security_crypto_gate AS gate WHERE gate.digest = pg_catalog.sha256(token))
    $$;

CREATE FUNCTION security_crypto_ring_state(
    OUT keys bigint, OUT newest bigint, OUT retired_at timestamptz, OUT destroyed_at timestamptz
)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT pg_catalog.count(*), pg_catalog.max(key.id), pg_catalog.max(key.retired_at),
               pg_catalog.max(key.destroyed_at)
        FROM public.security_crypto_key AS key
    $$;

-- Public keys are no secret, the certificate authority's neither.
CREATE FUNCTION security_crypto_public_keys()
    RETURNS TABLE (
        id bigint, key_id varchar, purpose varchar, version integer, algorithm varchar, public bytea,
        created_at timestamptz, retired_at timestamptz
    )
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT key.id, key.key_id, key.purpose, key.version, key.algorithm, key.public, key.created_at, key.retired_at
        FROM public.security_crypto_key AS key WHERE pg_catalog.length(key.public) > 0
    $$;

REVOKE ALL ON FUNCTION security_crypto_ring(bytea), security_crypto_ring_state(), security_crypto_public_keys()
    FROM PUBLIC;
"""
BACK = """
DROP FUNCTION security_crypto_public_keys();
DROP FUNCTION security_crypto_ring_state();
DROP FUNCTION security_crypto_ring(bytea);
DROP TABLE security_crypto_gate;
"""


class Migration(migrations.Migration):
    dependencies = [("security_crypto", "0002_suites_and_renewals")]
    operations = [migrations.RunSQL(GATE, BACK)]
