"""What can be installed: recipes, their parameters, and what the system says about them."""

from __future__ import annotations

from installcast.catalog.detect import Detected, Detector
from installcast.catalog.loader import BUILTIN_RECIPES, SHELL_LIBRARY, Catalog, load_recipe
from installcast.catalog.recipe import Action, BrokenRecipe, CheckedRequest, Recipe, Step

__all__ = [
    "BUILTIN_RECIPES",
    "SHELL_LIBRARY",
    "Action",
    "BrokenRecipe",
    "Catalog",
    "CheckedRequest",
    "Detected",
    "Detector",
    "Recipe",
    "Step",
    "load_recipe",
]
