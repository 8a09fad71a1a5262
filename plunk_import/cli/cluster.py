"""The options that have a command done by a cluster of Dask."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from plunk_import.report import Report

dask_option = click.option(
    "--dask",
    "cluster",
    metavar="CLUSTER",
    help="Have it done by a cluster of Dask: its scheduler, such as tcp://10.0.0.7:8786, or "
    "local:N for N processes here.",
)
shards_option = click.option(
    "--shards",
    type=click.IntRange(min=1),
    metavar="N",
    help="With --dask: into how many parts the contacts are divided; a sender each.",
)

_OF_ONE_RUN = {
    "history": "--history",
    "verify_rows": "--verify",
    "shard": "--shard",
    "key_lifetime": "--key-lifetime",
}


def require_cluster_options(cluster: str | None, shards: int | None, **given: object) -> None:
    """Refuse options that do not go together.

    Args:
        cluster: What `--dask` names.
        shards: What `--shards` says.
        given: The values of options that are of one run alone, by their parameters.

    """
    if cluster is None:
        if shards is not None:
            raise click.UsageError("--shards goes with --dask; for one shard write --shard I/N.")
        return
    if shards is None:
        raise click.UsageError("--dask needs --shards N: how many senders share the import.")
    alone = [_OF_ONE_RUN[name] for name, value in given.items() if value is not None]
    if alone:
        raise click.UsageError(
            f"{' and '.join(alone)} cannot be given with --dask. Workers read the lifetime of keys "
            "from PLUNK_KEY_LIFETIME; `verify` works on each shard's directory; and only shards "
            "that are run one by one, with --shard, keep a history."
        )


def on_cluster(
    cluster: str,
    work: Callable[..., "Report"],
    **options: Any,  # noqa: ANN401 - passed on
) -> "Callable[[], Awaitable[Report]]":
    """Connect, and do blocking work with the client, in a thread that a second Ctrl-C leaves."""
    import anyio.to_thread

    def connected_work() -> "Report":
        from plunk_import.distributed import connected

        with connected(cluster) as client:
            return work(client=client, **options)

    return functools.partial(anyio.to_thread.run_sync, connected_work, abandon_on_cancel=True)
