"""Which rows of an import belong to which shard."""

import dataclasses
import hashlib
from typing import TypeVar

import polars as pl

from plunk_import.read import ORDINAL
from plunk_import.settings import Shard
from plunk_import.validate.batch import JudgedBatch

B = TypeVar("B", bound=JudgedBatch)

# The way rows are dealt out, version 1: whoever changes it gives it another name, so that shards
# of different versions are not taken for parts of one import.
DEALING = b"plunk-shard-1"


def part_of(batch: B, shard: Shard) -> B:
    """Reduce a batch to the rows of one shard.

    An event belongs to the shard that its contact's address, trimmed and lower-cased, hashes to,
    so that all events of a contact are sent by one sender, in their order. Rows that are not sent
    (rejected, left out by `where`, unreadable) are dealt out by their number.
    """
    mine = batch.events["email"].is_in(_contacts_of(batch.events["email"], shard).implode())
    events = batch.events.filter(mine)
    frame, bad = batch.read.frame, batch.read.bad
    rows = pl.concat([frame[ORDINAL], bad[ORDINAL]]).sort()
    unsent = rows.filter(~rows.is_in(batch.events[ORDINAL].implode()))
    dealt = unsent.filter(unsent % shard.count == shard.number - 1)
    kept = pl.concat([events[ORDINAL], dealt]).to_frame(ORDINAL)
    read = dataclasses.replace(batch.read, frame=_only(frame, kept), bad=_only(bad, kept))
    rejects = _only(batch.rejects, kept)
    rejected = rejects[ORDINAL].n_unique()
    return dataclasses.replace(
        batch,
        read=read,
        events=events,
        rejects=rejects,
        notices=_only(batch.notices, kept),
        filtered=read.size - events.height - rejected,
    )


def shard_of(contact: str, count: int) -> int:
    """Number the shard, from 1, that an address belongs to; it is the same on every machine."""
    digest = hashlib.blake2b(contact.encode(), digest_size=8, person=DEALING).digest()
    return int.from_bytes(digest, "big") % count + 1


def _contacts_of(contacts: pl.Series, shard: Shard) -> pl.Series:
    mine = [each for each in contacts.unique() if shard_of(each, shard.count) == shard.number]
    return pl.Series("email", mine, dtype=pl.String)


def _only(frame: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    return frame.join(kept, on=ORDINAL, how="semi", maintain_order="left")
