"""Packages whose names are imported when they are asked for."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest


@pytest.fixture(params=["compiler.policy", "compiler.pipeline"])
def package(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(request.param)


def test_every_name_that_a_package_offers_is_there(package: ModuleType) -> None:
    for name in package.__all__:
        assert getattr(package, name) is not None, name


def test_no_name_is_also_a_module_of_the_package(package: ModuleType) -> None:
    """Once such a module is imported, Python finds it under the name, whatever was meant."""
    assert not set(package.__all__) & {each.name for each in pkgutil.iter_modules(package.__path__)}


def test_a_name_that_is_not_offered_is_refused_as_python_does(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        package.nothing_of_the_kind  # noqa: B018
