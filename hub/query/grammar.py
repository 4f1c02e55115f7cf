"""How a statement is read: one grammar for every backend, so that the same words mean the same on each.

The grammar is standard SQL with what people bring along from SQLite and MySQL. Functions stay plain names with
arguments: ``functions.py`` says which exist. What is read here never runs; ``compiler.py`` writes what runs.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from sqlglot import exp, generator, parser, tokens
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from hub.errors import QueryRefused

MAX_LENGTH = 20_000  # characters of a statement
MAX_TOKENS = 3_000
MAX_DEPTH = 24  # open parentheses; the parser's time grows steeply with them
MAX_NAME = 64  # MySQL's limit for an identifier

_SPECIAL_COMMENT = re.compile(r"/\*\s*(?:M?!|\+)", re.IGNORECASE)  # a server runs what is in there
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_STARTS = (TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN)


class HubSql(Dialect):
    """The grammar: strings in single quotes, names in double quotes, backticks or brackets, no backslash escapes."""

    class Tokenizer(tokens.Tokenizer):
        QUOTES = ["'"]  # noqa: RUF012
        IDENTIFIERS = ['"', "`", ("[", "]")]  # noqa: RUF012
        STRING_ESCAPES = ["'"]  # noqa: RUF012

    class Parser(parser.Parser):
        FUNCTIONS = {}  # noqa: RUF012
        NO_PAREN_FUNCTIONS = {}  # noqa: RUF012
        FUNCTION_PARSERS = {  # noqa: RUF012
            **{name: parser.Parser.FUNCTION_PARSERS[name] for name in ("CAST", "EXTRACT", "TRIM")},
            "POSITION": lambda self: _parse_position(self),
            "GROUP_CONCAT": lambda self: _parse_group_concat(self),
            "SUBSTRING": lambda self: _parse_substring(self),
        }

    class Generator(generator.Generator):
        TRANSFORMS = {  # noqa: RUF012
            **generator.Generator.TRANSFORMS,
            exp.IntDiv: lambda self, node: self.binary(node, "DIV"),
            exp.Anonymous: lambda self, node: _show_call(self, node),
        }


def _parse_group_concat(self: Any) -> exp.Anonymous:
    arguments = self._parse_csv(self._parse_lambda)
    if self._match_text_seq("SEPARATOR"):
        arguments.append(self._parse_string())
    return exp.Anonymous(this="GROUP_CONCAT", expressions=arguments)


def _parse_position(self: Any) -> exp.Anonymous:
    sought = self._parse_bitwise()
    self._match(TokenType.IN)
    return exp.Anonymous(this="INSTR", expressions=[self._parse_bitwise(), sought])


def _show_call(self: Any, node: exp.Anonymous) -> str:
    if node.name.upper() == "GROUP_CONCAT" and len(node.expressions) == 2:
        value, separator = node.expressions
        return f"GROUP_CONCAT({self.sql(value)} SEPARATOR {self.sql(separator)})"
    return str(self.anonymous_sql(node))


def _parse_substring(self: Any) -> exp.Anonymous:
    arguments = self._parse_csv(self._parse_bitwise)
    for word in (TokenType.FROM, TokenType.FOR):
        if self._match(word):
            arguments.append(self._parse_bitwise())
    return exp.Anonymous(this="SUBSTR", expressions=arguments)


_HUB_SQL = HubSql()


def parse(sql: str) -> exp.Query:
    """The tree of one SELECT statement; ``QueryRefused`` when it is anything else or too big to be read."""
    if len(sql) > MAX_LENGTH:
        raise too_complex("the statement is too long", f"keep it below {MAX_LENGTH} characters")
    if _SPECIAL_COMMENT.search(sql):
        raise QueryRefused("comments that a database server runs are not allowed", "leave the comment out", code="hint")
    if _CONTROL.search(sql):
        raise QueryRefused("the statement holds control characters", "leave them out", code="parse")
    try:
        found = _HUB_SQL.tokenize(sql)
        while found and found[-1].token_type == TokenType.SEMICOLON:
            found.pop()
        _check_tokens(found)
        trees = _HUB_SQL.parser().parse(found, sql)
    except SqlglotError as error:
        raise QueryRefused(f"the SQL cannot be read{_place(error)}", "write one plain SELECT", code="parse") from None
    except RecursionError:
        raise too_complex() from None
    except (AttributeError, TypeError, ValueError, IndexError, KeyError):  # what the parser trips over
        raise QueryRefused("the SQL cannot be read", "write one plain SELECT", code="parse") from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Select | exp.SetOperation | exp.Subquery):
        raise not_select()
    return trees[0]


def show(tree: exp.Expr) -> str:
    """The statement as a person reads it: the checked tree in the grammar's own words, without comments."""
    return str(tree.sql(dialect=_HUB_SQL, comments=False))


def too_complex(message: str = "the statement is too complex", hint: str = "ask for less at once") -> QueryRefused:
    """The refusal of a statement that is too big."""
    return QueryRefused(message, hint, code="too_complex")


def not_select() -> QueryRefused:
    """The refusal of anything but a SELECT."""
    return QueryRefused(
        "only SELECT statements are run", "ask with one SELECT; data is changed by other means", code="not_select"
    )


def _check_tokens(found: list[Any]) -> None:
    if not found:
        raise QueryRefused("there is no statement", "write one SELECT", code="parse")
    if len(found) > MAX_TOKENS:
        raise too_complex()
    if any(token.token_type == TokenType.SEMICOLON for token in found):
        raise QueryRefused("only one statement is run at a time", "send them one by one", code="many_statements")
    if next((t.token_type for t in found if t.token_type != TokenType.L_PAREN), None) not in _STARTS:
        raise not_select()
    for one, following in pairwise(found):
        if one.token_type == TokenType.NUMBER and following.start == one.end + 1 and following.text[:1].isalpha():
            raise QueryRefused("a number runs into a word", "put a space between them", code="parse")
    depth = 0
    for token in found:
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth > MAX_DEPTH:
            raise too_complex("the statement is nested too deeply", f"use at most {MAX_DEPTH} open parentheses")


def _place(error: SqlglotError) -> str:
    details = getattr(error, "errors", None)
    if not details or not details[0].get("line"):
        return ""
    near = str(details[0].get("highlight") or "")[:40]
    return f" at line {details[0]['line']}, column {details[0]['col']}" + (f", near {near!r}" if near else "")
