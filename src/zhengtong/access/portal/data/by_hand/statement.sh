{ printf '\001'; cat statement.json; } | cmp - leaf.bin && tr , '\n' < statement.json
