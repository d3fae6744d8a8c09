sed -n 's/^  "leaf": "\(.*\)",*$/\1/p' receipt.json | base64 -d > leaf.bin
sed -n '/^  "signature": {/,/^  }/s/^    "value": "\(.*\)",*$/\1/p' receipt.json | base64 -d > leaf.sig
sed -n 's/^      "public_key": "\(.*\)",*$/\1/p' receipt.json | head -n 1 | base64 -d > leaf-key.der
sed -n 's/^      "public_key": "\(.*\)",*$/\1/p' receipt.json | tail -n 1 | base64 -d > head-key.der
sed -n '/^  "statement": {/,/^  }/s/^    \("[^"]*":\) \(".*"\),*$/\1\2/p' receipt.json | paste -sd , - > fields.txt
printf '{%s}' "$(cat fields.txt)" > statement.json
sed -n '/^      "value": {/,/^      }/s/^        \("[^"]*":\) \(.*[^,]\),*$/\1\2/p' receipt.json | LC_ALL=C sort | paste -sd , - > fields.txt
printf '{%s}' "$(cat fields.txt)" > detail.json
sed -n '/^    "detail": {/,/^    }/s/^      "key": "\(.*\)",*$/\1/p' receipt.json > detail.key
printf %b "$(sed -n 's/^  "checkpoint": "\(.*\)",*$/\1/p' receipt.json)" > checkpoint.txt
sed -n 's/^    "leaf_index": \([0-9]*\),*$/\1/p' receipt.json > index.txt
sed -n '/^    "path": \[/,/^    \]/s/^      "\(.*\)",*$/\1/p' receipt.json > path.txt
grep -x '  "format": "zhengtong-receipt-1",' receipt.json && tail -n 1 receipt.json | grep -x '}'
