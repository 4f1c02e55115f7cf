"""The server as strangers, former members and other sites meet it: real processes on loopback."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.server import check_exposure
from db.tables import Account
from hub import people
from hub.errors import Invalid
from hub.home import Hub, open_hub
from tests.app.wire import Visitor
from tests.conftest import caller_for, settings_for
from tests.mariadb import free_port
from tests.proving import BrowserKey
from tests.running import PROGRAM, RunningHub

HTML = {"Accept": "text/html"}


@pytest.fixture
def somebody(running_hub: RunningHub) -> Visitor:
    """A plain person, signed in."""
    visitor = Visitor(running_hub.url)
    people_of = _people(running_hub)
    answer = visitor.sign_in(people_of[1])
    assert answer.status_code == 303, answer.text
    return visitor


def _people(running: RunningHub) -> list[str]:
    from hub.sessions import demo_accounts

    hub = open_hub(settings_for(running.home))
    names = demo_accounts(hub)
    hub.database.close()
    return names


def as_admin(running: RunningHub, change: str, name: str) -> None:
    """Another process changes somebody's account, as the command line would."""
    hub = open_hub(settings_for(running.home))
    admin = caller_for(hub, "admin")
    if change == "deactivate":
        people.edit_person(admin, name, is_active=False)
    elif change == "reset":
        people.reset_password(admin, name)
    else:
        people.edit_person(admin, name, is_admin=True)
    hub.database.close()


# --- strangers ------------------------------------------------------------------------------------


def test_health_is_public_and_says_nothing(running_hub: RunningHub) -> None:
    assert httpx.get(f"{running_hub.url}/healthz").json() == {"status": "alive"}
    assert httpx.get(f"{running_hub.url}/readyz").json() == {"status": "ready"}


def test_nothing_that_reports_to_others_is_loaded(running_hub: RunningHub) -> None:
    loaded = Path(f"/proc/{running_hub.process.pid}/maps")
    if not loaded.exists():
        pytest.skip("this system does not list what a process has loaded")
    assert "cryptography" in loaded.read_text()
    assert "/pandas/" not in loaded.read_text()  # comes with the telemetry SDK


def test_a_stranger_gets_the_sign_in_page_and_nothing_else(running_hub: RunningHub) -> None:
    with Visitor(running_hub.url) as stranger:
        for path in ("/", "/thread/0b8f3c1e-1111-4111-8111-111111111111"):
            answer = stranger.http.get(path, headers=HTML)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/login")
        for path in ("/user", "/project/settings", "/auth/config", "/chat-elements/x", "/project/file/x?session_id=y"):
            assert stranger.http.get(path).status_code == 401, path
        for path in (
            "/docs",
            "/openapi.json",
            "/redoc",
            "/health",
            "/copilot/index.js",
            "/project/share/x",
            "/nothing",
        ):
            assert stranger.http.get(path).status_code == 404, path
        assert stranger.poll().status_code == 401
        with pytest.raises(InvalidStatus) as refused:
            stranger.websocket()
        assert refused.value.response.status_code == 403


def test_blocked_paths_stay_blocked_for_people(somebody: Visitor) -> None:
    for method, path in (
        ("POST", "/auth/jwt"),
        ("POST", "/auth/header"),
        ("POST", "/mcp"),
        ("PUT", "/project/thread/share"),
        ("GET", "/auth/oauth/github"),
        ("GET", "/project/share/x"),
    ):
        assert somebody.http.request(method, path).status_code == 404, path


def test_headers_keep_pages_to_themselves(somebody: Visitor) -> None:
    for path, kept in (("/", "no-store"), ("/user", "no-store"), ("/login", "no-store"), ("/public/hub.js", "max-age")):
        answer = somebody.http.get(path)
        assert kept in answer.headers["cache-control"], path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers
        assert "server" not in answer.headers
    assert "http" not in somebody.http.get("/").headers["content-security-policy"]
    for path in ("/login", "/password", "/nothing"):
        answer = somebody.http.get(path, headers=HTML)
        assert "style-src 'self'" in answer.headers["content-security-policy"] or answer.status_code == 303
        assert "unsafe" not in answer.headers["content-security-policy"]


def test_other_sites_are_refused(somebody: Visitor) -> None:
    evil = {"Origin": "https://evil.example"}
    assert "access-control-allow-origin" not in somebody.http.get("/user", headers=evil).headers
    for headers in (evil, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert somebody.http.post("/logout", headers=headers).status_code == 403, headers
        assert somebody.http.post("/login", data={"name": "x"}, headers=headers).status_code == 403, headers
    with pytest.raises(InvalidStatus) as refused:
        somebody.websocket(Origin="https://evil.example")
    assert refused.value.response.status_code == 403
    poll = f"{somebody.url}/ws/socket.io/?EIO=4&transport=polling&sid=x"
    assert httpx.post(poll, headers={"Cookie": somebody.cookie, **evil}, content="40").status_code == 403
    somebody.websocket(Origin=somebody.url).close()
    assert somebody.http.post("/logout", headers={"Origin": somebody.url}).status_code == 200


def test_a_name_that_only_resolves_here_is_refused(somebody: Visitor) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", ""):
        assert somebody.http.get("/login", headers={"Host": host}).status_code in (400, 403), host
    port = somebody.url.rsplit(":", 1)[1]
    assert somebody.http.get("/healthz", headers={"Host": f"localhost:{port}"}).status_code == 200


def test_forwarded_headers_are_not_believed(somebody: Visitor) -> None:
    answer = httpx.get(f"{somebody.url}/login", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "8.8.8.8"})
    assert "strict-transport-security" not in answer.headers


def test_bodies_are_bounded(somebody: Visitor) -> None:
    assert somebody.http.post("/login", content=b"x" * 100_000).status_code == 413
    chunks = (b"x" * 10_000 for _ in range(10))
    assert somebody.http.post("/login", content=chunks).status_code == 413


# --- the session's cookie ---------------------------------------------------------------------------


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(running_hub: RunningHub) -> None:
    with Visitor(running_hub.url) as visitor:
        cookie = visitor.sign_in("admin").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert 0 < int(cookie.split("max-age=")[1].split(";")[0]) <= 90 * 24 * 3600


def test_tokens_that_chainlit_would_take_are_not_taken_from_outside(running_hub: RunningHub) -> None:
    hub = open_hub(settings_for(running_hub.home))
    secret = hub.key_for("cookie-signing").hex()
    hub.database.close()
    forged = jwt.encode(
        {"identifier": "1", "display_name": "admin", "metadata": {}, "exp": time.time() + 600, "iat": time.time()},
        secret,
        algorithm="HS256",
    )
    with Visitor(running_hub.url) as visitor:
        cookies = f"access_token={forged}"
        bearer = {"Authorization": f"Bearer {forged}"}
        for headers in ({"Cookie": cookies}, bearer):
            assert visitor.http.get("/user", headers=headers).status_code == 401
        assert visitor.poll(cookies, **bearer).status_code == 401
        with pytest.raises(InvalidStatus):
            visitor.websocket(cookies, **bearer)
        # Beside a session of one's own, it does not make one somebody else.
        visitor.sign_in(_people(running_hub)[2])
        mixed = {"Cookie": f"{cookies}; {visitor.cookie}", **bearer, "X-Hub-Session": "0" * 64}
        assert visitor.http.get("/user", headers=mixed).json()["display_name"] == _people(running_hub)[2]


def test_no_token_of_chainlit_leaves_the_server(somebody: Visitor) -> None:
    answers = [somebody.http.get(path) for path in ("/", "/user", "/auth/config", "/project/settings")]
    for answer in answers:
        assert "access_token" not in str(answer.headers)
        assert "eyJ" not in answer.text


def test_a_session_stays_over_a_restart(start_hub: Callable[..., RunningHub]) -> None:
    running = start_hub()
    with Visitor(running.url) as visitor:
        visitor.sign_in("admin")
        cookie = visitor.cookie
        running.stop()
        again = start_hub(running.home)
        assert httpx.get(f"{again.url}/user", headers={"Cookie": cookie}).json()["display_name"] == "admin"


def test_over_tls_the_cookie_goes_nowhere_else(tmp_path: Path, demo_home: Path) -> None:
    home, port = tmp_path / "hub", free_port()
    shutil.copytree(demo_home, home)
    certificate, key = make_certificate(tmp_path)
    command = [PROGRAM, "serve", "--port", str(port), "--certfile", certificate, "--keyfile", key]
    env = {"PATH": os.environ["PATH"], "HUB_HOME": str(home), "HUB_TEST_CHEAP_HASH": "1"}
    trust = ssl.create_default_context(cafile=str(certificate))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=env, cwd=tmp_path, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"https://localhost:{port}", verify=trust, trust_env=False) as visitor:
            wait_until_alive(visitor)
            answer = visitor.post("/login", data={"name": "admin", "password": "admin"})
            assert answer.headers["set-cookie"].startswith("__Host-hub_")
            assert "; Secure" in answer.headers["set-cookie"]
            assert "max-age" in answer.headers["strict-transport-security"]
            assert visitor.get("/user").status_code == 401
            challenge = visitor.post("/session/challenge").json()
            proof = visitor.post("/session/proof", json=BrowserKey().answer(challenge))
            assert proof.headers["set-cookie"].startswith("__Host-hub_")
            assert "; Secure" in proof.headers["set-cookie"]
            assert visitor.get("/user").json()["display_name"] == "admin"
    finally:
        process.terminate()
        process.wait(20)


def test_a_trusted_proxy_says_who_comes_and_how(start_hub: Callable[..., RunningHub]) -> None:
    running = start_hub(TRUSTED_PROXY="127.0.0.1")

    def sign_in(address: str, password: str) -> httpx.Response:
        came = {"X-Forwarded-Proto": "https", "X-Forwarded-For": address, "Host": "hub.example"}
        form = {"name": "admin", "password": password}
        return httpx.post(f"{running.url}/login", data=form, headers={**came, "Origin": "https://hub.example"})

    assert [sign_in("203.0.113.5", "wrong").status_code for _ in range(6)] == [401] * 5 + [429]
    answer = sign_in("203.0.113.6", "admin")
    assert answer.status_code == 303
    assert answer.headers["set-cookie"].startswith("__Host-hub_")


def wait_until_alive(visitor: httpx.Client) -> None:
    for _ in range(300):
        try:
            if visitor.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the hub did not start")


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    certificate, private = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(pem))
    private.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return certificate, private


# --- the end of a session ---------------------------------------------------------------------------


def refused_everywhere(visitor: Visitor, cookie: str) -> bool:
    assert httpx.get(f"{visitor.url}/user", headers={"Cookie": cookie}).status_code == 401
    assert visitor.poll(cookie).status_code == 401
    with pytest.raises(InvalidStatus) as refused:
        visitor.websocket(cookie)
    return refused.value.response.status_code == 403


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(somebody: Visitor) -> None:
    stolen = somebody.cookie
    polling = somebody.poll()
    assert polling.status_code == 200
    engine_id = polling.text.split('"sid":"')[1].split('"')[0]
    chat = somebody.chat()
    assert somebody.http.post("/logout").json() == {"success": True}
    assert refused_everywhere(somebody, stolen)
    poll = f"{somebody.url}/ws/socket.io/?EIO=4&transport=polling&sid={engine_id}"
    assert httpx.get(poll, headers={"Cookie": stolen}).status_code == 401
    assert httpx.post(poll, headers={"Cookie": stolen}, content="3").status_code == 401
    assert chat.hear("window_message", 5) == "hub:signed-out"
    with pytest.raises(ConnectionClosed):
        chat.hear("anything", 5)


@pytest.mark.parametrize("change", ["deactivate", "reset", "promote"])
def test_a_change_elsewhere_closes_open_chats_at_once(running_hub: RunningHub, change: str) -> None:
    name = _people(running_hub)[["deactivate", "reset", "promote"].index(change) + 5]
    with Visitor(running_hub.url) as visitor:
        visitor.sign_in(name)
        cookie, chat = visitor.cookie, visitor.chat()
        as_admin(running_hub, change, name)
        began = time.monotonic()
        assert refused_everywhere(visitor, cookie)
        with pytest.raises(ConnectionClosed):
            chat.hear("anything", 10)
        assert time.monotonic() - began < 10
        page = httpx.get(f"{visitor.url}/login", headers={"Cookie": cookie})
        assert "You were signed out" in page.text


def test_a_message_after_the_end_is_not_taken(running_hub: RunningHub) -> None:
    """The message itself is checked, whether or not the watch has come by."""
    name = _people(running_hub)[9]
    with Visitor(running_hub.url) as visitor:
        visitor.sign_in(name)
        chat = visitor.chat()
        as_admin(running_hub, "deactivate", name)
        chat.say("how many wombats are there?")
        assert not any("wombats" in frame for frame in chat.rest(10))


# --- who gets whose -----------------------------------------------------------------------------------


def test_nobody_continues_or_uses_somebody_elses_chat(running_hub: RunningHub, somebody: Visitor) -> None:
    chat = somebody.chat()
    with Visitor(running_hub.url) as other:
        other.sign_in(_people(running_hub)[3])
        action = {
            "sessionId": chat.id,
            "action": {"id": "1", "name": "show_page", "payload": {}, "label": "", "forId": ""},
        }
        assert other.http.post("/project/action", json=action).status_code == 401
        assert other.http.get(f"/project/file/{uuid.uuid4()}?session_id={chat.id}").status_code == 404


# --- where it may be served ---------------------------------------------------------------------------


def test_a_demo_hub_is_served_on_loopback_only(demo_hub: Hub) -> None:
    check_exposure(demo_hub, "127.0.0.1", encrypted=False)
    with pytest.raises(Invalid, match="demo password"):
        check_exposure(demo_hub, "0.0.0.0", encrypted=True)


def test_passwords_do_not_cross_a_network_in_the_clear(hub: Hub) -> None:
    check_exposure(hub, "127.0.0.1", encrypted=False)
    check_exposure(hub, "0.0.0.0", encrypted=True)
    with pytest.raises(Invalid, match="in the clear"):
        check_exposure(hub, "0.0.0.0", encrypted=False)
    hub.settings.trusted_proxy = "10.0.0.1"
    check_exposure(hub, "0.0.0.0", encrypted=False)


def test_production_has_no_demo_passwords(hub: Hub) -> None:
    with hub.database.write() as db:
        user_id = people.add_person(db, "ada", hub.passwords.hash("admin"))
        db.add(Account(user_id=user_id, demo_password=True))
    hub.settings.hub_env = "production"
    with pytest.raises(Invalid, match="ada"):
        check_exposure(hub, "127.0.0.1", encrypted=False)
