"""Dropout whose masks are a function of a key and a count, so that a resumed training draws what an unbroken one would."""

import torch
from torch import Tensor, nn


class KeyedDropout(nn.Module):
    """Sets a share of the numbers to zero while training and scales the others up, so that the mean stays what it was.

    PyTorch's own draws from a global generator, which a resume file does not hold. Here the key is drawn once, with the
    initial weights, and the state dict holds it and the number of masks drawn so far.

    Source: Srivastava et al., JMLR 2014.
    """

    key: Tensor
    draws: Tensor

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.register_buffer("key", torch.randint(2**31, ()))
        self.register_buffer("draws", torch.zeros((), dtype=torch.int64))

    def forward(self, values: Tensor) -> Tensor:
        """Return the values, thinned out while training and untouched otherwise."""
        if not self.training or self.rate == 0.0:
            return values
        generator = torch.Generator(device=values.device)
        generator.manual_seed(int(self.key.item()) * 2**32 + int(self.draws.item()))
        self.draws += 1
        kept = torch.rand(values.shape, generator=generator, device=values.device) >= self.rate
        return values * kept / (1.0 - self.rate)
