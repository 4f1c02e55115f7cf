"""Derived keys, wrapping and signatures, against published vectors where those are at hand."""

import pytest

from secure.keys import (
    EncryptionKey,
    SigningKey,
    derive,
    hkdf,
    new_master_key,
    seal_to,
    unwrap,
    verify_signature,
    wrap,
)
from secure.passwords import Passwords
from tests.secure.wycheproof import cases


def test_hkdf_agrees_with_wycheproof() -> None:
    checked = 0
    for _, case in cases("hkdf_sha512.json"):
        ikm, salt, info = (bytes.fromhex(case[part]) for part in ("ikm", "salt", "info"))
        if case["result"] == "valid":
            assert hkdf(ikm, salt, info, case["size"]).hex() == case["okm"], case["tcId"]
        else:
            with pytest.raises(ValueError, match="large"):
                hkdf(ikm, salt, info, case["size"])
        checked += 1
    assert checked > 50


def test_pss_signatures_agree_with_wycheproof() -> None:
    checked = 0
    for group, case in cases("rsa_pss_3072_sha256_mgf1_32.json"):
        message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
        right = verify_signature(group["publicKeyPem"], message, signature)
        if case["result"] != "acceptable":
            assert right == (case["result"] == "valid"), (case["tcId"], case["comment"])
        checked += 1
    assert checked > 50


def test_hkdf_of_rfc_5869s_inputs() -> None:
    """The inputs of RFC 5869's first test case; the output with SHA-512 was made with OpenSSL 3 (`openssl kdf`)."""
    made = hkdf(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)), 42)
    assert made.hex() == (
        "832390086cda71fb47625bb5ceb168e4c8e26a1a16ed34d9fc7fe92c1481579338da362cb8d9f925d7cb"
    )  # fmt: skip


def test_every_purpose_has_a_key_of_its_own() -> None:
    master = new_master_key()
    made = {derive(master, purpose) for purpose in ("a", "b", "ab", "", "a/b")}
    assert len(made) == 5
    assert {len(key) for key in made} == {32}
    assert derive(master, "a", 64)[:32] == derive(master, "a")
    assert derive(new_master_key(), "a") not in made


def test_what_was_wrapped_opens_under_its_key_and_label_alone() -> None:
    key, other = new_master_key(), new_master_key()
    wrapped = wrap(key, b"secret", "label")
    assert unwrap(key, wrapped, "label") == b"secret"
    assert wrap(key, b"secret", "label") != wrapped
    for attempt in ((other, wrapped, "label"), (key, wrapped, "other"), (key, b"", "label"), (key, bytes(8), "label")):
        with pytest.raises(ValueError, match="does not open"):
            unwrap(*attempt)


def test_every_byte_of_a_wrapped_key_counts() -> None:
    key = new_master_key()
    wrapped = wrap(key, b"secret", "label")
    for place in range(len(wrapped)):
        flipped = bytes(byte ^ (1 if number == place else 0) for number, byte in enumerate(wrapped))
        with pytest.raises(ValueError, match="does not open"):
            unwrap(key, flipped, "label")
        with pytest.raises(ValueError, match="does not open"):
            unwrap(key, wrapped[:place], "label")


def test_signatures_hold_for_their_message_and_key_alone() -> None:
    key, other = SigningKey.generate(), SigningKey.generate()
    signature = key.sign(b"message")
    assert len(signature) == 384
    assert verify_signature(key.public_pem(), b"message", signature)
    assert verify_signature(SigningKey.load(key.private_der()).public_pem(), b"message", signature)
    assert not verify_signature(other.public_pem(), b"message", signature)
    assert not verify_signature(key.public_pem(), b"messagf", signature)
    assert not verify_signature(key.public_pem(), b"message", signature[:-1])
    assert not verify_signature(key.public_pem(), b"message", b"")


def test_oaep_agrees_with_wycheproof() -> None:
    keys: dict[str, EncryptionKey] = {}
    checked = 0
    for group, case in cases("rsa_oaep_3072_sha256_mgf1sha256.json"):
        pem = group["privateKeyPem"]
        key = keys.setdefault(pem, EncryptionKey.load_pem(pem)) if pem not in keys else keys[pem]
        sealed, label = bytes.fromhex(case["ct"]), bytes.fromhex(case["label"])
        if case["result"] == "valid":
            assert key.open(sealed, label).hex() == case["msg"], case["tcId"]
        else:
            with pytest.raises(ValueError, match="does not open"):
                key.open(sealed, label)
        checked += 1
    assert checked > 20


def test_what_was_sealed_to_a_person_opens_for_them_and_this_label_alone() -> None:
    key, other = EncryptionKey.generate(2048), EncryptionKey.generate(2048)
    sealed = seal_to(key.public_pem(), b"data key", b"label")
    assert key.open(sealed, b"label") == b"data key"
    assert EncryptionKey.load_pem(key.private_pem()).open(sealed, b"label") == b"data key"
    assert EncryptionKey.load(key.private_der()).open(sealed, b"label") == b"data key"
    for holder, what, label in ((other, sealed, b"label"), (key, sealed, b"labem"),
                                (key, sealed[:-1], b"label"), (key, b"", b"label"),
                                (key, bytes([sealed[0] ^ 1]) + sealed[1:], b"label")):  # fmt: skip
        with pytest.raises(ValueError, match="does not open"):
            holder.open(what, label)


@pytest.mark.parametrize("text", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_holds_no_private_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        EncryptionKey.load_pem(text)


def test_a_passwords_key_hangs_on_password_salt_and_pepper() -> None:
    here, there = Passwords(b"pepper", cheap=True), Passwords(b"other pepper", cheap=True)
    salt, other = bytes(16), bytes(15) + b"\1"
    made = here.key("secret", salt)
    assert len(made) == 32
    assert made == here.key("secret", salt)
    assert len({made, here.key("secreu", salt), here.key("secret", other), there.key("secret", salt)}) == 4
    with pytest.raises(ValueError, match="at most"):
        here.key("x" * 1025, salt)
