sed '/^$/,$d' checkpoint.txt > head.txt
index=$(tr -cd 0-9 < index.txt)
last=$(($(sed -n 2p head.txt | tr -cd 0-9) - 1))
{ printf '\000'; cat leaf.bin; } | openssl dgst -sha256 -binary > hash.bin
while read -r step; do
  printf %s "$step" | base64 -d > sibling.bin
  if [ $((index % 2)) = 1 ] || [ "$index" = "$last" ]; then
    cat sibling.bin hash.bin > pair.bin
    while [ $((index % 2)) = 0 ] && [ "$index" -gt 0 ]; do index=$((index / 2)); last=$((last / 2)); done
  else
    cat hash.bin sibling.bin > pair.bin
  fi
  { printf '\001'; cat pair.bin; } | openssl dgst -sha256 -binary > hash.bin
  index=$((index / 2)); last=$((last / 2))
done < path.txt
sed -n 3p head.txt | base64 -d | cmp - hash.bin && [ "$last" = 0 ] && base64 < hash.bin
