"""The recipe's tables ``[model]`` and ``[training]``: which network is trained, with which loss, and how long."""

from typing import Annotated, Literal

from pydantic import Field

from qleap_edge.core.toml_documents import Count, Fraction, NotNegative, Positive, TomlTable


class ModelTable(TomlTable):
    """The network."""

    preset: Literal["tiny", "watch", "base", "bilstm-mobileposer-size", "bilstm-imuposer-size"]
    """Name of the network's sizes; ``model/config.py`` and ``model/baselines/config.py`` list them."""
    blind: bool = False
    """Give the network the mean input instead of the real one: a control that shows which figures need no sensor."""
    pretrained: str | None = None
    """Name of a shipped checkpoint that is installed instead of a training; without it the network is trained."""


class LossTable(TomlTable):
    """The training loss; ``training/losses.py``, ``adversary.py`` and ``concept_erasure.py`` define its terms."""

    pose: Literal["nll", "beta_nll"] = "beta_nll"
    """Likelihood of the pose: the plain Gaussian one, or the one that is weighted by ``beta``."""
    beta: Fraction = 0.5
    """Exponent of ``beta_nll``: 0 is the plain likelihood, 1 weights every coordinate alike, as squared error does."""
    form: Literal["cross_entropy", "ordinal"] = "ordinal"
    """Loss of the form score: cross entropy alone, or with the ranked probability score added."""
    disentangling: Literal["none", "reversal", "erasure"] = "erasure"
    """How *what* and *how* are kept apart: not at all, by reversed gradients of probes, or by concept erasure."""
    pose_weight: NotNegative = 1.0
    """Weight of the pose term, which is in nats for each coordinate."""
    exercise_weight: NotNegative = 0.5
    """Weight of the exercise's cross entropy, which is in nats."""
    form_weight: NotNegative = 0.3
    """Weight of the form term, which is in nats."""
    calibration_weight: NotNegative = 0.1
    """Weight of the deviation of the mean squared standardised error from 1, which has no unit."""
    distance_weight: NotNegative = 0.0
    """Weight of the mean distance of the joints from their true places, which is in body heights."""
    disentangling_weight: NotNegative = 0.1
    """Largest factor of the reversed gradient; an erasure is exact and has no weight."""


class TrainingTable(TomlTable):
    """The training: AdamW, with a learning rate that falls to zero along a half cosine."""

    epochs: Count
    """Number of epochs; in each, every training sequence gives ``windows_per_sequence`` windows, cut at random places."""
    windows_per_sequence: Count = 1
    """Number of windows that a sequence gives in an epoch."""
    batch_size: Count = 16
    """Number of windows in a step, over all processes together."""
    recorded_share: Annotated[float, Field(ge=0.0, le=0.5)] = 0.1
    """Share of a step's windows that come from real recordings, if the training is given any; they are added to the batch."""
    learning_rate: Positive = 1e-4
    """Highest learning rate, for each step of AdamW."""
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    """Number of steps in which the learning rate rises linearly to its place on the cosine."""
    weight_decay: NotNegative = 1e-5
    """Weight decay of AdamW, relative to the learning rate."""
    clip_norm: Positive = 1.0
    """Largest norm of the gradient; a longer one is scaled down to it."""
    ema_decay: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.999
    """Decay of the moving average of the weights, which is validated and shipped; 0 takes the weights themselves."""
    patience_epochs: Count | None = None
    """Stop when the validation loss has not fallen for so many epochs and no erasure is pending; without it: never."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Precision of the matrix products; ``auto`` measures at the start which is faster on this machine."""
    checkpoint_every_steps: Count = 200
    """Number of steps between two saved states, from which ``--resume`` goes on."""
    threads: Count = 2
    """Number of CPU threads; it is fixed because the order of a float sum depends on it."""
    loss: LossTable = LossTable()
    """Terms of the loss and their weights."""
