"""The whole table: importing this module has registered every family."""

from qleap_edge.mil.ops import (
    activation,
    attention,
    boxes,
    classification,
    constants,
    control,
    convolution,
    elementwise,
    indexing,
    linear,
    normalization,
    pooling,
    quantization,
    rearranging,
    reduction,
    resampling,
    resizing,
    shape,
)
from qleap_edge.mil.ops.registry import find_kernel, supported_types

FAMILIES = (
    activation,
    attention,
    boxes,
    classification,
    constants,
    control,
    convolution,
    elementwise,
    indexing,
    linear,
    normalization,
    pooling,
    quantization,
    rearranging,
    reduction,
    resampling,
    resizing,
    shape,
)

__all__ = ["FAMILIES", "find_kernel", "supported_types"]
