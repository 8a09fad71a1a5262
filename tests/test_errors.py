import re

import pytest

import plunk_import
from plunk_import import errors
from plunk_import.errors import (
    ExitCode,
    MappingError,
    PlunkImportError,
    Problem,
    SourceError,
    StoppedError,
    UnreachableError,
    single_errors,
)

BRANCH = re.compile(r"^    (?P<lines>[│├└─ ]*)(?P<name>[A-Z]\w+Error)\b", re.MULTILINE)


def tree_of_docstring() -> dict[str, str]:
    """Read the drawn tree: each class with the one it hangs from."""
    parents: dict[str, str] = {}
    above: dict[int, str] = {}
    assert errors.__doc__ is not None
    for branch in BRANCH.finditer(errors.__doc__):
        depth = len(branch["lines"]) // 4
        above[depth] = branch["name"]
        parents[branch["name"]] = above[depth - 1] if depth else "Exception"
    return parents


def tree_of_classes() -> dict[str, str]:
    found = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return {
        kind.__name__: kind.__bases__[0].__name__
        for kind in found
        if issubclass(kind, PlunkImportError)
    }


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    assert len(tree_of_docstring()) > 5
    assert tree_of_docstring() == tree_of_classes()


def test_every_error_can_be_caught_by_its_name_from_the_package() -> None:
    assert set(tree_of_classes()) <= set(dir(plunk_import))


@pytest.mark.parametrize("code", list(ExitCode), ids=str)
def test_every_exit_code_has_a_sentence_about_its_meaning(code: ExitCode) -> None:
    assert re.fullmatch(r"[A-Z].+\.", code.meaning)


def test_what_could_not_start_ends_with_2_and_what_was_stopped_with_its_own_code() -> None:
    assert SourceError("x").exit_code is ExitCode.CANNOT_START
    assert StoppedError("x").exit_code is ExitCode.STOPPED
    assert UnreachableError("x").exit_code is ExitCode.STOPPED
    assert StoppedError("x", ExitCode.TERMINATED).exit_code is ExitCode.TERMINATED


PROBLEMS = {
    "a place in a file": (Problem("a.yaml", 7, "data.n", "is odd"), "a.yaml:7: data.n: is odd"),
    "a whole file": (Problem("a.yaml", None, "", "is empty"), "a.yaml: is empty"),
    "a line of a file": (Problem("a.yaml", 3, "", "is odd"), "a.yaml:3: is odd"),
    "a mapping from Python": (Problem("mapping", None, "data", "odd"), "mapping: data: odd"),
}


@pytest.mark.parametrize(("problem", "text"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_says_where_it_is(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_mapping_error_lists_all_problems() -> None:
    problems = tuple(Problem("a.yaml", line, "x", "is odd") for line in (1, 2))
    error = MappingError(problems)
    assert error.problems == problems
    assert str(error).splitlines() == ["a.yaml:1: x: is odd", "a.yaml:2: x: is odd"]


def test_the_first_of_our_own_errors_stands_for_a_group_of_them() -> None:
    cause = OSError("disk")
    wanted = SourceError("ours")
    wanted.__cause__ = cause
    others = ExceptionGroup("inner", [ValueError("foreign"), wanted])
    with pytest.raises(SourceError, match="ours") as raised, single_errors():
        raise ExceptionGroup("outer", [others, SourceError("later")])
    assert raised.value is wanted
    assert raised.value.__cause__ is cause


def test_a_group_without_an_error_of_ours_stays_as_it_is() -> None:
    with pytest.raises(ExceptionGroup, match="outer"), single_errors():
        raise ExceptionGroup("outer", [ValueError("foreign")])


def test_an_error_on_its_own_passes_unchanged() -> None:
    with pytest.raises(KeyError), single_errors():
        raise KeyError("x")
