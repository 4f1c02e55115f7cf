"""Files over HTTP at a running server: in by PUT, out by GET, broken off, resumed, refused, cut."""

import hashlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import sqlalchemy as sa

from db.tables import Artifact, PersonPermission
from hub import artifacts, sessions
from hub.access import Caller
from hub.home import Hub, open_hub
from secure.container import CHUNK
from tests.app.wire import Visitor
from tests.conftest import settings_for
from tests.running import RunningHub

MODEL = {"media_type": "text", "arch_name": "rnn", "train_name": "rl"}
MIB = 1 << 20


class Person:
    """Somebody signed in at the running hub, and the caller that the server makes of them."""

    def __init__(self, served: RunningHub, hub: Hub, name: str) -> None:
        self.visitor, self.hub = Visitor(served.url), hub
        self.visitor.sign_in(name)
        self.http = self.visitor.http
        token = next(one.value for one in self.http.cookies.jar if one.name == f"hub_{hub.hub_id}")
        self.caller: Caller = sessions.open_session(hub, sessions.session_name(token or ""), token or "")

    def begin(self, size: int, name: str = "w.bin") -> str:
        answer = self.http.post("/api/uploads", json={"name": name, "size": size})
        assert answer.status_code == 201, answer.text
        assert answer.json() == {"id": answer.json()["id"], "offset": 0, "chunk": CHUNK}
        return str(answer.json()["id"])

    def put(self, ref: str, plain: bytes, start: int, total: int) -> httpx.Response:
        announced = f"bytes {start}-{start + len(plain) - 1}/{total}" if plain else f"bytes */{total}"
        return self.http.put(f"/api/uploads/{ref}", content=plain, headers={"Content-Range": announced})

    def offset(self, ref: str) -> int:
        return int(self.http.get(f"/api/uploads/{ref}").json()["offset"])

    def publish(self, plain: bytes, name: str, *, visibility: str = "private", file_name: str = "w.bin") -> str:
        ref = self.begin(len(plain), file_name)
        answer = self.http.put(f"/api/uploads/{ref}", content=plain).json()
        assert (answer["complete"], answer["sha256"]) == (True, hashlib.sha256(plain).hexdigest())
        record = {**MODEL, "model_name": name, "visibility": visibility}
        return artifacts.publish_new(self.caller, ref, "model", record).link


@pytest.fixture(scope="module")
def hub(running_hub: RunningHub) -> Iterator[Hub]:
    opened = open_hub(settings_for(running_hub.home))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def alice(running_hub: RunningHub, hub: Hub) -> Person:
    return Person(running_hub, hub, "alice")


@pytest.fixture(scope="module")
def carlos(running_hub: RunningHub, hub: Hub) -> Person:
    return Person(running_hub, hub, "carlos")


@pytest.fixture(scope="module")
def large(alice: Person) -> tuple[str, bytes]:
    """A private file of alice's and what is in it: too large for what lies between server and client."""
    plain = os.urandom(64 * MIB)
    return alice.publish(plain, "large", file_name='Ärger "1".csv'), plain


def resident(served: RunningHub) -> int:
    """Bytes of memory that the server has."""
    pages = Path(f"/proc/{served.process.pid}/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


# --- there and back -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1])
def test_a_file_goes_in_and_comes_back(alice: Person, size: int) -> None:
    plain = os.urandom(size)
    answer = alice.http.get(alice.publish(plain, f"of {size}"))
    assert (answer.status_code, answer.content) == (200, plain)


@pytest.mark.soak
def test_any_size_takes_the_same_memory(
    running_hub: RunningHub,
    alice: Person,
    large: tuple[str, bytes],
    soak_factor: int,
    record_property: Callable[[str, object], None],
) -> None:
    """64 MiB by PUT and back; 10 GiB under ``make soak``."""
    portion = large[1]  # that one has let the server load what it needs
    times, sent = (1 if soak_factor == 1 else 160), hashlib.sha256()

    def portions() -> Iterator[bytes]:
        for number in range(times):
            part = number.to_bytes(8, "big") + portion[8:]
            sent.update(part)
            yield part

    before, most, done = resident(running_hub), 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.02):
            most = max(most, resident(running_hub))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        ref, got = alice.begin(times * len(portion)), hashlib.sha256()
        headers = {"Content-Length": str(times * len(portion))}
        alice.http.put(f"/api/uploads/{ref}", content=portions(), headers=headers, timeout=600).raise_for_status()
        record = {**MODEL, "model_name": "larger", "visibility": "private"}
        link = artifacts.publish_new(alice.caller, ref, "model", record).link
        with alice.http.stream("GET", link) as answer:
            for piece in answer.iter_bytes():
                got.update(piece)
    finally:
        done.set()
        watching.join()
    record_property("GiB", times * len(portion) / (1 << 30))
    record_property("MiB grown", (most - before) // MIB)
    assert got.digest() == sent.digest()
    assert 0 < most - before < 64 * MIB


# --- broken off and resumed -----------------------------------------------------------------------


def test_a_file_goes_in_by_parts(alice: Person) -> None:
    plain = os.urandom(3 * CHUNK + 5)
    ref = alice.begin(len(plain))
    for start in range(0, len(plain), CHUNK // 2 + 7):
        answer = alice.put(ref, plain[start : start + CHUNK // 2 + 7], start, len(plain))
        assert answer.json()["offset"] == min(len(plain), start + CHUNK // 2 + 7)
    assert answer.json()["sha256"] == hashlib.sha256(plain).hexdigest()
    assert answer.json() == alice.http.get(f"/api/uploads/{ref}").json()
    assert alice.put(ref, b"x", len(plain), len(plain) + 1).status_code == 409


def test_a_broken_connection_is_taken_up(alice: Person) -> None:
    plain = os.urandom(3 * CHUNK)
    ref, where = alice.begin(len(plain)), urlsplit(alice.visitor.url)
    head = (
        f"PUT /api/uploads/{ref} HTTP/1.1\r\nHost: {where.netloc}\r\nCookie: {alice.visitor.cookie}\r\n"
        f"Content-Length: {len(plain)}\r\n\r\n"
    )
    with socket.create_connection((where.hostname or "", where.port or 0)) as connection:
        connection.sendall(head.encode() + plain[: 2 * CHUNK + 1000])
        for _ in range(200):
            if (offset := alice.offset(ref)) >= CHUNK:
                break
            time.sleep(0.02)
    assert CHUNK <= offset <= 2 * CHUNK + 1000
    # The first connection may be open still for all the server knows: whoever comes later goes on.
    for _ in range(20):
        answer = alice.put(ref, plain[offset:], offset, len(plain))
        if answer.status_code == 200:
            break
        assert answer.status_code == 409
        offset = alice.offset(ref)
    assert answer.json()["sha256"] == hashlib.sha256(plain).hexdigest()


def test_another_session_resumes_from_the_storage(running_hub: RunningHub, alice: Person, hub: Hub) -> None:
    plain = os.urandom(2 * CHUNK + 10)
    ref = alice.begin(len(plain))
    assert alice.put(ref, plain[: CHUNK + 500], 0, len(plain)).json()["offset"] == CHUNK + 500
    elsewhere = Person(running_hub, hub, "alice")
    assert elsewhere.offset(ref) == CHUNK
    answer = elsewhere.put(ref, plain[CHUNK:], CHUNK, len(plain))
    assert answer.json()["sha256"] == hashlib.sha256(plain).hexdigest()


def test_what_does_not_fit_is_said(alice: Person) -> None:
    ref = alice.begin(100)
    wrong = alice.put(ref, b"x" * 10, 5, 100)
    assert (wrong.status_code, wrong.json()["offset"]) == (409, 0)
    for said in ("bytes 0-4/100", "bytes 0-99/100", "bytes 9-0/100", "bytes 0-9/5", "chunks 1-2/3"):
        answer = alice.http.put(f"/api/uploads/{ref}", content=b"x" * 10, headers={"Content-Range": said})
        assert answer.status_code == 400, said
        assert answer.json()["error"]["hint"]
        offset = alice.offset(ref)
        assert offset in (0, 10), said
        if offset:  # all ten of the hundred came: cancelled, to begin again
            alice.http.delete(f"/api/uploads/{ref}")
            ref = alice.begin(100)
    for body in (
        {},
        {"name": "w"},
        {"name": 1, "size": 1},
        {"name": "w", "size": -1},
        {"name": "w", "size": 1 << 50},
        7,
    ):
        assert alice.http.post("/api/uploads", json=body).status_code == 400, body
    for raw in (b"", b"{", b"\xff", b"[" * 9000, b'{"name": "w", "size": true}', b'{"name": ["w"], "size": {"a": 1}}',
                b'{"name": "w", "size": ' + b"[" * 9000):  # fmt: skip
        answer = alice.http.post("/api/uploads", content=raw)
        assert answer.status_code == 400, raw[:40]
        assert "send {" in answer.json()["error"]["hint"]


def test_an_upload_is_cancelled(running_hub: RunningHub, alice: Person) -> None:
    ref = alice.begin(3 * CHUNK)
    alice.put(ref, bytes(2 * CHUNK), 0, 3 * CHUNK)
    assert list((running_hub.home / "artifacts").rglob(f"{ref}*"))
    assert alice.http.delete(f"/api/uploads/{ref}").status_code == 204
    assert not list((running_hub.home / "artifacts").rglob(f"{ref}*"))
    assert alice.http.get(f"/api/uploads/{ref}").status_code == 404
    assert alice.put(ref, b"x", 0, 1).status_code == 404


def test_nobody_gets_at_the_upload_of_another(alice: Person, carlos: Person) -> None:
    ref = alice.begin(10)
    assert carlos.http.get(f"/api/uploads/{ref}").status_code == 404
    assert carlos.put(ref, b"x" * 10, 0, 10).status_code == 404
    assert carlos.http.delete(f"/api/uploads/{ref}").status_code == 404
    assert alice.put(ref, b"x" * 10, 0, 10).json()["complete"]


# --- parts, conditions, names ---------------------------------------------------------------------


def test_what_a_download_says_of_itself(alice: Person, large: tuple[str, bytes]) -> None:
    link, plain = large
    answer = alice.http.head(link)
    sha256 = hashlib.sha256(plain).hexdigest()
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(plain))
    assert answer.headers["content-type"] == "text/csv"
    assert answer.headers["etag"] == f'"{sha256}"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-content-type-options"] == "nosniff"
    said = answer.headers["content-disposition"]
    assert said == "attachment; filename=\"_rger 1.csv\"; filename*=UTF-8''%C3%84rger%201.csv"


@pytest.mark.parametrize(
    ("said", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        (f"bytes={CHUNK - 1}-{CHUNK}", CHUNK - 1, CHUNK + 1),
        (f"bytes={CHUNK}-{3 * CHUNK - 1}", CHUNK, 3 * CHUNK),
        ("bytes=-5", 64 * MIB - 5, 64 * MIB),
        (f"bytes={64 * MIB - 3}-", 64 * MIB - 3, 64 * MIB),
        (f"bytes={64 * MIB - 3}-{1 << 40}", 64 * MIB - 3, 64 * MIB),
    ],
)
def test_a_range_is_sent_alone(alice: Person, large: tuple[str, bytes], said: str, start: int, stop: int) -> None:
    link, plain = large
    answer = alice.http.get(link, headers={"Range": said})
    assert (answer.status_code, answer.content) == (206, plain[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(plain)}"


def test_ranges_and_conditions(alice: Person) -> None:
    plain = b"0123456789"
    link = alice.publish(plain, "ranged")
    etag = f'"{hashlib.sha256(plain).hexdigest()}"'

    def get(**headers: str) -> tuple[int, bytes]:
        answer = alice.http.get(link, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return answer.status_code, answer.content

    assert get(Range="bytes=10-") == (416, b"")
    assert get(Range="bytes=-0") == (416, b"")
    for ignored in ("bytes=5-2", "bytes=0-1,3-4", "lines=1-2", "bytes=", "bytes=a-b"):
        assert get(Range=ignored) == (200, plain), ignored
    assert get(Range="bytes=2-3", If_Range=etag) == (206, b"23")
    assert get(Range="bytes=2-3", If_Range='"another"') == (200, plain)
    assert get(If_None_Match=etag) == (304, b"")
    assert get(If_None_Match=f'"x", W/{etag}') == (304, b"")
    assert get(If_None_Match='"x"') == (200, plain)
    assert alice.http.get(link.rpartition("/")[0] + "/latest").content == plain
    for wrong in ("/9", "/0", "/-1", "/x", "/1/2"):
        assert alice.http.get(link.rpartition("/")[0] + wrong).status_code == 404, wrong


# --- who may ----------------------------------------------------------------------------------------


def test_only_who_may_opens_a_file(running_hub: RunningHub, alice: Person, carlos: Person, hub: Hub) -> None:
    private, public = alice.publish(b"mine", "hers"), alice.publish(b"all", "everyones", visibility="public")
    assert httpx.get(running_hub.url + public).status_code == 401
    assert carlos.http.get(public).content == b"all"
    assert carlos.http.get(private).status_code == 404
    admin = Person(running_hub, hub, "admin")
    assert admin.http.get(private).status_code == 403
    assert admin.http.get(private, headers={"If-None-Match": "*"}).status_code == 403


def test_keys_stay_open_when_the_password_changes(running_hub: RunningHub, hub: Hub) -> None:
    person = Person(running_hub, hub, "bob.tanaka")
    link = person.publish(b"before", "kept open")
    form = {"current": "admin", "password": "a quiet blue lantern", "again": "a quiet blue lantern"}
    assert person.http.post("/password", data=form).status_code == 303
    assert person.http.get(link).content == b"before"


# --- cut -------------------------------------------------------------------------------------------


def read_until_cut(person: Person, link: str, then: Callable[[], None]) -> int:
    """How much of a download comes after something happened once its first MiB was there; it must not be whole."""
    with person.http.stream("GET", link) as answer:
        pieces = answer.iter_raw(64 * 1024)
        got = 0
        while got < MIB:
            got += len(next(pieces))
        then()
        got = 0
        try:
            for piece in pieces:
                got += len(piece)
        except httpx.RemoteProtocolError:
            return got
    raise AssertionError("it was sent to its end")


def test_what_is_taken_away_stops_a_running_download(alice: Person, hub: Hub, large: tuple[str, bytes]) -> None:
    link, plain = large
    user_id, first = alice.caller.user_id, {"Range": "bytes=0-0"}

    def forbid() -> None:
        with hub.database.write() as db:
            db.add(PersonPermission(user_id=user_id, permission="artifact.download", allowed=False))

    assert read_until_cut(alice, link, forbid) < len(plain) // 2
    assert alice.http.get(link, headers=first).status_code == 403
    with hub.database.write() as db:
        db.execute(sa.delete(PersonPermission))
    assert alice.http.get(link, headers=first).status_code == 206


def test_signing_out_stops_a_running_download(running_hub: RunningHub, hub: Hub, large: tuple[str, bytes]) -> None:
    link, plain = large
    there, elsewhere = Person(running_hub, hub, "alice"), Visitor(running_hub.url)
    elsewhere.http.cookies = there.http.cookies
    with elsewhere:
        got = read_until_cut(there, link, lambda: elsewhere.http.post("/logout").raise_for_status())
    assert got < len(plain) // 2


def test_damage_is_one_error_and_cuts(running_hub: RunningHub, alice: Person, hub: Hub) -> None:
    plain = os.urandom(8 * MIB)
    link = alice.publish(plain, "damaged")
    with hub.database.read() as db:
        blob = db.scalar(sa.select(Artifact.blob_id).where(Artifact.model_id == int(link.split("/")[3])))
    path = running_hub.home / "artifacts" / str(blob)[:2] / str(blob)
    whole = path.read_bytes()
    for at, released in ((5 * CHUNK, 5 * CHUNK), (len(whole) - 1, 0), (10, 0)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        got = b""
        try:
            with alice.http.stream("GET", link) as answer:
                if answer.status_code == 500:
                    answer.read()
                    assert answer.json()["error"]["code"] == "damaged"
                    continue
                for piece in answer.iter_raw():
                    got += piece
        except httpx.RemoteProtocolError:
            assert got == plain[: len(got)]
            assert len(got) <= released
        else:
            raise AssertionError("it was sent to its end")
    path.write_bytes(whole)
    assert alice.http.get(link).content == plain


def test_a_download_that_is_left_stops(
    running_hub: RunningHub, alice: Person, hub: Hub, large: tuple[str, bytes]
) -> None:
    link, _ = large
    with hub.database.read() as db:
        blob = db.scalar(sa.select(Artifact.blob_id).where(Artifact.model_id == int(link.split("/")[3])))
    for _ in range(3):
        with alice.http.stream("GET", link) as answer:
            next(answer.iter_raw())
    folder = Path(f"/proc/{running_hub.process.pid}/fd")

    def left_open() -> bool:
        links = (str(one.readlink()) for one in folder.iterdir() if one.is_symlink())
        return any(str(blob) in each for each in links)

    for _ in range(100):
        try:
            if not left_open():
                return
        except FileNotFoundError:
            pass
        time.sleep(0.05)
    raise AssertionError("a file stayed open")
