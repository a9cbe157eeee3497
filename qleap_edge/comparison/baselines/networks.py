"""The networks of the comparison, and the recipe by which each is trained.

The recipes differ in the network and, on request, in the learning rate.
"""

from dataclasses import dataclass

from qleap_edge.core.errors import UsageError
from qleap_edge.core.recipe import Recipe
from qleap_edge.model.baselines.config import BILSTM_PRESETS
from qleap_edge.model.config import PRESETS

_BILSTM_NAMES = {
    "bilstm-mobileposer-size": "BiLSTM, MobilePoser-size, our data",
    "bilstm-imuposer-size": "BiLSTM, IMUPoser-size, our data",
}


@dataclass(frozen=True)
class Settings:
    """What the command line may change."""

    epochs: int | None = None
    """None: the number in the recipe."""
    seeds: int = 1
    """Trainings of each network, with the seeds 0, 1, 2 … added to the one of the recipe."""
    bilstm_learning_rate: float | None = None
    """None: the one of the recipe, as for the product's network."""
    hop: int = 50
    """Steps between two test windows."""


@dataclass(frozen=True)
class BaselineNetwork:
    """One network of the comparison."""

    name: str
    """Its name in tables and documents; never the name of a published system."""
    preset: str
    blind: bool = False
    """Trained and tested with the mean input in place of the signal."""

    def folder_name(self, seed: int) -> str:
        """Return the name of its folder below ``--out``."""
        return f"{self.preset}{'-blind' if self.blind else ''}-seed{seed}"


def baseline_networks(recipe: Recipe) -> tuple[BaselineNetwork, ...]:
    """Return the recipe's network, the recurrent ones, and the recipe's network without its input, in this order.

    Raises:
        UsageError: the recipe trains a baseline itself, so that there is no product to compare.
    """
    preset = recipe.model.preset
    if preset not in PRESETS:
        raise UsageError(
            "the recipe's network is a baseline itself",
            where=f"recipe {recipe.name!r}, key 'model.preset'",
            expected=f"one of {', '.join(PRESETS)}",
            got=preset,
            next_step="name a recipe of the product; the baselines are always added",
        )
    return (
        BaselineNetwork(f"HDT, {preset}", preset),
        *(BaselineNetwork(_BILSTM_NAMES[name], name) for name in BILSTM_PRESETS),
        BaselineNetwork(f"HDT, {preset}, blind", preset, blind=True),
    )


def recipe_of(network: BaselineNetwork, recipe: Recipe, settings: Settings, seed: int) -> Recipe:
    """Return the recipe that trains a network.

    Every network is trained for all steps, without early stopping. Unless the recipe names a precision, all multiply in
    float32: the precision that is measured to be faster could differ from one network to the next.
    """
    table = recipe.training
    training: dict[str, object] = {
        "epochs": settings.epochs or table.epochs,
        "patience_epochs": None,
        "precision": "float32" if table.precision == "auto" else table.precision,
    }
    if network.preset in BILSTM_PRESETS and settings.bilstm_learning_rate is not None:
        training["learning_rate"] = settings.bilstm_learning_rate
    values = recipe.model_dump()
    values["training"] |= training
    values["model"] = {"preset": network.preset, "blind": network.blind}
    values["seed"] = recipe.seed + seed
    return Recipe.model_validate(values)
