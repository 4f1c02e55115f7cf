"""ECDSA on P-256 against RFC 6979's figures, and what is no key or signature."""

from __future__ import annotations

import base64

import pytest

from secure.p256 import is_point, verify_p256
from tests.proving import BrowserKey

# RFC 6979, A.2.5: curve P-256, SHA-256
POINT = bytes.fromhex(
    "04"
    "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
    "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
)
SIGNED = {
    b"sample": "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    b"test": "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
    "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
}
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.mark.parametrize("message", SIGNED)
def test_the_figures_of_the_rfc(message: bytes) -> None:
    signature = bytes.fromhex(SIGNED[message])
    assert is_point(POINT)
    assert verify_p256(POINT, message, signature)
    assert not verify_p256(POINT, message + b"x", signature)
    for place in range(64):
        assert not verify_p256(POINT, message, bytes(b ^ (i == place) for i, b in enumerate(signature)))


@pytest.mark.parametrize(
    "signature",
    [
        *(
            b"",
            b"\0" * 64,
            b"\xff" * 64,
            bytes.fromhex(SIGNED[b"sample"])[:-1],
            bytes.fromhex(SIGNED[b"sample"]) + b"\0",
        ),
        *((1).to_bytes(32, "big") + ORDER.to_bytes(32, "big"), ORDER.to_bytes(32, "big") * 2),
    ],
)
def test_what_is_no_signature(signature: bytes) -> None:
    assert not verify_p256(POINT, b"sample", signature)


@pytest.mark.parametrize(
    "point",
    [
        b"",
        b"\0",
        b"\0" * 65,
        POINT[:-1],
        POINT + b"\0",
        b"\x02" + POINT[1:33],
        POINT[:-1] + b"\x98",
        b"\x04" + b"\xff" * 64,
    ],
)
def test_what_is_no_key(point: bytes) -> None:
    assert not is_point(point)
    assert not verify_p256(point, b"sample", bytes.fromhex(SIGNED[b"sample"]))


def test_a_key_made_here_signs_what_is_verified_here() -> None:
    key, other = BrowserKey(), BrowserKey()
    point, signature = (base64.urlsafe_b64decode(text + "==") for text in (key.public, key.sign(b"x")))
    assert verify_p256(point, b"x", signature)
    assert not verify_p256(base64.urlsafe_b64decode(other.public + "=="), b"x", signature)
