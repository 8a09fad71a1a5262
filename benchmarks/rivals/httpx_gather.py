"""Sends a CSV file of orders to a base URL, so many rows at once, as a script would."""

import asyncio
import csv
import sys
import time

import httpx


async def main(path: str, base_url: str, at_once: int) -> None:
    """Send every row; say how many seconds that took."""
    room = asyncio.Semaphore(at_once)
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    headers = {"authorization": "Bearer pk_benchmark"}

    async with httpx.AsyncClient(base_url=base_url, headers=headers, limits=limits) as client:

        async def send(number: int, row: dict[str, str]) -> str:
            data = {
                "first_name": row["first"],
                "ltv": float(row["ltv"]),
                "orders": int(row["n"]),
                "vip": row["vip"] == "yes",
                "created": row["created"],
                "order_id": {"value": row["order_id"], "persistent": False},
            }
            if row["plan"]:
                data["plan"] = row["plan"]
            event = {
                "email": row["Email"].strip().lower(),
                "event": f"order.{row['status']}",
                "data": data,
            }
            async with room:
                reply = await client.post(
                    "/v1/track", json=event, headers={"idempotency-key": f"row-{number}"}
                )
            reply.raise_for_status()
            return str(reply.json()["data"]["event"])

        began = time.perf_counter()
        with open(path, encoding="utf-8", newline="") as file:  # noqa: ASYNC230, PTH123 - a script
            rows = list(csv.DictReader(file))
        await asyncio.gather(*(send(number, row) for number, row in enumerate(rows)))
        print(time.perf_counter() - began)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
