"""Problems are values: comparable places, frozen, severity from the catalogue."""

from dataclasses import FrozenInstanceError

import pytest

from engine.language.problems import Place, Problem, Refused


def test_places_are_ordered_by_file_and_position():
    places = [Place("b.yaml", 1, 1, 1, 2), Place("a.yaml", 10, 1, 10, 2), Place("a.yaml", 9, 5, 9, 6)]
    assert [(place.file, place.line) for place in sorted(places)] == [("a.yaml", 9), ("a.yaml", 10), ("b.yaml", 1)]


def test_a_problem_cannot_be_changed():
    problem = Problem("PKG-202", {"key": "id"})
    with pytest.raises(FrozenInstanceError):
        problem.code = "PKG-201"  # type: ignore[misc]


def test_problems_do_not_share_their_parameters():
    assert Problem("YAML-104").parameters is not Problem("YAML-104").parameters


@pytest.mark.parametrize(("code", "severity"), [("PKG-202", "error"), ("YAML-143", "warning")])
def test_severity_comes_from_the_catalogue(code, severity):
    assert Problem(code).severity == severity


def test_an_unknown_code_is_a_mistake_of_the_programmer():
    with pytest.raises(KeyError):
        assert Problem("XXX-999").severity


def test_refused_keeps_all_problems_and_names_their_codes():
    refused = Refused(iter([Problem("PKG-202", {"key": "id"}), Problem("YAML-104")]))
    assert [problem.code for problem in refused.problems] == ["PKG-202", "YAML-104"]
    assert str(refused) == "PKG-202, YAML-104"
