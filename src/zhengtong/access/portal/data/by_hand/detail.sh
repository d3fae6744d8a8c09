openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(cat detail.key)" -r detail.json | cut -c 1-64 > detail.digest
grep -q "\"detail\":\"$(cat detail.digest)\"" leaf.bin && cat detail.json
