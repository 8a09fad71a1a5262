"""Replies of a hostile or broken server, each with what it tells of its row by the API's rules."""

import dataclasses
import enum
import functools
import gzip
import itertools
import json
import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Dice = random.Random

KEY = "pk_0123456789abcdef0123456789abcdef"


class Meaning(enum.Enum):
    """What a reply says of the row it answers."""

    STORED = "delivered"
    REFUSED = "rejected"
    NOT_YET = "asked again"
    AMBIGUOUS = "in doubt"
    NO_USE = "the run ends"


class Ending(enum.Enum):
    """What the server does with the connection after its last byte."""

    KEEP = enum.auto()
    CLOSE = enum.auto()
    RESET = enum.auto()
    HANG = enum.auto()


@dataclasses.dataclass(frozen=True)
class Scripted:
    """One reply: the bytes, piece by piece, and what happens then."""

    name: str
    meaning: Meaning
    pieces: Sequence[bytes]
    ending: Ending = Ending.KEEP


ODD_TEXTS = (
    "plain",
    "=1+1",
    "+SUM(A1)",
    "-2",
    "@x",
    "\x1b]0;owned\x07\x1b[31m",
    "\u202egnp.exe",
    "\x9b31m",
    "\r\nInjected: 1",
    KEY,
    f"={KEY}=",
    "".join(f"\\u{ord(letter):04x}" for letter in KEY),
    "x" * 5_000,
    "\ud800",
    "a\0b",
    "é😀",
    "<script>alert(1)</script>",
)
ODD_HEADERS = (
    b"Retry-After: \xff",
    b"RateLimit-Limit: caf\xc3\xa9\r\nRateLimit-Remaining: 1\r\nRateLimit-Reset: 1",
    b"RateLimit-Limit: -5\r\nRateLimit-Remaining: -1\r\nRateLimit-Reset: -1",
    b"RateLimit-Limit: 9e99\r\nRateLimit-Remaining: nan\r\nRateLimit-Reset: inf",
    b"RateLimit-Limit: 999999999999999999999\r\nRateLimit-Remaining: 0\r\nRateLimit-Reset: 0",
    b"Date: yesterday",
    b"Date: Thu, 01 Jan 1970 00:00:00 GMT",
    b"X-Request-Id: \x1b]0;owned\x07" + KEY.encode(),
    b"X-Empty:",
    b"X-Long: " + b"a" * 4_000,
    b"Set-Cookie: a=b\r\nSet-Cookie: c=d",
    b"Server: \x80\x81",
)
PAUSES = (
    *(b"0", b"-5", b"0.01", b"\xff", b"nan", b"inf", b"-1e999", b"", b"soon", b"1e-9"),
    *(b"Thu, 01 Jan 1970 00:00:00 GMT", b"Thu, 99 Foo 2026", b"00000000000", b"caf\xc3\xa9"),
)
_REASONS = {200: b"OK", 429: b"Too Many Requests"}


def _message(status: int, body: bytes, *headers: bytes) -> bytes:
    head = [b"HTTP/1.1 %d %b" % (status, _REASONS.get(status, b"Odd")), *headers]
    return b"\r\n".join([*head, b"Content-Length: %d" % len(body), b"", body])


def _stored(dice: Dice, number: int) -> bytes:
    ids = {"contact": f"c{number}", "event": f"e{number}", "timestamp": "2026-01-01T00:00:00Z"}
    for name in ids:
        if dice.random() < 0.3:
            ids[name] = dice.choice(ODD_TEXTS)
    return json.dumps({"success": True, "data": ids}, ensure_ascii=dice.random() < 0.9).encode(
        "utf-8", "backslashreplace"
    )


def _refusal(dice: Dice, status: int, code: str | None = None) -> bytes:
    def text() -> str:
        return dice.choice(ODD_TEXTS)

    error: dict[str, Any] = {"code": code or text(), "message": text(), "requestId": text()}
    if dice.random() < 0.5:
        error["errors"] = [{"field": text(), "code": text(), "message": text()}, None, 7]
    return json.dumps({"success": False, "error": {**error, "statusCode": status}}).encode()


def _json(dice: Dice) -> list[bytes]:
    return [b"Content-Type: application/json", *dice.sample(ODD_HEADERS, k=dice.randint(0, 2))]


def _plain(dice: Dice, number: int) -> Scripted:
    return Scripted("stored", Meaning.STORED, [_message(200, _stored(dice, number), *_json(dice))])


def _slowly(dice: Dice, number: int) -> Scripted:
    whole = _message(dice.choice([200, 201]), _stored(dice, number), *_json(dice))
    cuts = sorted(dice.randrange(len(whole)) for _ in range(3))
    edges = [0, *cuts, len(whole)]
    pieces = [whole[start:end] for start, end in itertools.pairwise(edges)]
    return Scripted("stored, in pieces", Meaning.STORED, pieces)


def _packed(dice: Dice, number: int) -> Scripted:
    body = _stored(dice, number)
    is_gzip = dice.random() < 0.5
    packed = gzip.compress(body) if is_gzip else zlib.compress(body)
    whole = _message(200, packed, b"Content-Encoding: " + (b"gzip" if is_gzip else b"deflate"))
    return Scripted("stored, packed", Meaning.STORED, [whole])


def _chunked(dice: Dice, number: int) -> Scripted:
    body = _stored(dice, number)
    parts = [body[:10], body[10:]]
    chunks = b"".join(b"%x;ext=1\r\n%b\r\n" % (len(part), part) for part in parts if part)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Scripted("stored, in chunks", Meaning.STORED, [head, chunks, b"0\r\nX: y\r\n\r\n"])


def _announced(dice: Dice, number: int) -> Scripted:
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    whole = _message(200, _stored(dice, number))
    return Scripted("stored, announced", Meaning.STORED, [early, whole])


def _until_closed(dice: Dice, number: int) -> Scripted:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    pieces = [head, _stored(dice, number)]
    return Scripted("stored, to the end", Meaning.STORED, pieces, Ending.CLOSE)


def _refused(dice: Dice, _number: int) -> Scripted:
    status = dice.choice([400, 413, 415, 422])
    return Scripted(
        f"refused {status}",
        Meaning.REFUSED,
        [_message(status, _refusal(dice, status), *_json(dice))],
    )


def _refused_by_a_page(dice: Dice, _number: int) -> Scripted:
    status = dice.choice([400, 411, 413, 414, 415, 422, 431])
    body = dice.choice([b"", b"<html>\x1b[31mno</html>", b"null", b"[1]", b'{"error":5}', b"\xff"])
    return Scripted(f"refused {status} by a page", Meaning.REFUSED, [_message(status, body)])


def _too_many(dice: Dice, _number: int) -> Scripted:
    pause = [b"Retry-After: " + dice.choice(PAUSES)] if dice.random() < 0.9 else []
    body = _refusal(dice, 429, "RATE_LIMIT_EXCEEDED") if dice.random() < 0.7 else b"<html>"
    return Scripted("too many", Meaning.NOT_YET, [_message(429, body, *pause, *_json(dice))])


def _broken(dice: Dice, _number: int) -> Scripted:
    status = dice.choice([500, 502, 503, 504, 520, 599])
    body = dice.choice(
        [_refusal(dice, status), b"", b"<html>Bad Gateway", b"\xff\xfe", b"[" * 9000]
    )
    return Scripted(f"broken {status}", Meaning.AMBIGUOUS, [_message(status, body, *_json(dice))])


def _hiding(dice: Dice, _number: int) -> Scripted:
    status = dice.choice([408, 425, 499])
    return Scripted(
        f"hiding {status}", Meaning.AMBIGUOUS, [_message(status, _refusal(dice, status))]
    )


_EMPTY_ANSWERS = (
    *(b"", b"null", b"[]", b"7", b"{}", b'{"data":null}', b'{"data":[]}', b'{"data":{"event":7}}'),
    *(b'{"data":{"event":""}}', b'{"data":{"event":null}}', b"{", b"OK", b"<html>", b"\xff\xfe\0"),
    *(b"[" * 100_000, b'{"data":{"event":' + b"1" * 5_000 + b"}}", b'{"data":{"contact":"c"}}'),
)


def _empty(dice: Dice, _number: int) -> Scripted:
    body = dice.choice(_EMPTY_ANSWERS)
    return Scripted("200 of nothing", Meaning.AMBIGUOUS, [_message(dice.choice([200, 202]), body)])


@functools.cache
def _bomb_bytes() -> bytes:
    packed = gzip.compress(b'{"data":"' + b" " * 30_000_000 + b'"}')
    return _message(200, packed, b"Content-Encoding: gzip")


def _bomb(_dice: Dice, _number: int) -> Scripted:
    return Scripted("a gzip bomb", Meaning.AMBIGUOUS, [_bomb_bytes()])


def _badly_packed(dice: Dice, number: int) -> Scripted:
    packed = bytearray(gzip.compress(_stored(dice, number)))
    packed[dice.randrange(10, 20)] ^= 0xFF
    whole = _message(200, bytes(packed), b"Content-Encoding: gzip")
    return Scripted("badly packed", Meaning.AMBIGUOUS, [whole])


def _endless(_dice: Dice, _number: int) -> Scripted:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    return Scripted("an endless body", Meaning.AMBIGUOUS, [head, *[chunk] * 40], Ending.CLOSE)


def _cut(dice: Dice, number: int) -> Scripted:
    whole = _message(200, _stored(dice, number), *_json(dice))
    ending = dice.choice([Ending.CLOSE, Ending.RESET, Ending.HANG])
    return Scripted("cut off", Meaning.AMBIGUOUS, [whole[: dice.randrange(len(whole))]], ending)


_NO_HTTP = (
    b"\0\0\0\0",
    b"SSH-2.0-OpenSSH_9\r\n",
    b"HTTP/1.1 abc OK\r\n\r\n",
    b"HTTP/9.9 200 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 2_000_000,
    b"\x16\x03\x01\x02\x00" * 10,
)


def _no_http(dice: Dice, _number: int) -> Scripted:
    ending = dice.choice([Ending.CLOSE, Ending.RESET])
    return Scripted("no HTTP", Meaning.AMBIGUOUS, [dice.choice(_NO_HTTP)], ending)


def _barred(dice: Dice, _number: int) -> Scripted:
    status = dice.choice([401, 402, 403, 407])
    return Scripted(f"barred {status}", Meaning.NO_USE, [_message(status, _refusal(dice, status))])


def _elsewhere(dice: Dice, _number: int) -> Scripted:
    if dice.random() < 0.5:
        place = dice.choice([b"https://evil.example/", b"//x", b"\x1b]0;x\x07", KEY.encode()])
        return Scripted("a redirect", Meaning.NO_USE, [_message(302, b"", b"Location: " + place)])
    return Scripted("another server", Meaning.NO_USE, [_message(418, b"<html>\x1b[31mtea")])


_OFTEN: tuple[Callable[[Dice, int], Scripted], ...] = (
    *(_plain, _slowly, _packed, _chunked, _announced, _until_closed),
    *(_refused, _refused_by_a_page, _too_many, _broken, _hiding, _empty),
    *(_bomb, _badly_packed, _endless, _cut, _cut, _no_http),
)
_SELDOM = (_barred, _elsewhere)
"""They end the run, so few of them are in a script."""


def script(dice: Dice) -> Iterator[Scripted]:
    """Reply at random, for ever."""
    number = 0
    while True:
        number += 1
        kinds = _SELDOM if dice.random() < 0.01 else _OFTEN
        yield dice.choice(kinds)(dice, number)
