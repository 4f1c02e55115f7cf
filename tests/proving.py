"""What a browser does to prove that it holds its session's key, in Python: for tests that sign in without a browser."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from hub import proofs, sessions
from hub.access import Caller, nobody
from hub.home import Hub


class BrowserKey:
    """A key as a browser makes one; signatures and the public point in base64url, as ``public/proof.js`` sends them."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())

    @property
    def public(self) -> str:
        form = serialization.PublicFormat.UncompressedPoint
        return base64url(self._private.public_key().public_bytes(serialization.Encoding.X962, form))

    def sign(self, message: bytes) -> str:
        r, s = decode_dss_signature(self._private.sign(message, ec.ECDSA(hashes.SHA256())))
        return base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def answer(self, challenge: Mapping[str, Any]) -> dict[str, str]:
        """The body of a proof for a challenge as the hub sends it."""
        parts = [str(challenge[name]) for name in ("hub", "user", "session", "nonce", "expires")]
        message = "\n".join(["omh/v1/auth", *parts]).encode()
        return {"nonce": challenge["nonce"], "signature": self.sign(message), "key": self.public}


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def enter(hub: Hub, name: str, password: str, address: str = "10.0.0.1") -> Caller:
    """The caller of a person who signs in, in a session of their own that is bound and proved."""
    opened = sessions.sign_in(nobody(hub), name, password, address=address, browser="tests")
    caller = sessions.open_session(hub, opened.session_id, opened.token)
    prove(caller, BrowserKey())
    return caller


def prove(caller: Caller, key: BrowserKey) -> proofs.Pass:
    """Answer a fresh challenge of the caller's session with this key, which is bound to it if none is yet."""
    return proofs.answer_challenge(caller, **key.answer(proofs.issue_challenge(caller).as_json()))
