"""Small networks of many families, each with the shape of its input: what people convert, not what suits the runtime.

Weights are drawn, not trained, so that no two layers are alike (the converter stores equal constants once). Batch norms are
folded into the convolutions before export, so that a parameter of the module and a constant of the package are the same thing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval


@dataclass(frozen=True)
class Architecture:
    """One network.

    Args:
        make: returns the module.
        shape: of its one input ``x``.
        tokens: the input holds whole numbers below this, 0 if it holds real ones.
    """

    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    tokens: int = 0

    def module(self) -> nn.Module:
        """Return the module, in evaluation mode, the same each time."""
        torch.manual_seed(5)
        module = self.make().eval()
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.add_(0.02 * torch.randn_like(parameter))
        return module

    def inputs(self, seed: int) -> Tensor:
        """Return one input."""
        source = torch.Generator().manual_seed(seed)
        if self.tokens:
            return torch.randint(self.tokens, self.shape, generator=source, dtype=torch.int32)
        return torch.randn(self.shape, generator=source)


class Residual(nn.Module):
    """ResNet's basic block, batch norms folded."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = (_folded(channels) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.second(functional.relu(self.first(x))))


def _folded(channels: int) -> nn.Module:
    conv, norm = nn.Conv2d(channels, channels, 3, padding=1).eval(), nn.BatchNorm2d(channels).eval()
    nn.init.uniform_(norm.running_var, 0.5, 2.0)  # type: ignore[arg-type]
    folded: nn.Module = fuse_conv_bn_eval(conv, norm)
    return folded


class InvertedResidual(nn.Module):
    """MobileNetV3's block: widen, depthwise, squeeze and excite, narrow."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        wide = 4 * channels
        self.widen, self.narrow = nn.Conv2d(channels, wide, 1), nn.Conv2d(wide, channels, 1)
        self.depthwise = nn.Conv2d(wide, wide, 5, padding=2, groups=wide)
        self.squeeze, self.excite = nn.Conv2d(wide, 8, 1), nn.Conv2d(8, wide, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.hardswish(self.depthwise(functional.hardswish(self.widen(x))))
        weight = functional.relu(self.squeeze(functional.adaptive_avg_pool2d(y, 1)))
        return x + self.narrow(y * functional.hardsigmoid(self.excite(weight)))


class UNet(nn.Module):
    """One step down, one up by a transposed convolution, and the skip between them."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.down = nn.Conv2d(3, 12, 3, padding=1), nn.Conv2d(12, 24, 3, stride=2, padding=1)
        self.up, self.leave = nn.ConvTranspose2d(24, 12, 2, stride=2), nn.Conv2d(24, 5, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        skip = functional.relu(self.enter(x))
        return self.leave(torch.cat([skip, self.up(functional.relu(self.down(skip)))], 1))


class FeaturePyramid(nn.Module):
    """Features of two sizes, brought together by interpolation."""

    def __init__(self) -> None:
        super().__init__()
        self.fine, self.coarse = nn.Conv2d(3, 12, 3, padding=1), nn.Conv2d(12, 12, 3, stride=2, padding=1)
        self.merge = nn.Conv2d(12, 7, 1)

    def forward(self, x: Tensor) -> Tensor:
        fine = functional.silu(self.fine(x))
        coarse = functional.silu(self.coarse(fine))
        larger = functional.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.merge(fine + larger + functional.interpolate(coarse, scale_factor=2.0, mode="nearest"))


class SuperResolution(nn.Module):
    """ESPCN: convolutions in the small picture, then a pixel shuffle."""

    def __init__(self) -> None:
        super().__init__()
        self.features, self.subpixels = nn.Conv2d(1, 24, 5, padding=2), nn.Conv2d(24, 9, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return functional.pixel_shuffle(self.subpixels(torch.tanh(self.features(x))), 3)


class TemporalBlock(nn.Module):
    """A causal TCN: dilated convolutions padded in front only."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv1d(6 if step == 0 else 24, 24, 3, dilation=2**step) for step in range(3))

    def forward(self, x: Tensor) -> Tensor:
        for step, layer in enumerate(self.layers):
            x = functional.elu(layer(functional.pad(x, (2 * 2**step, 0))))
        return x


class GatedConvolution(nn.Module):
    """WaveNet's gate: tanh times sigmoid."""

    def __init__(self) -> None:
        super().__init__()
        self.value, self.gate = (nn.Conv1d(6, 24, 3, padding=2, dilation=2) for _ in range(2))
        self.leave = nn.Conv1d(24, 6, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.leave(torch.tanh(self.value(x)) * torch.sigmoid(self.gate(x))) + x


class ConvNeXt(nn.Module):
    """Depthwise, layer norm over the channels, two linear layers, layer scale."""

    def __init__(self) -> None:
        super().__init__()
        self.depthwise, self.norm = nn.Conv2d(24, 24, 7, padding=3, groups=24), nn.LayerNorm(24)
        self.widen, self.narrow = nn.Linear(24, 96), nn.Linear(96, 24)
        self.scale = nn.Parameter(0.5 * torch.ones(24))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        return x + (self.scale * self.narrow(functional.gelu(self.widen(y)))).permute(0, 3, 1, 2)


class Attention(nn.Module):
    """Self-attention by PyTorch's fused function."""

    def __init__(self, width: int, heads: int, causal: bool = False) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.mixed, self.back = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, time, width = x.shape
        parts = self.mixed(x).reshape(batch, time, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_causal=self.causal)
        return self.back(mixed.transpose(1, 2).reshape(batch, time, width))


class VisionTransformer(nn.Module):
    """Patches by a convolution, a class token, one layer."""

    def __init__(self) -> None:
        super().__init__()
        self.patches, self.token = nn.Conv2d(3, 32, 4, stride=4), nn.Parameter(torch.randn(1, 1, 32))
        self.positions = nn.Parameter(0.1 * torch.randn(1, 17, 32))
        self.before, self.attention, self.after = nn.LayerNorm(32), Attention(32, 4), nn.LayerNorm(32)
        self.wide, self.narrow, self.head = nn.Linear(32, 64), nn.Linear(64, 32), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        tokens = (
            torch.cat([self.token, functional.gelu(self.patches(x)).flatten(2).transpose(1, 2)], 1) + self.positions
        )
        tokens = tokens + self.attention(self.before(tokens))
        tokens = tokens + self.narrow(functional.gelu(self.wide(self.after(tokens))))
        return self.head(tokens[:, 0])


class LanguageModel(nn.Module):
    """Embeddings, causal attention, RMS norm, SwiGLU: a decoder of a language model."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.attention = nn.Embedding(50, 32), Attention(32, 4, causal=True)
        self.gate, self.up, self.down = nn.Linear(32, 64, False), nn.Linear(32, 64, False), nn.Linear(64, 32, False)
        self.head = nn.Linear(32, 50)

    def forward(self, x: Tensor) -> Tensor:
        y = self.embedding(x)
        y = y + self.attention(y * torch.rsqrt(y.square().mean(-1, keepdim=True) + 1e-5))
        return self.head(y + self.down(functional.silu(self.gate(y)) * self.up(y)))


class CrossAttention(nn.Module):
    """Learnt queries look at the input: a Perceiver."""

    def __init__(self) -> None:
        super().__init__()
        self.queries, self.enter = nn.Parameter(torch.randn(1, 5, 32)), nn.Linear(6, 32)
        self.key, self.value, self.head = nn.Linear(32, 32), nn.Linear(32, 32), nn.Linear(160, 8)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.leaky_relu(self.enter(x), 0.1)
        weight = torch.softmax(torch.einsum("bqc,btc->bqt", self.queries, self.key(y)) / 32**0.5, -1)
        return self.head((weight @ self.value(y)).flatten(1))


class Recurrent(nn.Module):
    """A recurrent network with a head on its last step."""

    def __init__(self, kind: type[nn.RNNBase], **options: bool) -> None:
        super().__init__()
        self.recurrent = kind(6, 16, batch_first=True, **options)
        self.head = nn.Linear(16 * (2 if options.get("bidirectional") else 1), 51)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.recurrent(x)[0][:, -1])


class PointNet(nn.Module):
    """Each point alone, then the largest of all: independent of their order."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = nn.Conv1d(3, 24, 1), nn.Conv1d(24, 48, 1), nn.Linear(48, 9)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(functional.relu(self.second(functional.relu(self.first(x)))).amax(2))


class SkeletonGraph(nn.Module):
    """ST-GCN's spatial half: joints exchange along fixed edges."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("edges", torch.softmax(torch.randn(17, 17), 1))
        self.register_buffer("order", torch.randperm(17))
        self.mix, self.back = nn.Conv2d(3, 24, 1), nn.Conv2d(24, 3, (5, 1), padding=(2, 0))

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(torch.matmul(self.mix(x), self.edges))  # type: ignore[arg-type]
        return self.back(y)[..., self.order]  # type: ignore[index]


class Experts(nn.Module):
    """Two of four experts, chosen by a router."""

    def __init__(self) -> None:
        super().__init__()
        self.router, self.experts = nn.Linear(16, 4), nn.Linear(16, 4 * 16)

    def forward(self, x: Tensor) -> Tensor:
        weight, chosen = torch.topk(torch.softmax(self.router(x), -1), 2, dim=-1)
        every = self.experts(x).reshape(*x.shape[:-1], 4, 16)
        picked = torch.gather(every, -2, chosen.unsqueeze(-1).expand(*chosen.shape, 16))
        return (weight.unsqueeze(-1) * picked).sum(-2)


class GroupNormed(nn.Module):
    """Group norm, instance norm and average pooling, as in generators of pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = (
            nn.Conv2d(3, 16, 3, padding=1, padding_mode="reflect"),
            nn.Conv2d(16, 16, 3, padding=1, groups=4),
        )
        self.group, self.instance = nn.GroupNorm(4, 16), nn.InstanceNorm2d(16, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.softplus(self.group(self.first(x)))
        return functional.avg_pool2d(self.instance(self.second(y)), 3, stride=2, padding=1)


def _perceptron() -> nn.Module:
    return nn.Sequential(nn.Linear(12, 48), nn.ReLU(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, 6), nn.Softmax(-1))


def _lenet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True),
        nn.Flatten(), nn.Linear(144, 32), nn.PReLU(), nn.Linear(32, 10), nn.LogSoftmax(-1),
    )  # fmt: skip


def _resnet() -> nn.Module:
    return nn.Sequential(Residual(12), Residual(12), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 10))


def _separable() -> nn.Module:
    return nn.Sequential(
        nn.Conv3d(1, 8, 3, padding=1), nn.SELU(), nn.AvgPool3d(2), nn.Conv3d(8, 16, (3, 1, 1)), nn.GELU()
    )


ARCHITECTURES = {
    "perceptron": Architecture(_perceptron, (1, 12)),
    "lenet": Architecture(_lenet, (1, 1, 18, 18)),
    "resnet": Architecture(_resnet, (1, 12, 9, 11)),
    "mobilenet": Architecture(lambda: InvertedResidual(12), (1, 12, 10, 8)),
    "unet": Architecture(UNet, (1, 3, 12, 16)),
    "feature_pyramid": Architecture(FeaturePyramid, (1, 3, 12, 16)),
    "super_resolution": Architecture(SuperResolution, (1, 1, 9, 7)),
    "volume": Architecture(_separable, (1, 1, 8, 6, 6)),
    "tcn": Architecture(TemporalBlock, (1, 6, 50)),
    "wavenet": Architecture(GatedConvolution, (1, 6, 50)),
    "convnext": Architecture(ConvNeXt, (1, 24, 8, 6)),
    "group_norms": Architecture(GroupNormed, (1, 3, 9, 9)),
    "vision_transformer": Architecture(VisionTransformer, (1, 3, 16, 16)),
    "language_model": Architecture(LanguageModel, (1, 11), tokens=50),
    "perceiver": Architecture(CrossAttention, (1, 20, 6)),
    "bilstm": Architecture(lambda: Recurrent(nn.LSTM, bidirectional=True), (1, 20, 6)),
    "gru": Architecture(lambda: Recurrent(nn.GRU), (1, 20, 6)),
    "pointnet": Architecture(PointNet, (1, 3, 40)),
    "skeleton_graph": Architecture(SkeletonGraph, (1, 3, 20, 17)),
    "experts": Architecture(Experts, (1, 7, 16)),
}
