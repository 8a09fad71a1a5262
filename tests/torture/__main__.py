"""Goes through ordeals, by number and seed, and says what was tried."""

import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import click

from tests.torture.ordeal import Severity, ordeal_of
from tests.torture.trial import Tally, go_through


@click.command()
@click.option("--runs", type=click.IntRange(min=1), default=300, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the first run.")
@click.option(
    "--rows", type=click.IntRange(min=20), default=120, show_default=True, help="At most."
)
@click.option("--jobs", type=click.IntRange(min=1), default=3, show_default=True)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the files of runs with complaints go.",
)
def main(*, runs: int, seed: int, rows: int, jobs: int, keep: Path | None) -> None:
    """Torture the importer; exit code 1 where anything is amiss."""
    severity, whole = Severity(most_rows=rows), Tally()
    with ThreadPoolExecutor(jobs) as pool:
        trials = [
            pool.submit(go_through, ordeal_of(number, severity), keep=keep)
            for number in range(seed, seed + runs)
        ]
        for trial in as_completed(trials):
            tally = trial.result()
            whole.add(tally)
            for complaint in tally.complaints:
                click.echo(complaint)
            if whole.runs % 10 == 0:
                click.echo(f"… {whole}", err=True)
    click.echo(str(whole))
    sys.exit(1 if whole.complaints else 0)


if __name__ == "__main__":
    main()
