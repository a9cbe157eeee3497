"""The whole table: importing this module has registered every family."""

from qleap_edge.mil.ops import (
    activation,
    attention,
    classification,
    constants,
    control,
    convolution,
    elementwise,
    indexing,
    linear,
    normalization,
    quantization,
    reduction,
    shape,
)
from qleap_edge.mil.ops.registry import find_kernel, supported_types

FAMILIES = (
    activation,
    attention,
    classification,
    constants,
    control,
    convolution,
    elementwise,
    indexing,
    linear,
    normalization,
    quantization,
    reduction,
    shape,
)

__all__ = ["FAMILIES", "find_kernel", "supported_types"]
