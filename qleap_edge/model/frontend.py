"""Normalisation and the 1-D convolutional front end: 200 samples × 12 channels in, one token for 20 samples out."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from qleap_edge.core.frames import IMU_CHANNELS, WINDOW_STEPS
from qleap_edge.model.config import HDTConfig
from qleap_edge.model.motion_integrals import INTEGRAL_CHANNELS


class InputNormalisation(nn.Module):
    """Subtract the training mean and divide by the training deviation of each channel, inside the model.

    An app gives m/s² and rad/s and needs no constants of the training.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(len(IMU_CHANNELS)))
        self.register_buffer("deviation", torch.ones(len(IMU_CHANNELS)))

    def set_statistics(self, mean: Float[Tensor, " 6"], deviation: Float[Tensor, " 6"]) -> None:
        """Store mean and standard deviation of the training signals (m/s², rad/s)."""
        self.mean.copy_(mean)
        self.deviation.copy_(deviation)

    def forward(self, imu: Float[Tensor, "b 200 6"]) -> Float[Tensor, "b 200 6"]:
        """Return the standardised signal."""
        return (imu - self.mean) / self.deviation


class ConvolutionalFrontEnd(nn.Module):
    """Three convolutions with GELU; the last two lower the rate, so that attention runs on a few tokens, not on 200 samples."""

    def __init__(self, config: HDTConfig) -> None:
        super().__init__()
        widths = (len(IMU_CHANNELS) + INTEGRAL_CHANNELS, *config.conv_channels, config.d_model)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(widths[i], widths[i + 1], kernel, stride=stride, padding=kernel // 2)
            for i, (kernel, stride) in enumerate(zip(config.conv_kernels, config.conv_strides, strict=True))
        )
        tokens = WINDOW_STEPS // config.frames_per_token
        # Added before the transpose: conv -> transpose -> add(constant) breaks coremltools 9 weight compression.
        self.position = nn.Parameter(torch.randn(1, config.d_model, tokens) * 0.02)

    def forward(self, signal: Float[Tensor, "b 200 12"]) -> Float[Tensor, "b tokens d"]:
        """Return one vector a token, with its position added."""
        features = signal.transpose(1, 2)
        for convolution in self.convolutions:
            features = nn.functional.gelu(convolution(features))
        tokens: Tensor = (features + self.position).transpose(1, 2)
        return tokens
