"""Tokens, numbers, dates and degrees as people write them."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest

from assistant.interpreter.words import adjective_forms, read_number, read_period, read_tokens, stem

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.5B", 1_500_000_000), ("100M", 100_000_000), ("20k", 20_000), ("1e9", 10**9), ("2,000", 2000),
        ("1 billion", 10**9), ("300 thousand", 300_000), ("ten", 10), ("twenty million", 20_000_000), ("a dozen", 12),
        ("two hundred and fifty thousand", 250_000), ("a million", 10**6), ("half a million", 500_000), ("7x7", 7),
        ("3 x 3", 3), ("twenty-five", 25),
    ],
)  # fmt: skip
def test_numbers(text: str, number: int) -> None:
    tokens = read_tokens(text)
    assert (len(tokens), Decimal(number)) in list(read_number(tokens, 0))


def test_a_number_inside_a_name_is_none() -> None:
    tokens = read_tokens("gpt-2")
    assert list(read_number(tokens, 1)) == []


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2021", "2021-01-01", "2022-01-01"),
        ("January 2024", "2024-01-01", "2024-02-01"),
        ("may 3, 2020", "2020-05-03", "2020-05-04"),
        ("3rd of May 2020", "2020-05-03", "2020-05-04"),
        ("2020-05-01", "2020-05-01", "2020-05-02"),
        ("2020-05", "2020-05-01", "2020-06-01"),
        ("last month", "2026-10-01", "2026-11-01"),
        ("last year", "2025-01-01", "2026-01-01"),
        ("last 30 days", "2026-10-24", "2026-11-24"),
        ("this year", "2026-01-01", "2027-01-01"),
        ("december", "2025-12-01", "2026-01-01"),
        ("Q3 2024", "2024-07-01", "2024-10-01"),
        ("2010s", "2010-01-01", "2020-01-01"),
        ("yesterday", "2026-11-22", "2026-11-23"),
        ("29/02/2024", "2024-02-29", "2024-03-01"),
    ],
)
def test_periods(text: str, first: str, after: str) -> None:
    tokens = read_tokens(text)
    found = [(end, period.first.isoformat(), period.after.isoformat()) for end, period in read_period(tokens, 0, TODAY)]
    assert (len(tokens), first, after) in found


def test_a_date_that_can_be_read_two_ways_is_none() -> None:
    assert list(read_period(read_tokens("05/06/2020"), 0, TODAY)) == []


def test_names_stay_together() -> None:
    joined = [(token.low, token.joined) for token in read_tokens("bob.tanaka's ResNet-50, isn't it?")]
    assert joined == [
        ("bob", False), ("tanaka", True), ("'s", False), ("resnet", False), ("50", True), (",", False), ("is", False),
        ("not", False), ("it", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [("models", "model"), ("made", "making"), ("CNNs", "cnn"), ("organization", "organisation"), ("corpora", "corpus")],
)
def test_forms_of_a_word_meet(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_a_maker_is_not_what_is_made() -> None:
    assert stem("publisher") != stem("published")


def test_words_are_stemmed_by_many_threads_at_once() -> None:
    """The first questions of two people, on a server that has stemmed nothing yet."""
    words = [f"{word}{ending}" for word in ("relat", "oper", "conditi", "nati", "organiz") for ending in
             ("ational", "ations", "onally", "ization", "fulness", "ousli", "ively", "ement")]  # fmt: skip
    stem.cache_clear()
    alone = [stem(word) for word in words]
    pause = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            for _ in range(20):
                stem.cache_clear()
                assert all(found == alone for found in threads.map(lambda _: [stem(word) for word in words], range(4)))
    finally:
        sys.setswitchinterval(pause)


@pytest.mark.parametrize(
    ("word", "more", "most"), [("big", "bigger", "biggest"), ("tiny", "tinier", "tiniest"), ("recent", "", "")]
)
def test_degrees(word: str, more: str, most: str) -> None:
    assert adjective_forms(word) == (word, more, most)
