"""What the files of deploy/ say twice, they say alike; and none holds a key."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.end_to_end.deploy import files
from tools.pins import required

IMAGE = dict(files.instructions(files.DEPLOY / "container" / "Dockerfile"))
REQUIRED = required()


def pins(path: Path) -> dict[str, Version]:
    found = re.findall(r"^([\w.-]+)==([\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {name.lower().replace("_", "-"): Version(version) for name, version in found}


@pytest.mark.parametrize("name", REQUIRED)
def test_every_dependency_is_pinned_at_a_version_that_the_project_takes(name: str) -> None:
    pinned = pins(files.DEPLOY / "container" / name)
    for requirement in map(Requirement, REQUIRED[name]):
        pin = pinned.get(re.sub(r"[._]", "-", requirement.name))
        assert pin is not None, f"no pin of {requirement}: run `python -m tools.pins`"
        assert pin in requirement.specifier, f"{requirement}: run `python -m tools.pins`"


def test_kubernetes_runs_as_the_images_user() -> None:
    pod, container = files.cronjob()
    security = pod["securityContext"]
    assert f"{security['runAsUser']}:{security['runAsGroup']}" == IMAGE["USER"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_compose_and_kubernetes_write_their_runs_to_the_images_volume() -> None:
    [compose] = files.documents(files.DEPLOY / "container" / "compose.yaml")
    mounted = {it.split(":")[1] for it in compose["services"]["import"]["volumes"]}
    _, container = files.cronjob()
    assert '"/data/runs"' in IMAGE["VOLUME"]
    assert "/data/runs" in mounted & {it["mountPath"] for it in container["volumeMounts"]}


def test_every_service_of_compose_is_confined() -> None:
    [compose] = files.documents(files.DEPLOY / "container" / "compose.yaml")
    for service in compose["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["profiles"], "`docker compose up` alone must send nothing"


def test_no_file_to_deploy_holds_a_key() -> None:
    texts = [path.read_text("utf-8") for path in files.DEPLOY.rglob("*.*") if path.suffix != ".pyc"]
    assert {key for text in texts for key in re.findall(r"\b[ps]k_\w+", text)} <= {
        "pk_sandbox",
        "sk_sandbox",
    }
