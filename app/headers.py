"""The headers that keep what is served to this site: what each answer may do in a browser, and how long it is kept."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode

from starlette.datastructures import MutableHeaders
from starlette.types import Message

from app.routes import Route

DATA_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
_CHAT_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval' {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
}


def chat_policy(page: str) -> str:
    """The Content-Security-Policy of the chat's page: its own inline scripts run, by their hashes, and no other.

    What has to stay loose, and why, is told in docs/decisions/013.
    """
    inline = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = (b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline)
    return _CHAT_POLICY.format(scripts=" ".join(f"'sha256-{each}'" for each in hashes))


def add_headers(message: Message, route: Route, path: str, secure: bool, policy: str) -> None:
    """Complete the start of an answer; ``policy`` is the one of the chat's page."""
    headers = MutableHeaders(scope=message)
    for name, value in _COMMON.items():
        headers[name] = value
    # Our own pages bring a stricter policy of their own.
    headers.setdefault("Content-Security-Policy", policy if route.kind == "chat" else DATA_POLICY)
    if route.kind == "asset" and message["status"] == 200:
        named_by_content = path.startswith("/assets/")
        headers["Cache-Control"] = "public, max-age=31536000, immutable" if named_by_content else "public, max-age=300"
    else:
        headers["Cache-Control"] = "no-store"
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
