jq -r .leaf receipt.json | base64 -d > leaf.bin
jq -r .signature.value receipt.json | base64 -d > leaf.sig
jq -r '.keys[0].public_key' receipt.json | base64 -d > leaf-key.der
jq -r '.keys[-1].public_key' receipt.json | base64 -d > head-key.der
jq -cSj .statement receipt.json > statement.json
jq -cSj .disclosed.detail.value receipt.json > detail.json
jq -r .disclosed.detail.key receipt.json > detail.key
jq -j '.checkpoint // empty' receipt.json > checkpoint.txt
jq -r '.proof.leaf_index // empty' receipt.json > index.txt
jq -r '.proof.path[]?' receipt.json > path.txt
jq -r .format receipt.json | grep -x zhengtong-receipt-1
