openssl pkeyutl -verify -pubin -keyform DER -inkey leaf-key.der -rawin -digest sm3 -pkeyopt distid:1234567812345678 -in leaf.bin -sigfile leaf.sig
