"""The arithmetic of the audit chain: every field, its place and its absence count."""

import hmac
import itertools

from secure import chain


def test_the_mac_is_what_the_design_says() -> None:
    message = b"omh/v1/audit-row\0" + chain.START + b"\x00\x00\x00\x01a" + b"\xff\xff\xff\xff" + b"\x00\x00\x00\x00"
    assert chain.row_mac(b"k" * 32, chain.START, ["a", None, ""]) == hmac.digest(b"k" * 32, message, "sha256")


def test_no_two_rows_share_a_mac() -> None:
    rows = [list(fields) for fields in itertools.product(("", "a", "b", "ab", None, "\x00"), repeat=3)]
    rows += [["ab"], ["a", "b"], [], [None]]
    macs = {chain.row_mac(b"k" * 32, chain.START, row) for row in rows}
    assert len(macs) == len(rows)
    assert chain.row_mac(b"k" * 32, b"\x01" * 32, ["a"]) != chain.row_mac(b"k" * 32, chain.START, ["a"])
    assert chain.row_mac(b"l" * 32, chain.START, ["a"]) != chain.row_mac(b"k" * 32, chain.START, ["a"])


def test_a_checkpoint_names_hub_row_and_mac() -> None:
    texts = {
        chain.checkpoint_text(hub, seq, mac)
        for hub, seq, mac in itertools.product(("a", "b"), (1, 11), (chain.START, b"\x01" * 32))
    }
    assert len(texts) == 8
    assert chain.same(b"a", b"a")
    assert not chain.same(b"a", b"b")
