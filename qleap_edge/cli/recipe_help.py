"""The keys of a recipe at the end of a command's ``--help``, read from the documentation of their fields."""

from typing import Any, ClassVar

import typer
from typer.core import TyperCommand


class RecipeCommand(TyperCommand):
    """A command that takes a recipe; its help ends with the keys of the tables that it reads.

    The recipe's module is imported only when the help is shown.
    """

    tables: ClassVar[tuple[str, ...]] = ()
    """Tables to show, e.g. ``("synthesis",)``; none: the whole recipe."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the usual help, then one paragraph for each key."""
        super().format_help(ctx, formatter)
        from qleap_edge.core.recipe import recipe_fields

        typer.echo(" Keys of a recipe (TOML):")
        for field in recipe_fields():
            if self.tables and field.key.split(".")[0].removesuffix("[]") not in self.tables:
                continue
            default = "required" if field.default is None else f"default {field.default}"
            typer.echo(f"\n   {field.key}  ({default})\n     {field.description.replace('``', '`')}")


class SynthesisCommand(RecipeCommand):
    """A command that reads the keys of synthesis only."""

    tables = ("name", "seed", "synthesis")


class TrainingCommand(RecipeCommand):
    """A command that reads the keys of network and training only."""

    tables = ("name", "seed", "model", "training")
