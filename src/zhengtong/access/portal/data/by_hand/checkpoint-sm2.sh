{ head -n 1 head.txt; printf '\377zhengtong/sm2'; tail -c 65 leaf-key.der; } | openssl dgst -sha256 -r | cut -c 1-8 > sm2.hint
: > sm2.sig
grep -F " $(head -n 1 head.txt) " checkpoint.txt | sed 's/.* //' | while read -r line; do
  printf %s "$line" | base64 -d > line.bin
  if [ "$(od -An -tx1 -N4 line.bin | tr -d ' ')" = "$(cat sm2.hint)" ]; then tail -c +5 line.bin > sm2.sig; fi
done
openssl pkeyutl -verify -pubin -keyform DER -inkey leaf-key.der -rawin -digest sm3 -pkeyopt distid:1234567812345678 -in head.txt -sigfile sm2.sig
