"""How a journal is laid out in its file."""

from plunk_import.errors import RunDirectoryError
from plunk_import.storage.sqlite import FileKind

NEW_RUN_WARNING = (
    "A new run of the same file would send again all that this run delivered. What avoids that: "
    "the --history that this run was given, if it had one; an `id` in the mapping, as long as the "
    "server still holds the keys of this run; or importing only the rows that Plunk, asked for "
    "the events of their contacts, does not have."
)
"""Stands wherever going on with a run is refused."""

_INDICES = (
    # Each covers what is asked of all rows of a run again and again.
    "CREATE INDEX rows_by_state ON rows (state, settled_at)",
    "CREATE INDEX rows_by_order ON rows (settled_order, state)",
    "CREATE INDEX once_in_doubt ON rows (ordinal) WHERE reason IS NOT NULL",
    # 2 is RowState.DELIVERED, 6 RowState.SKIPPED: so few rows that the indices cost nothing.
    "CREATE INDEX unidentified ON rows (ordinal) WHERE state = 2 AND event_id IS NULL",
    "CREATE INDEX unnamed ON rows (ordinal) WHERE email IS NULL AND state <> 6",
)
_FROM_2_TO_3 = (
    "ALTER TABLE rows ADD COLUMN email TEXT",
    "ALTER TABLE rows ADD COLUMN event TEXT",
    "DROP INDEX rows_by_state",
    "DROP INDEX unidentified",
    *_INDICES,
)
"""Contacts and events are filled in from the source when files are written next."""

KIND = FileKind(
    noun="journal",
    application_id=0x706C6B6A,
    version=3,
    oldest_version=2,
    statements=(
        # That a value is of its column's type is told by comparing: numbers come before texts, and
        # texts before blobs. By typeof(), a look for damage took as long again.
        """CREATE TABLE rows (
            ordinal INTEGER PRIMARY KEY, state INTEGER NOT NULL, key TEXT, attempts INTEGER,
            claimed_at REAL, first_claimed_at REAL, sent_at REAL, settled_at REAL, event_id TEXT,
            contact_id TEXT, timestamp TEXT, code TEXT, field TEXT, message TEXT, request_id TEXT,
            reason TEXT, left_order INTEGER, settled_order INTEGER, email TEXT, event TEXT,
            CHECK (typeof(state) = 'integer' AND state BETWEEN 1 AND 6),
            CHECK (key BETWEEN '' AND x''), CHECK (attempts = attempts | 0),
            CHECK (left_order = left_order | 0), CHECK (settled_order = settled_order | 0),
            CHECK (claimed_at < ''), CHECK (first_claimed_at < ''), CHECK (sent_at < ''),
            CHECK (settled_at < ''))""",
        # A row may go back to a key it had before: that key is as old as it ever was.
        """CREATE TABLE former_keys (
            ordinal INTEGER, key TEXT, first_claimed_at REAL, PRIMARY KEY (ordinal, key)
            ) WITHOUT ROWID""",
        """CREATE TRIGGER keep_former_key BEFORE UPDATE OF key ON rows
            WHEN old.key IS NOT NULL AND old.key IS NOT new.key
            BEGIN
                INSERT INTO former_keys SELECT old.ordinal, old.key, old.first_claimed_at
                WHERE NOT EXISTS (
                    SELECT 1 FROM former_keys WHERE ordinal = old.ordinal AND key = old.key);
            END""",
        *_INDICES,
        "CREATE TABLE duplicates (ordinal INTEGER PRIMARY KEY)",
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL CHECK (json_valid(value)))",
    ),
    wrong=RunDirectoryError,
    remedy="Give the directory of an earlier run.",
    loss=NEW_RUN_WARNING,
    upgrades=(_FROM_2_TO_3,),
    to_upgrade=(
        "`plunk-import resume DIR` goes on with the run, and `plunk-import status DIR --write` "
        "writes its files without sending: each brings the journal to this format."
    ),
    too_old=(
        "it was begun by an older plunk-import, whose journal does not tell how long the server "
        "has known each key, so going on could send rows twice. Finish the run with the version "
        f"that began it, for instance `uvx plunk-import@0.1.0 resume DIR`. {NEW_RUN_WARNING}"
    ),
)
