for key in leaf-key.der head-key.der; do openssl dgst -sha256 -r "$key"; done | cut -c 1-64 | sort -u > found.txt
cat found.txt
grep -x -F -f fingerprints.txt found.txt | cmp - found.txt && [ -s found.txt ] && echo PUBLISHED
