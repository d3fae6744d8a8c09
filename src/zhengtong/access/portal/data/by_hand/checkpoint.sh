{ head -n 1 head.txt; printf '\001'; tail -c 32 head-key.der; } | openssl dgst -sha256 -r | cut -c 1-8 > head.hint
: > head.sig
grep -F " $(head -n 1 head.txt) " checkpoint.txt | sed 's/.* //' | while read -r line; do
  printf %s "$line" | base64 -d > line.bin
  if [ "$(od -An -tx1 -N4 line.bin | tr -d ' ')" = "$(cat head.hint)" ]; then tail -c +5 line.bin > head.sig; fi
done
openssl pkeyutl -verify -pubin -keyform DER -inkey head-key.der -rawin -in head.txt -sigfile head.sig
