"""The ways to store a network's weights, as data: what is done to them, in order, and which systems can read the result.

Source: coremltools 9, guide "Optimizing models", and its table of what each deployment target reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from qleap_edge.core.recipe import Variant

WEIGHT_THRESHOLD: Final = 512  # elements; smaller tensors stay fp16: scales or palettes would cost what is saved


@dataclass(frozen=True)
class LinearWeights:
    """Evenly spaced steps, symmetric about zero."""

    dtype: Literal["int8", "int4"]
    block: int | None = None
    """Weights that share a scale along the input axis; None: a whole output channel. A tensor whose axis cannot be cut into
    such blocks stays as it is."""


@dataclass(frozen=True)
class Palette:
    """Each weight is a number into a table of 2^bits values, which k-means chooses."""

    bits: Literal[4, 6, 8]
    group: int | None = None
    """Output channels that share a table; None: the whole tensor."""


@dataclass(frozen=True)
class MixedPalette:
    """One palette a tensor, its bits chosen by the sensitivity of that layer."""


@dataclass(frozen=True)
class Prune:
    """The smallest weights become zero and are not stored."""

    sparsity: float


@dataclass(frozen=True)
class Int8Activations:
    """Inputs and outputs of linear layers in 8 bits too, over ranges seen on training windows."""


Step = LinearWeights | Palette | MixedPalette | Prune | Int8Activations


@dataclass(frozen=True)
class Scheme:
    """One variant."""

    steps: tuple[Step, ...]
    newer: bool = False
    """Needs iOS 18 / watchOS 11."""


SCHEMES: Final[Mapping[Variant, Scheme]] = {
    "float16": Scheme(()),
    "int8_per_channel": Scheme((LinearWeights("int8"),)),
    "int8_per_block32": Scheme((LinearWeights("int8", block=32),), newer=True),
    "int4_per_block32": Scheme((LinearWeights("int4", block=32),), newer=True),
    "int4_per_block16": Scheme((LinearWeights("int4", block=16),), newer=True),
    "palette8": Scheme((Palette(8),)),
    "palette6": Scheme((Palette(6),)),
    "palette4": Scheme((Palette(4),)),
    "palette8_grouped16": Scheme((Palette(8, group=16),), newer=True),
    "palette6_grouped16": Scheme((Palette(6, group=16),), newer=True),
    "palette4_grouped16": Scheme((Palette(4, group=16),), newer=True),
    "prune25_palette6": Scheme((Prune(0.25), Palette(6)), newer=True),
    "prune50_palette6": Scheme((Prune(0.5), Palette(6)), newer=True),
    "mixed_palette": Scheme((MixedPalette(),)),
    "w8a8": Scheme((Int8Activations(), LinearWeights("int8"))),
}

NEEDS_WINDOWS: Final = frozenset(
    name
    for name, scheme in SCHEMES.items()
    if any(isinstance(step, Int8Activations | MixedPalette) for step in scheme.steps)
)
"""Variants that cannot be made from the file alone."""
