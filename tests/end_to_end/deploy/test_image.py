"""The Dockerfile's steps, carried out in their order in a clean directory, make the importer."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.end_to_end.deploy import files
from tests.end_to_end.deploy.image import Image, context, seal, unprivileged

pytestmark = pytest.mark.deploy
STEPS = files.instructions(files.DEPLOY / "container" / "Dockerfile")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """The image, sealed but for its volume, with the samples mounted."""
    place = tmp_path_factory.mktemp("image")
    image = Image(context(place / "context"), place / "root")
    image.build(STEPS)
    shutil.copytree(files.ROOT / "samples", image.root / "data" / "samples")
    seal(image.root)
    (image.root / "data" / "runs").chmod(0o700)
    yield image
    for path in [image.root, *image.root.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)


def test_a_container_without_arguments_shows_the_help(image: Image) -> None:
    done = image.run()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: plunk-import")


def test_a_container_imports_on_a_file_system_that_it_cannot_write(image: Image) -> None:
    touched = subprocess.run(
        [*unprivileged(), "touch", image.root / "opt" / "new"], capture_output=True, check=False
    )
    assert touched.returncode != 0
    sample = ["samples/shopify_orders.csv", "--mapping=samples/shopify_orders.yaml"]
    done = image.run("run", *sample, "--output=runs/first", "--sandbox", "--rate=unlimited")
    assert done.stdout.startswith("88 of 96 rows delivered"), done.stderr
    assert (image.root / "data" / "runs" / "first" / "results.csv").exists()


def test_a_container_holds_the_pinned_packages_and_no_installer(image: Image) -> None:
    [packages] = (image.root / "opt" / "plunk-import").glob("lib/python*/site-packages")
    names = {path.name.split("-")[0].lower() for path in packages.glob("*.dist-info")}
    assert {"plunk_import", "polars", "pydantic"} <= names
    assert not {"pip", "setuptools", "hatchling", "pytest"} & names


def test_a_container_does_not_run_as_root(image: Image) -> None:
    assert image.user == "10001:10001"
