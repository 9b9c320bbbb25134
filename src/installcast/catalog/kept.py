"""What an uninstall leaves on the machine: said before it starts, since people ask then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from installcast.catalog.parameters import Parameter
from installcast.catalog.text import Text, in_locale


class Kept(BaseModel):
    """Something that stays. ``unless`` is the boolean parameter of the uninstall that removes it, too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Text
    unless: str | None = None

    def describe(self, locale: str) -> dict[str, Any]:
        """Return it as the catalog lists it, in the reader's language."""
        return {"text": in_locale(self.text, locale), "unless": self.unless}


def _spread(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


KeptItem = Annotated[Kept, BeforeValidator(_spread)]
"""In a recipe, a plain string is what always stays, in English."""


def misfits(kept: Sequence[Kept], parameters: Sequence[Parameter]) -> Iterator[tuple[int, str]]:
    """Yield the place in ``kept`` and what is wrong, where ``unless`` names no parameter that could decide it."""
    declared = {parameter.name: parameter for parameter in parameters}
    for index, item in enumerate(kept):
        if item.unless is None:
            continue
        parameter = declared.get(item.unless)
        if parameter is None:
            yield index, f"{item.unless!r} is no parameter of this recipe"
        elif parameter.type != "boolean":
            yield index, f"the parameter {item.unless!r} has to be a boolean"
        elif "uninstall" not in parameter.actions:
            yield index, f"the parameter {item.unless!r} is none of uninstall"
