"""Sensitivity of each layer: the drift of the poses when the weights of that layer alone get a small palette.

No package is written for it: the weights of one layer in the loaded half-precision program are replaced by those that the
palette stands for (the very numbers that a saved palette would hold), and our runtime executes the program.
"""

import heapq
from collections.abc import Mapping, Sequence
from typing import Final, get_args

import numpy as np
from jaxtyping import Float, Float32

from qleap_edge.compression.palettes import Bits, palette_bytes, palette_of, restored
from qleap_edge.compression.schemes import WEIGHT_THRESHOLD
from qleap_edge.core.contract import INPUT_NAME
from qleap_edge.core.records import Part
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.metrics.pose import joint_errors
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.program import Constant
from qleap_edge.mil.runtime.evaluator import open_model

WIDTHS: Final[tuple[Bits, ...]] = tuple(sorted(get_args(Bits), reverse=True))
"""Bits from which mixed precision chooses, widest first."""


class LayerSensitivity(Part):
    """What palettes of one layer's weights alone do to the pose."""

    name: str
    """Of the weight in the half-precision program."""
    shape: tuple[int, ...]
    drift_mm: Mapping[int, float]
    """Bits → how far a joint moves, root mean square over windows, frames and joints; at a stature of 1.75 m."""

    @property
    def elements(self) -> int:
        """Number of weights."""
        return int(np.prod(self.shape))


def large_weights(package: Package) -> dict[str, Constant]:
    """Return the weights that compression touches, by name, in the order of the program."""
    found = {}
    for operation in package.function().block.operations:
        value = operation.inputs["val"][0] if operation.type == "const" else None
        if isinstance(value, Constant) and value.value.dtype == np.float16 and value.value.size > WEIGHT_THRESHOLD:
            found[operation.name] = value
    return found


def measure_layer(
    package: Package, name: str, imu: Float32[np.ndarray, "n 200 6"], pose: Float32[np.ndarray, "n 200 17 3"]
) -> LayerSensitivity:
    """Measure one layer.

    Args:
        package: the half-precision one.
        name: of the layer's weight.
        imu: windows.
        pose: the poses that the package computes for them, body heights.
    """
    weights = large_weights(package)[name].value
    drift = {}
    for bits in WIDTHS:
        spliced = package.with_constant(name, restored(*palette_of(weights, bits), weights.shape))
        moved = open_model(spliced).predict_batch({INPUT_NAME: imu[:, None]})["pose"][:, 0]
        drift[bits] = root_mean_square_mm(moved, pose)
    return LayerSensitivity(name=name, shape=weights.shape, drift_mm=drift)


def root_mean_square_mm(pose: Float[np.ndarray, "n t 17 3"], reference: Float[np.ndarray, "n t 17 3"]) -> float:
    """Return how far joints lie from where a reference has them, root mean square, mm at 1.75 m."""
    return float(np.sqrt(np.mean(joint_errors(pose, reference).astype(np.float64) ** 2))) * MM_PER_BODY_HEIGHT


def drift_allowance_mm(error_mm: float, growth: float) -> float:
    """Return the drift that makes an error grow by a share, if the two are independent: their squares add.

    Args:
        error_mm: root mean square error of the half-precision package.
        growth: relative, e.g. 0.005.
    """
    return float(error_mm * np.sqrt((1.0 + growth) ** 2 - 1.0))


def choose_bits(layers: Sequence[LayerSensitivity], allowance_mm: float) -> dict[str, Bits]:
    """Return each layer's bits, by the weight's name: as small as the drift of all of them together allows.

    The layers' drifts are taken as independent, so that their squares add. All layers begin with the widest palette; then,
    step by step, the layer that saves most bytes for its square of drift is made narrower, while the sum stays allowed.
    """
    chosen: dict[str, Bits] = {layer.name: WIDTHS[0] for layer in layers}
    spent = sum(layer.drift_mm[WIDTHS[0]] ** 2 for layer in layers)
    queue = [step for layer in layers if (step := _narrower(layer, WIDTHS[0])) is not None]
    heapq.heapify(queue)
    while queue:
        _, name, bits, cost, layer = heapq.heappop(queue)
        if spent + cost > allowance_mm**2:
            continue  # a smaller step of another layer may still fit
        spent += cost
        chosen[name] = bits
        if (step := _narrower(layer, bits)) is not None:
            heapq.heappush(queue, step)
    return chosen


_Narrowing = tuple[float, str, Bits, float, LayerSensitivity]


def _narrower(layer: LayerSensitivity, bits: Bits) -> _Narrowing | None:
    """Return the next narrower palette of a layer: its cost a byte, the weight, its bits, and its square of drift."""
    rest = WIDTHS[WIDTHS.index(bits) + 1 :]
    if not rest:
        return None
    saved = palette_bytes(layer.elements, bits) - palette_bytes(layer.elements, rest[0])
    cost = layer.drift_mm[rest[0]] ** 2 - layer.drift_mm[bits] ** 2
    return (cost / saved if saved > 0 else np.inf, layer.name, rest[0], cost, layer)
