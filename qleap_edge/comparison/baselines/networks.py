"""Who competes, and the recipe by which each is trained: only the network and, where asked for, its rate differ."""

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
    """What the command line may change for all baseline_networks."""

    epochs: int | None = None
    """None: as the recipe says."""
    seeds: int = 1
    """Trainings a network, with the seeds 0, 1, 2 … added to the recipe's."""
    bilstm_learning_rate: float | None = None
    """None: the recipe's, as for the product's network."""
    hop: int = 50
    """Steps between two test windows."""


@dataclass(frozen=True)
class BaselineNetwork:
    """One network of the comparison."""

    name: str
    """Of its rows; never that of a published system."""
    preset: str
    blind: bool = False

    def folder_name(self, seed: int) -> str:
        """Return the name of its folder below ``--out``."""
        return f"{self.preset}{'-blind' if self.blind else ''}-seed{seed}"


def baseline_networks(recipe: Recipe) -> tuple[BaselineNetwork, ...]:
    """Return the recipe's network, the recurrent ones, and the recipe's network blindfolded; the product's first.

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
            next_step="name a recipe of the product; the baselines join by themselves",
        )
    return (
        BaselineNetwork(f"HDT, {preset}", preset),
        *(BaselineNetwork(_BILSTM_NAMES[name], name) for name in BILSTM_PRESETS),
        BaselineNetwork(f"HDT, {preset}, blind", preset, blind=True),
    )


def recipe_of(contestant: BaselineNetwork, recipe: Recipe, settings: Settings, seed: int) -> Recipe:
    """Return the recipe that trains it.

    All take all steps (no early end) and, unless the recipe names a precision, multiply in float32: what a machine
    measures to be faster could differ from one network to the next.
    """
    table = recipe.training
    training: dict[str, object] = {
        "epochs": settings.epochs or table.epochs,
        "patience_epochs": None,
        "precision": "float32" if table.precision == "auto" else table.precision,
    }
    if contestant.preset in BILSTM_PRESETS and settings.bilstm_learning_rate is not None:
        training["learning_rate"] = settings.bilstm_learning_rate
    values = recipe.model_dump()
    values["training"] |= training
    values["model"] = {"preset": contestant.preset, "blind": contestant.blind}
    values["seed"] = recipe.seed + seed
    return Recipe.model_validate(values)
