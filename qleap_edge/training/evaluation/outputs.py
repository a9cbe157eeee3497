"""Outputs of the PyTorch network, eager fp32."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from qleap_edge.metrics.outputs import OUTPUT_NAMES, ModelOutputs

BATCH = 64


def network_outputs(model: nn.Module, imu: Float[np.ndarray, "n 200 6"], batch_size: int = BATCH) -> ModelOutputs:
    """Run the network over windows, so many at once."""
    with torch.no_grad():
        parts = [model(batch) for batch in torch.split(torch.from_numpy(imu), batch_size)]
    stacked = [torch.cat(column).numpy() for column in zip(*parts, strict=True)]
    return ModelOutputs.of(dict(zip(OUTPUT_NAMES, stacked, strict=True)))


def in_batches(outputs: ModelOutputs) -> Iterator[ModelOutputs]:
    """Cut outputs that are all there into batches."""
    for first in range(0, len(outputs), BATCH):
        yield outputs[first : first + BATCH]
