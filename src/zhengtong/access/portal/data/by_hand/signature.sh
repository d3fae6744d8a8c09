openssl pkeyutl -verify -pubin -keyform DER -inkey leaf-key.der -rawin -in leaf.bin -sigfile leaf.sig
