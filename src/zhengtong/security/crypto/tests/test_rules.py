"""Algorithms against the standards' vectors, openssl in both directions, and a second implementation."""

from __future__ import annotations

import hmac
import subprocess
from functools import partial
from itertools import combinations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.security.crypto import rules
from zhengtong.security.crypto.rules import sharing, sm2

from . import textbook_sm2 as textbook

ID = b"1234567812345678"
# GB/T 32918.5-2017, the recommended curve
D = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
PUBLIC = (
    0x09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020,
    0xCCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13,
)
K = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
ZA = "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3"
E = 0xF0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
RAW_PUBLIC = b"\x04" + textbook.number(PUBLIC[0]) + textbook.number(PUBLIC[1])
SM4_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
ALGORITHMS = pytest.mark.parametrize("algorithm", [rules.ED25519, rules.SM2])
CIPHERS = pytest.mark.parametrize("cipher", [rules.AES_256_GCM, rules.SM4_GCM])
DISTID = {rules.ED25519: "", rules.SM2: "-digest sm3 -pkeyopt distid:1234567812345678"}


# -- vectors ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
        (b"", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"),
        ("中华人民共和国".encode(), "a5c65971fc1631bbd17d5a5e088baa1b44fcd41fae3cb0c40a4e3ff73b942f6c"),
    ],
)
def test_sm3_of_the_standard(message: bytes, expected: str) -> None:
    assert rules.digest(rules.SM3, message).hex() == expected == textbook.sm3(message).hex()


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_a_code_maker_makes_the_codes_of_hmac(data: bytes, key: bytes) -> None:
    own = hmac.digest(key, b"audit leaf", "sha256")
    assert rules.code_maker(key, "audit leaf")(data) == hmac.digest(own, data, "sha256")


def test_hmac_sm3() -> None:
    from zhengtong.security.crypto.rules import codes

    code = codes._hmac_sm3(b"key", b"The quick brown fox jumps over the lazy dog")
    assert code.hex() == "bd4a34077888162b210645b8ebf74b9af357303789357a27c7fc457244ebd398"


def test_sm4_of_the_standard() -> None:
    work = Cipher(algorithms.SM4(SM4_KEY), modes.ECB()).encryptor()
    block = work.update(SM4_KEY)
    assert block.hex() == "681edf34d206965e86b3e94f536e4246"
    for _ in range(999_999):
        block = work.update(block)
    assert block.hex() == "595298c7c6fd271f0402f804c33d3f66"


def test_sm4_in_modes() -> None:
    plain, start = "政务服务".encode() * 4, bytes(range(16))
    padder, work = PKCS7(128).padder(), Cipher(algorithms.SM4(SM4_KEY), modes.CBC(start)).encryptor()
    assert work.update(padder.update(plain) + padder.finalize()).hex() == (
        "ee538b587964d3f5911a7667720b5b5c49c437d42153df9318253d762eaf487dedc1e35b3915d8789e73006cd786d682"
        "1c0581e39cafaf92fd9ff362abb76620"
    )
    counter = Cipher(algorithms.SM4(SM4_KEY), modes.CTR(start)).encryptor()
    assert counter.update(plain).hex() == (
        "e00c2384b7078e31a7687d23073c468fe5a6ebd7cd4676a03c05ac000ba14b86913fd8412cbb488b884c9f527ef90ecc"
    )


def test_sm4_gcm_of_rfc_8998() -> None:
    """Appendix A.1: what is sealed there is opened here."""
    nonce, bound = bytes.fromhex("00001234567800000000abcd"), bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = bytes.fromhex("aa" * 8 + "bb" * 8 + "cc" * 8 + "dd" * 8 + "ee" * 8 + "ff" * 8 + "ee" * 8 + "aa" * 8)
    sealed = bytes.fromhex(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert rules.open_bytes(SM4_KEY, nonce + sealed, bound, rules.SM4_GCM) == plain


def test_sm2_of_the_standard() -> None:
    assert rules.public_of(textbook.number(D), rules.SM2) == RAW_PUBLIC
    assert textbook.za(PUBLIC, ID).hex() == ZA
    assert textbook.digest(PUBLIC, ID, b"message digest") == E
    assert textbook.sign(D, E, K) == (R, S)
    assert rules.verify(RAW_PUBLIC, b"message digest", textbook.der(R, S))
    assert not rules.verify(RAW_PUBLIC, b"message digesT", textbook.der(R, S))


def test_sm2_encryption_of_the_standard(tmp_path) -> None:
    """Not used by the house; the vector holds textbook and libcrypto against each other."""
    point, check, masked = textbook.encrypt(PUBLIC, b"encryption standard", K)
    assert (point[0] >> 240, point[1] >> 240) == (0x04EB, 0xE858)
    assert check.hex() == "59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"
    assert masked.hex() == "21886ca989ca9c7d58087307ca93092d651efa"
    body = textbook.der(*point)[2:] + b"\x04\x20" + check + b"\x04" + bytes([len(masked)]) + masked
    (tmp_path / "sealed").write_bytes(b"\x30" + bytes([len(body)]) + body)
    (tmp_path / "key.der").write_bytes(_private_der(textbook.number(D), rules.SM2))
    opened = _openssl(tmp_path)("openssl pkeyutl -decrypt -keyform DER -inkey key.der -in sealed").stdout
    assert opened == b"encryption standard"


def test_ed25519_of_rfc_8032() -> None:
    secret = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    public = rules.public_of(secret)
    assert public.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    value = rules.open_signer(secret, rules.ED25519).sign(b"\x72")
    assert value.hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert rules.verify(public, b"\x72", value)


# -- against others ---------------------------------------------------------------------------------------------------
def test_the_textbook_verifies_what_libcrypto_signs_and_the_other_way_round() -> None:
    for turn in range(8):
        secret = rules.make_signing_key(rules.SM2)
        d, raw = int.from_bytes(secret, "big"), rules.public_of(secret, rules.SM2)
        public, message = textbook.times(d, textbook.G), b"m" * turn * 100
        assert raw == b"\x04" + textbook.number(public[0]) + textbook.number(public[1])
        e = textbook.digest(public, ID, message)
        assert textbook.verifies(public, e, *textbook.read_der(rules.open_signer(secret, rules.SM2).sign(message)))
        assert rules.verify(raw, message, textbook.der(*textbook.sign(d, e, K + turn)))


@ALGORITHMS
def test_openssl_verifies_what_we_sign(algorithm, tmp_path) -> None:
    secret = rules.make_signing_key(algorithm)
    public = rules.public_of(secret, algorithm)
    run = _openssl(tmp_path)
    for message in (b"", b"x", b"\x00" * 5000):
        (tmp_path / "data").write_bytes(message or b"\n")
        (tmp_path / "sig").write_bytes(rules.open_signer(secret, algorithm).sign(message or b"\n"))
        (tmp_path / "key.pem").write_text(rules.as_pem(public))
        run(f"openssl pkeyutl -verify -pubin -inkey key.pem -rawin {DISTID[algorithm]} -in data -sigfile sig")
    (tmp_path / "key.der").write_bytes(_private_der(secret, algorithm))
    assert run("openssl pkey -in key.der -inform DER -pubout -outform DER").stdout == rules.as_der(public)


@ALGORITHMS
def test_we_verify_what_openssl_signs(algorithm, tmp_path) -> None:
    run = _openssl(tmp_path)
    kind = "ed25519" if algorithm == rules.ED25519 else "EC -pkeyopt ec_paramgen_curve:SM2"
    run(f"openssl genpkey -algorithm {kind} -out key.pem")
    (tmp_path / "data").write_bytes("公文".encode())
    run(f"openssl pkeyutl -sign -inkey key.pem -rawin {DISTID[algorithm]} -in data -out sig")
    (public,) = rules.from_pem(run("openssl pkey -in key.pem -pubout").stdout.decode())
    value = (tmp_path / "sig").read_bytes()
    assert rules.verify(public, "公文".encode(), value)
    assert not rules.verify(public, "公支".encode(), value)


@ALGORITHMS
def test_no_bit_of_a_signature_can_change(algorithm) -> None:
    secret = rules.make_signing_key(algorithm)
    public, value = rules.public_of(secret, algorithm), rules.open_signer(secret, algorithm).sign(b"m")
    for place in range(8 * len(value)):
        changed = bytearray(value)
        changed[place // 8] ^= 1 << place % 8
        assert not rules.verify(public, b"m", bytes(changed)), place
    for other in (b"", value[:-1], value + b"\x00", bytes(len(value)), b"\xff" * 200):
        assert not rules.verify(public, b"m", other)


def test_what_is_no_key_verifies_nothing() -> None:
    value = textbook.der(R, S)
    for key in (b"", bytes(32), bytes(65), b"\x04" + bytes(64), b"\x04" + b"\xff" * 64, RAW_PUBLIC[:-1] + b"\x00"):
        assert not rules.verify(key, b"message digest", value)
    for secret in (bytes(32), textbook.number(textbook.N - 1), b"\xff" * 32, b"short"):
        with pytest.raises(ValueError, match="not an SM2 private key"):
            rules.public_of(secret, rules.SM2)


def test_a_signature_under_another_identity_is_none_of_ours(tmp_path) -> None:
    e = textbook.digest(PUBLIC, b"ALICE123@YAHOO.COM", b"m")
    assert not rules.verify(RAW_PUBLIC, b"m", textbook.der(*textbook.sign(D, e, K)))


def test_where_there_is_no_sm2_it_is_said(monkeypatch) -> None:
    monkeypatch.setenv("ZT_LIBCRYPTO", "/nonexistent/libcrypto.so")
    sm2.libcrypto.cache_clear()
    try:
        assert not sm2.is_available()
        with pytest.raises(rules.Sm2Unavailable, match="ZT_LIBCRYPTO"):
            rules.make_signing_key(rules.SM2) and rules.public_of(textbook.number(D), rules.SM2)
    finally:
        monkeypatch.undo()
        sm2.libcrypto.cache_clear()
    assert sm2.is_available()


def test_keys_are_written_and_read_in_both_forms() -> None:
    texts = "".join(rules.as_pem(key) for key in (RAW_PUBLIC, bytes(32)))
    assert rules.from_pem(texts) == [RAW_PUBLIC, bytes(32)]
    with pytest.raises(ValueError, match="32 bytes"):
        rules.as_der(bytes(33))
    with pytest.raises(ValueError, match="not an Ed25519 or SM2"):
        rules.from_der(b"\x30\x00")


@CIPHERS
def test_what_is_sealed_opens_only_whole_and_bound_to_the_same(cipher) -> None:
    key = rules.make_cipher_key(cipher)
    sealed = rules.seal_bytes(key, b"plain", b"bound", cipher)
    assert rules.open_bytes(key, sealed, b"bound", cipher) == b"plain"
    assert rules.seal_bytes(key, b"plain", b"bound", cipher) != sealed
    for other in [sealed[:cut] for cut in range(len(sealed))] + [sealed + b"\x00"]:
        with pytest.raises(rules.Undecryptable):
            rules.open_bytes(key, other, b"bound", cipher)
    with pytest.raises(rules.Undecryptable):
        rules.open_bytes(key, sealed, b"other", cipher)
    with pytest.raises(rules.Undecryptable):
        rules.open_bytes(rules.make_cipher_key(cipher), sealed, b"bound", cipher)


# -- shares -----------------------------------------------------------------------------------------------------------
def test_every_two_of_three_give_every_byte_back() -> None:
    secret = bytes(range(256))
    for pair in combinations(rules.split(secret, name="n"), 2):
        assert rules.combine(pair) == rules.combine(pair[::-1]) == secret


@pytest.mark.parametrize(("needed", "total"), [(n, t) for t in range(2, 7) for n in range(2, t + 1)])
def test_every_choice_of_enough_shares_gives_the_secret_and_of_fewer_is_refused(needed, total) -> None:
    shares = rules.split(b"node key", name="n", needed=needed, total=total)
    for size in range(1, total + 1):
        for chosen in combinations(shares, size):
            if size >= needed:
                assert rules.combine(chosen) == b"node key"
            else:
                with pytest.raises(rules.ShareFault, match="few"):
                    rules.combine(chosen)


def test_one_share_says_nothing() -> None:
    """Of 2 needed: for every value of one share every secret byte is possible, each by exactly one polynomial."""
    for number in (1, 2, 3):
        for secret in (0, 1, 255):
            values = {sharing._value_at(bytes([secret, slope]), number) for slope in range(256)}
            assert len(values) == 256


def test_the_field_is_a_field() -> None:
    for a in range(1, 256):
        assert sharing._times(a, sharing._inverse(a)) == 1
        assert len({sharing._times(a, b) for b in range(256)}) == 256
    assert sharing._times(0x57, 0x83) == 0xC1  # FIPS 197 section 4.2


@given(st.binary(min_size=1, max_size=64))
def test_a_share_is_read_as_it_was_written_whatever_the_case_and_the_gaps(secret) -> None:
    one, _, three = (str(share) for share in rules.split(secret, name="ab12cd34"))
    typed = " ".join(one.lower()[i : i + 4] for i in range(0, len(one), 4))
    assert rules.combine([rules.Share.read(typed), rules.Share.read(three)]) == secret


def test_a_slip_in_a_share_is_caught() -> None:
    text = str(rules.split(bytes(32), name="ab12cd34")[0])
    for place, letter in enumerate(text):
        other = text[:place] + ("A" if letter != "A" else "B") + text[place + 1 :]
        with pytest.raises(rules.ShareFault):
            rules.Share.read(other)
    for nonsense in ("", "ZT1", text[:-1], text + "A", "-----"):
        with pytest.raises(rules.ShareFault):
            rules.Share.read(nonsense)


def test_shares_of_different_secrets_do_not_mix() -> None:
    one, other = rules.split(b"one", name="aa")[0], rules.split(b"two", name="bb")[1]
    with pytest.raises(rules.ShareFault, match="mixed"):
        rules.combine([one, other])
    with pytest.raises(rules.ShareFault, match="few"):
        rules.combine([one, one])
    with pytest.raises(rules.ShareFault, match="mixed"):
        rules.combine([one, rules.split(b"six", name="aa")[0]])


def _private_der(secret: bytes, algorithm: str) -> bytes:
    if algorithm == rules.SM2:
        return sm2._PKCS8 + secret + sm2._PKCS8_PUBLIC + rules.public_of(secret, algorithm)
    return bytes.fromhex("302e020100300506032b657004220420") + secret


def _openssl(folder):
    return partial(subprocess.run, shell=True, cwd=folder, check=True, capture_output=True)
