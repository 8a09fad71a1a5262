"""Drives the transport alone: so many requests to a base URL, so many at once."""

import contextlib
import sys
import time

import anyio

from plunk_import.runtime import Request, Transport, run_async
from plunk_import.send import open_transport

BODY = (
    '{"email":"user12345@example.com","event":"order.paid","data":{"first_name":"Zoë 123",'
    '"plan":"pro","ltv":123.45,"orders":7,"vip":true,"created":"2024-01-01T00:00:00.000Z",'
    '"order_id":{"value":"ord_12345","persistent":false},'
    '"import_ref":{"value":"0123456789abcdef01234567-12345","persistent":false}}}'
).encode()


async def drive(base_url: str, requests: int, at_once: int) -> None:
    """Post the same body again and again; say how many seconds that took."""
    numbers = iter(range(requests))

    async def work(engine: Transport) -> None:
        for number in numbers:
            headers = (
                ("content-type", "application/json"),
                ("accept", "application/json"),
                ("authorization", "Bearer pk_benchmark"),
                ("idempotency-key", f"0123456789abcdef01234567-{number}"),
            )
            reply = await engine.exchange(
                Request("POST", f"{base_url}/v1/track", headers, BODY, 100_000)
            )
            if reply.status != 200:
                raise RuntimeError(reply.content)

    async with contextlib.aclosing(open_transport(max_in_flight=at_once)) as engine:
        began = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for _ in range(at_once):
                tasks.start_soon(work, engine)
        print(time.perf_counter() - began)


if __name__ == "__main__":
    run_async(lambda: drive(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
