"""The container: published vectors, sizes around a chunk, ranges, going on after a break, and every kind of damage."""

import hashlib
import io
import itertools
import os
import random
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure.container import (
    CHUNK,
    Header,
    IntegrityError,
    Opener,
    Sealed,
    Sealer,
    new_blob_id,
    new_data_key,
    read_header,
    seal,
)
from secure.records import decrypt, encrypt
from tests.secure.wycheproof import cases

SMALL = 64
KEY = new_data_key()


def sealed(
    plain: bytes, *, key: bytes = KEY, chunk: int = SMALL, threads: int = 1, header: Header | None = None
) -> tuple[bytes, Sealed]:
    """The container of a text, and what sealing it said."""
    sink = io.BytesIO()
    made = seal([plain], sink, key, header or Header.make(new_blob_id(), "ab", chunk), threads=threads)
    return sink.getvalue(), made


def opened(raw: bytes, key: bytes = KEY, threads: int = 1) -> bytes:
    return b"".join(Opener(io.BytesIO(raw), key).read(threads=threads))


def released(raw: bytes, key: bytes = KEY) -> tuple[bytes, bool]:
    """What comes out before the first refusal, and whether there was one."""
    out = b""
    try:
        for piece in Opener(io.BytesIO(raw), key).read(threads=1):
            out += piece
    except IntegrityError:
        return out, True
    return out, False


# --- the cipher -----------------------------------------------------------------------------------


def test_a256cbc_hs512_of_rfc_7518_b3() -> None:
    key = bytes(range(64))
    plain = (
        b"A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy "
        b"without inconvenience"
    )
    iv = bytes.fromhex("1af38c2dc2b96ffdd86694092341bc04")
    associated = b"The second principle of Auguste Kerckhoffs"
    out = bytearray(200)
    length = encrypt(key, iv, associated, plain, memoryview(out))
    assert out[:length].hex() == (
        "4affaaadb78c31c5da4b1b590d10ffbd3dd8d5d302423526912da037ecbcc7bd822c301dd67c373bccb584ad3e9279c2e6d12a1374b77f"
        "077553df829410446b36ebd97066296ae6427ea75c2e0846a11a09ccf5370dc80bfecbad28c73f09b3a3b75e662a2594410ae496b2e2e6"
        "609e31e6e02cc837f053d21f37ff4f51950bbe2638d09dd7a4930930806d0703b1f64dd3b4c088a7f45c216839645b2012bf2e6269a8c5"
        "6a816dbc1b267761955bc5"
    )


def test_it_agrees_with_wycheproof() -> None:
    checked = 0
    for _, case in cases("a256cbc_hs512.json"):
        key, iv, associated, plain, cipher, tag = (
            bytes.fromhex(case[part]) for part in ("key", "iv", "aad", "msg", "ct", "tag")
        )
        out = bytearray(len(cipher) + 64)
        if case["result"] == "valid":
            length = decrypt(key, iv, associated, memoryview(cipher + tag), memoryview(out))
            assert out[:length] == plain, case["tcId"]
            length = encrypt(key, iv, associated, plain, memoryview(out))
            assert out[:length] == cipher + tag, case["tcId"]
        else:
            with pytest.raises(IntegrityError):
                decrypt(key, iv, associated, memoryview(cipher + tag), memoryview(out))
            assert not any(out), "nothing unverified is written"
        checked += 1
    assert checked > 50


# --- round trips ----------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("size", [0, 1, 15, 16, 63, 64, 65, 127, 128, 129, 640, 1000])
def test_every_size_comes_back(size: int, threads: int) -> None:
    plain = os.urandom(size)
    raw, made = sealed(plain, threads=threads)
    opener = Opener(io.BytesIO(raw), KEY)
    assert b"".join(opener.read(threads=threads)) == plain
    assert opener.size == made.size == size
    assert opener.pin() == made.tags_digest
    assert opener.reader().read() == plain
    assert opener.header.digest == made.header_digest


@pytest.mark.parametrize("size", [CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 7])
def test_sizes_around_the_real_chunk_come_back(size: int) -> None:
    plain = random.Random(size).randbytes(size)
    digest, sink = hashlib.sha256(), io.BytesIO()
    portions = (plain[at : at + 65_000] for at in range(0, size, 65_000))
    made = seal(portions, sink, KEY, Header.make(new_blob_id(), ""), digest=digest)
    assert digest.digest() == hashlib.sha256(plain).digest()
    assert made.size == size
    assert opened(sink.getvalue(), threads=2) == plain


@given(
    st.binary(max_size=700), st.lists(st.integers(0, 200), max_size=8), st.sampled_from([16, 48, 64]),
    st.sampled_from([1, 2]),
)  # fmt: skip
def test_portions_make_no_difference(plain: bytes, cuts: list[int], chunk: int, threads: int) -> None:
    def portions() -> Iterator[bytes]:
        rest = plain
        for cut in cuts:
            yield rest[:cut]
            rest = rest[cut:]
        yield rest

    sink, digest = io.BytesIO(), hashlib.sha256()
    header = Header.make(new_blob_id(), "ab", chunk)
    made = seal(portions(), sink, KEY, header, digest=digest, threads=threads)
    assert (made.size, digest.digest()) == (len(plain), hashlib.sha256(plain).digest())
    assert opened(sink.getvalue(), threads=threads) == plain


@given(st.binary(min_size=1, max_size=500), st.integers(0, 600), st.integers(0, 600), st.sampled_from([1, 2]))
def test_any_range_is_that_range(plain: bytes, start: int, stop: int, threads: int) -> None:
    raw, made = sealed(plain)
    opener = Opener(io.BytesIO(raw), KEY)
    assert opener.pin() == made.tags_digest
    assert b"".join(opener.read(start, stop, threads=threads)) == plain[start:stop]
    reader = opener.reader()
    reader.seek(start)
    assert reader.read(max(0, stop - start)) == plain[start : max(start, stop)]
    reader.seek(-min(start, len(plain)), io.SEEK_END)
    assert reader.read() == plain[len(plain) - min(start, len(plain)) :]


def test_a_reader_stays_a_file() -> None:
    reader = Opener(io.BytesIO(sealed(b"x" * 300)[0]), KEY).reader()
    assert (reader.readable(), reader.seekable(), reader.writable()) == (True, True, False)
    assert reader.seek(1000) == 1000
    assert reader.read() == b""
    with pytest.raises(ValueError):
        reader.seek(-1)


def test_two_containers_of_one_text_have_nothing_in_common() -> None:
    header = Header.make(new_blob_id(), "ab", SMALL)
    (one, _), (two, _) = sealed(bytes(200), header=header), sealed(bytes(200), header=header)
    begin = len(header.raw) + 32
    assert one[:begin] == two[:begin]
    assert not {one[at : at + 16] for at in range(begin, len(one), 16)} & {
        two[at : at + 16] for at in range(begin, len(two), 16)
    }


# --- going on after a break -----------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("torn", [0, 1, 50, 128, 200, 5000])
def test_what_was_sealed_before_a_break_is_kept(torn: int, threads: int) -> None:
    plain = random.Random(torn).randbytes(1000)
    header = Header.make(new_blob_id(), "ab", SMALL)
    file = io.BytesIO()
    before = Sealer(file, KEY, header, threads=threads)
    before.write(plain[:700])
    before.close()
    start = len(header.raw) + 32
    file.truncate(max(start, file.seek(0, 2) - torn))
    digest = hashlib.sha256()
    after = Sealer.resume(file, KEY, header, digest=digest, threads=threads)  # type: ignore[arg-type]
    kept = after.size
    assert kept % SMALL == 0
    assert kept >= 640 - 128 * threads - torn - SMALL
    after.write(plain[kept:])
    made = after.finish()
    assert made.size == 1000
    assert digest.digest() == hashlib.sha256(plain).digest()
    opener = Opener(io.BytesIO(file.getvalue()), KEY)
    assert opener.pin() == made.tags_digest
    assert b"".join(opener.read(threads=threads)) == plain


def test_a_damaged_rest_is_sealed_anew() -> None:
    header = Header.make(new_blob_id(), "ab", SMALL)
    file = io.BytesIO()
    before = Sealer(file, KEY, header, threads=1)
    before.write(bytes(700))
    before.close()
    raw = bytearray(file.getvalue())
    raw[len(header.raw) + 32 + 128 * 4 + 20] ^= 1  # in the fifth record
    file = io.BytesIO(raw)
    assert Sealer.resume(file, KEY, header, threads=1).size == 4 * SMALL  # type: ignore[arg-type]
    for key, other in ((new_data_key(), header), (KEY, Header.make(header.blob_id, "ab", SMALL))):
        with pytest.raises(IntegrityError):
            Sealer.resume(io.BytesIO(raw), key, other)  # type: ignore[arg-type]


def test_what_was_never_finished_never_opens() -> None:
    for size in (0, 1, 64, 65, 500):
        sink = io.BytesIO()
        sealer = Sealer(sink, KEY, Header.make(new_blob_id(), "ab", SMALL), threads=1)
        sealer.write(bytes(size))
        sealer.close()
        assert released(sink.getvalue()) == (b"", True)


# --- damage ---------------------------------------------------------------------------------------

PLAIN = random.Random(7).randbytes(5 * SMALL + 7)
RAW, SEALED = sealed(PLAIN)
BEGIN = len(read_header(io.BytesIO(RAW)).raw) + 32
RECORD = 16 + SMALL + 16 + 32
RECORDS = [RAW[at : at + RECORD] for at in range(BEGIN, len(RAW), RECORD)]


def refused(raw: bytes, key: bytes = KEY) -> None:
    """It is refused, and what came out before that is a true beginning, of whole chunks."""
    out, refused = released(raw, key)
    assert refused
    assert PLAIN.startswith(out)
    assert len(out) % SMALL == 0


def rebuilt(records: Iterable[bytes]) -> bytes:
    return RAW[:BEGIN] + b"".join(records)


def test_every_flipped_byte_is_refused() -> None:
    chance = random.Random(1)
    for place in range(len(RAW)):
        changed = bytearray(RAW)
        changed[place] ^= chance.randrange(1, 256)
        refused(bytes(changed))


def test_every_truncation_is_refused() -> None:
    for length in range(len(RAW)):
        out, was_refused = released(RAW[:length])
        assert was_refused
        assert out == b"", "the end is checked before the beginning is given out"


def test_swapped_dropped_and_doubled_records_are_refused() -> None:
    for left, right in itertools.combinations(range(len(RECORDS)), 2):
        swapped = list(RECORDS)
        swapped[left], swapped[right] = swapped[right], swapped[left]
        refused(rebuilt(swapped))
    for place in range(len(RECORDS)):
        refused(rebuilt(RECORDS[:place] + RECORDS[place + 1 :]))
        refused(rebuilt(RECORDS[: place + 1] + RECORDS[place:]))
    refused(RAW + b"x")
    refused(RAW + RECORDS[0])
    refused(RAW + RAW)


def test_records_of_another_file_under_the_same_key_are_refused() -> None:
    other, _ = sealed(PLAIN)
    again, remade = sealed(PLAIN, header=read_header(io.BytesIO(RAW)))
    for place in range(len(RECORDS)):
        begin = BEGIN + place * RECORD
        refused(rebuilt([*RECORDS[:place], other[begin : begin + RECORD], *RECORDS[place + 1 :]]))
        # Sealed under the very same header: good in itself, but not what was signed.
        spliced = rebuilt([*RECORDS[:place], again[begin : begin + RECORD], *RECORDS[place + 1 :]])
        assert opened(spliced) == PLAIN
        assert Opener(io.BytesIO(spliced), KEY).pin() != SEALED.tags_digest
    refused(RAW[:BEGIN] + other[BEGIN:])
    refused(other[:BEGIN] + RAW[BEGIN:])
    assert remade.tags_digest != SEALED.tags_digest


def test_another_key_opens_nothing() -> None:
    refused(RAW, new_data_key())


def test_what_is_changed_after_the_tags_were_checked_is_refused() -> None:
    file = io.BytesIO(RAW)
    opener = Opener(file, KEY)
    assert opener.pin() == SEALED.tags_digest
    again, _ = sealed(PLAIN, header=opener.header)
    pieces = opener.read(threads=1)
    assert next(pieces) == PLAIN[:SMALL]
    file.seek(0)
    file.write(again)
    with pytest.raises(IntegrityError):
        list(pieces)


@given(st.binary(max_size=300))
def test_nothing_else_is_a_container(raw: bytes) -> None:
    assert released(raw) == (b"", True)


@pytest.mark.soak
def test_no_header_is_taken_but_the_true_one(soak_factor: int) -> None:
    """50,000 headers made from the true one by cutting, flipping and putting in; ten million under ``make soak``."""
    chance = random.Random(os.urandom(8) if soak_factor > 1 else 3)
    true, head = RAW[BEGIN:], RAW[:BEGIN]
    tokens = [
        b'"',
        b"{",
        b"}",
        b",",
        b":",
        b"\\",
        b"0",
        b"1",
        b"9" * 9,
        b"\x00",
        b"\xff",
        b"null",
        b"[" * 40,
        head[:12],
    ]
    for _ in range(50_000 if soak_factor == 1 else 10_000_000):
        changed = bytearray(head)
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(changed) + 1)
            what = chance.randrange(4)
            if what == 0 and place < len(changed):
                changed[place] ^= 1 << chance.randrange(8)
            elif what == 1:
                del changed[place : place + chance.randrange(1, 40)]
            elif what == 2:
                changed[place:place] = chance.choice(tokens)
            else:
                changed[8:12] = chance.randbytes(4)
            if not changed:
                break
        if changed.startswith(head):  # what follows it is no header's business
            continue
        try:
            Opener(io.BytesIO(bytes(changed) + true[: chance.choice((0, 40, 300))]), KEY)
        except IntegrityError:
            continue
        raise AssertionError(changed.hex())
