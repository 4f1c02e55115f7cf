"""Sealing and opening beside ``openssl speed`` of the same ciphers, taken in turns: ``python -m bench.container``.

One thread does AES-CBC and HMAC one after the other, so its bound is 1 / (1/AES + 1/HMAC) of OpenSSL's own figures. Two
threads cannot be faster than the slower of the two per thread; the figure to hold is 0.8 of that one.
"""

from __future__ import annotations

import hashlib
import io
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from secure.container import CHUNK, Header, Opener, new_blob_id, new_data_key, seal

MIB = 256
ROUNDS = 5
KEY = new_data_key()


class _Nowhere:
    def write(self, data: memoryview, /) -> int:
        return len(data)


def _openssl(*what: str) -> float:
    """Bytes a second of one of OpenSSL's own loops over blocks of 1 MiB, in one thread."""
    command = ["openssl", "speed", "-elapsed", "-seconds", "1", "-bytes", str(CHUNK), "-mr", *what]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(next(line for line in out.splitlines() if line.startswith("+F")).split(":")[-1])


def _rate(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return MIB * CHUNK / (time.perf_counter() - start)


def _sealing(threads: int, *, hashed: bool = False) -> Callable[[], object]:
    portion = os.urandom(CHUNK)
    header = Header.make(new_blob_id(), "")
    return lambda: seal(
        (portion for _ in range(MIB)), _Nowhere(), KEY, header,
        digest=hashlib.sha256() if hashed else None, threads=threads,
    )  # fmt: skip


def _opening(threads: int) -> Callable[[], object]:
    sink = io.BytesIO()
    portion = os.urandom(CHUNK)
    seal((portion for _ in range(MIB)), sink, KEY, Header.make(new_blob_id(), ""))
    return lambda: sum(map(len, Opener(sink, KEY).read(threads=threads)))


def main() -> int:
    """Print the table; fails where a figure misses its bound."""
    measures: dict[str, Callable[[], float]] = {
        "AES-256-CBC (openssl)": lambda: _openssl("-evp", "aes-256-cbc"),
        "AES-256-CBC, decrypting (openssl)": lambda: _openssl("-decrypt", "-evp", "aes-256-cbc"),
        "HMAC-SHA-512 (openssl)": lambda: _openssl("-hmac", "sha512"),
    }
    acts = {
        "seal, 1 thread": _sealing(1),
        "seal, 2 threads": _sealing(2),
        "seal, 2 threads, with SHA-256 of the plaintext": _sealing(2, hashed=True),
        "open, 1 thread": _opening(1),
        "open, 2 threads": _opening(2),
    }
    measures |= {name: lambda act=act: _rate(act) for name, act in acts.items()}  # type: ignore[misc]
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(ROUNDS):
        for name, measure in measures.items():
            taken[name].append(measure())
    median = {name: statistics.median(values) for name, values in taken.items()}
    mac, bounds = median["HMAC-SHA-512 (openssl)"], {}
    for act, cipher in (("seal", "AES-256-CBC (openssl)"), ("open", "AES-256-CBC, decrypting (openssl)")):
        aes = median[cipher]
        bounds |= {f"{act}, 1 thread": (1 / (1 / aes + 1 / mac), 0.85), f"{act}, 2 threads": (min(aes, mac), 0.8)}
    print(f"| {MIB} MiB, median of {ROUNDS} rounds taken in turns | MB/s | of the bound | wanted |")
    print("| --- | ---: | ---: | ---: |")
    failed = False
    for name, value in median.items():
        share = wanted = ""
        if name in bounds:
            bound, least = bounds[name]
            share, wanted = f"{value / bound:.2f}", f"{least}"
            failed |= value / bound < least
        print(f"| {name} | {value / 1e6:.0f} | {share} | {wanted} |")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
