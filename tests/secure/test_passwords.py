"""Password hashing: peppered, bounded, and as slow for a name that does not exist as for a wrong password."""

import statistics
import threading
import time

import pytest
from argon2 import extract_parameters

from secure import passwords
from secure.passwords import MAX_LENGTH, Passwords, TooBusy, is_hash, one_time_secret


def test_a_hash_fits_its_password_and_pepper_alone() -> None:
    here, elsewhere = Passwords(bytes(32), cheap=True), Passwords(b"\x01" * 32, cheap=True)
    for password in ("secret", "", "пароль", "a\x00b", "x" * MAX_LENGTH):
        hashed = here.hash(password)
        assert is_hash(hashed)
        assert here.hash(password) != hashed
        assert here.verify(hashed, password)
        assert not here.verify(hashed, password + "x")
        assert not elsewhere.verify(hashed, password)
    assert not here.verify(here.hash("a\x00b"), "a")


def test_odd_hashes_and_passwords_open_nothing() -> None:
    here = Passwords(bytes(32), cheap=True)
    for stored in (
        None,
        "",
        "secret",
        "$argon2id$",
        "$argon2id$v=19$m=8,t=1,p=1$AAAA",
        "$2b$12$abcdefghijklmnopqrstuv",
    ):
        assert not here.verify(stored, "secret")
    assert not here.verify(here.hash("secret"), "x" * (MAX_LENGTH + 1))
    with pytest.raises(ValueError, match="at most"):
        here.hash("x" * (MAX_LENGTH + 1))


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", True),
        ("$argon2i$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA", True),
        ("$argon2d$v=19$", True),
        ("argon2id", False),
        ("$argon2x$", False),
        ("$2b$12$abc", False),
        (" $argon2id$", False),
    ],
)
def test_argon2_strings_are_told_from_passwords(text: str, known: bool) -> None:
    assert is_hash(text) == known


def test_the_cost_is_argon2_cffis_default_profile() -> None:
    made = extract_parameters(Passwords(bytes(32)).hash("secret"))
    assert (made.time_cost, made.memory_cost, made.parallelism, made.hash_len) == (3, 65536, 4, 32)
    cheap = Passwords(bytes(32), cheap=True)
    assert Passwords(bytes(32)).is_outdated(cheap.hash("secret"))
    assert not cheap.is_outdated(cheap.hash("secret"))


def test_an_unknown_name_takes_as_long_as_a_wrong_password() -> None:
    here = Passwords(bytes(32))
    hashed = here.hash("secret")
    took: dict[str, list[float]] = {"wrong": [], "unknown": []}
    for _ in range(5):  # side by side, so that whatever else the machine does hits both
        for name, stored in (("wrong", hashed), ("unknown", None)):
            began = time.perf_counter()
            assert not here.verify(stored, "not it")
            took[name].append(time.perf_counter() - began)
    ratio = statistics.median(took["unknown"]) / statistics.median(took["wrong"])
    assert 0.5 < ratio < 2, took


def test_a_crowd_queues_and_a_greater_one_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords.os, "cpu_count", lambda: 2)
    here = Passwords(bytes(32), cheap=True, queue=3)
    entered, leave = threading.Semaphore(0), threading.Event()
    running = 0
    most = 0
    lock = threading.Lock()

    def slow(_password: bytes) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        entered.release()
        leave.wait(20)
        with lock:
            running -= 1
        return "hash"

    monkeypatch.setattr(here, "_hasher", type("Slow", (), {"hash": staticmethod(slow)})())
    came: list[str] = []
    turned_away: list[TooBusy] = []

    def come() -> None:
        try:
            came.append(here.hash("secret"))
        except TooBusy as error:
            turned_away.append(error)

    threads = [threading.Thread(target=come) for _ in range(9)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        assert entered.acquire(timeout=10)
    deadline = time.monotonic() + 10
    while len(turned_away) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    leave.set()
    for thread in threads:
        thread.join()
    assert (len(came), len(turned_away), most) == (5, 4, 2)
    leave.set()
    assert here.hash("secret") == "hash", "who was turned away left no place taken"


def test_one_time_secrets() -> None:
    made = {one_time_secret() for _ in range(200)}
    assert len(made) == 200
    for secret in made:
        assert len(secret.replace("-", "")) == 25
        assert not set(secret) & set("il1o0")
