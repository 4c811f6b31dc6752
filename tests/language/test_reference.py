"""The reference page names every function in both languages."""

import pytest

from engine.language.functions import FUNCTIONS
from engine.language.reference import SECTIONS, reference_page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_function_is_on_the_page(language: str) -> None:
    page = reference_page(language)
    for entry in FUNCTIONS.values():
        assert f"`{entry.signature}`" in page
        assert entry.doc[language] in page
    assert sum(len(entries) for _, entries in SECTIONS) == len(FUNCTIONS)


def test_functions_of_installed_distributions_join() -> None:
    assert "## Installed" in reference_page("en", {"abs": FUNCTIONS["abs"]})
