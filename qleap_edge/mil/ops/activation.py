"""Activation functions (MIL: activation)."""

import torch
from torch import Tensor
from torch.nn import functional

from qleap_edge.mil.ops.registry import kernel


@kernel("relu", moves_only=True)
def relu(x: Tensor) -> Tensor:
    """``max(x, 0)``."""
    return functional.relu(x)


@kernel("relu6", moves_only=True)
def relu6(x: Tensor) -> Tensor:
    """``min(max(x, 0), 6)``."""
    return functional.relu6(x)


@kernel("clamped_relu", static=("alpha", "beta"))
def clamped_relu(x: Tensor, alpha: float, beta: float) -> Tensor:
    """``min(beta, x)`` for ``x >= 0``, ``min(beta, alpha * x)`` below."""
    return torch.clamp(torch.where(x >= 0, x, alpha * x), max=beta)


@kernel("thresholded_relu", static=("alpha",), moves_only=True)
def thresholded_relu(x: Tensor, alpha: float) -> Tensor:
    """``x`` where ``x >= alpha``, else 0."""
    return torch.where(x >= alpha, x, torch.zeros_like(x))


@kernel("leaky_relu", static=("alpha",))
def leaky_relu(x: Tensor, alpha: float) -> Tensor:
    """``x`` for ``x >= 0``, ``alpha * x`` below."""
    return torch.where(x >= 0, x, alpha * x)


@kernel("prelu")
def prelu(x: Tensor, alpha: Tensor) -> Tensor:
    """``leaky_relu`` with one slope a channel (axis 1)."""
    return torch.where(x >= 0, x, _per_channel(alpha, x) * x)


@kernel("elu", static=("alpha",))
def elu(x: Tensor, alpha: float) -> Tensor:
    """``x`` for ``x >= 0``, ``alpha * (exp(x) - 1)`` below."""
    return functional.elu(x, alpha)


@kernel(
    "gelu",
    static=("mode",),
    choices={"mode": ("EXACT", "TANH_APPROXIMATION", "SIGMOID_APPROXIMATION")},
    new_memory=True,
)
def gelu(x: Tensor, mode: str = "EXACT") -> Tensor:
    """Gaussian error linear unit: ``x Φ(x)``, or one of its two approximations."""
    if mode == "SIGMOID_APPROXIMATION":
        return x * torch.sigmoid(1.702 * x)
    return functional.gelu(x, approximate="none" if mode == "EXACT" else "tanh")


@kernel("silu", new_memory=True)
def silu(x: Tensor) -> Tensor:
    """``x * sigmoid(x)``."""
    return functional.silu(x)


@kernel("sigmoid")
def sigmoid(x: Tensor) -> Tensor:
    """``1 / (1 + exp(-x))``."""
    return torch.sigmoid(x)


@kernel("sigmoid_hard", static=("alpha", "beta"))
def sigmoid_hard(x: Tensor, alpha: float, beta: float) -> Tensor:
    """``min(max(alpha * x + beta, 0), 1)``."""
    return torch.clamp(alpha * x + beta, 0.0, 1.0)


@kernel("tanh")
def tanh(x: Tensor) -> Tensor:
    """Hyperbolic tangent."""
    return torch.tanh(x)


@kernel("scaled_tanh", static=("alpha", "beta"))
def scaled_tanh(x: Tensor, alpha: float, beta: float) -> Tensor:
    """``alpha * tanh(beta * x)``."""
    return alpha * torch.tanh(beta * x)


@kernel("softplus")
def softplus(x: Tensor) -> Tensor:
    """``ln(1 + exp(x))``, exact for large ``x`` as well."""
    return torch.logaddexp(x, torch.zeros_like(x))


@kernel("softplus_parametric")
def softplus_parametric(x: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
    """``alpha_c * ln(1 + exp(beta_c * x))`` for each channel c (axis 1)."""
    return _per_channel(alpha, x) * softplus(_per_channel(beta, x) * x)


@kernel("softsign")
def softsign(x: Tensor) -> Tensor:
    """``x / (1 + |x|)``."""
    return functional.softsign(x)


@kernel("linear_activation", static=("alpha", "beta"))
def linear_activation(x: Tensor, alpha: float, beta: float) -> Tensor:
    """``alpha * x + beta``."""
    return alpha * x + beta


@kernel("softmax", static=("axis",), new_memory=True)
def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """``exp(x) / sum(exp(x))`` along one axis."""
    return torch.softmax(x, axis)


def _per_channel(values: Tensor, x: Tensor) -> Tensor:
    """Reshape a channel vector so that it broadcasts along axis 1 of ``x``."""
    return values.reshape(1, -1, *[1] * (x.dim() - 2))
