"""The whole table: importing this module has registered every family."""

from qleap_edge.mil.ops import (
    activation,
    attention,
    constants,
    convolution,
    detection,
    elementwise,
    indexing,
    linear,
    normalization,
    quantization,
    recurrent,
    reduction,
    sampling,
    scattering,
    shape,
    sorting,
)
from qleap_edge.mil.ops.registry import find_kernel, supported_types

FAMILIES = (
    activation,
    attention,
    constants,
    convolution,
    detection,
    elementwise,
    indexing,
    linear,
    normalization,
    quantization,
    recurrent,
    reduction,
    sampling,
    scattering,
    shape,
    sorting,
)

__all__ = ["FAMILIES", "find_kernel", "supported_types"]
