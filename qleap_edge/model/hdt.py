"""The Hybrid Disentangling Transformer: one wrist IMU window in, Gaussian pose, exercise and form out."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from qleap_edge.core.contract import EMBEDDING_SIZE
from qleap_edge.core.exercises import EXERCISES, FORM_SCORES
from qleap_edge.model.config import HDTConfig
from qleap_edge.model.decoder import FactorBranch, PoseDecoder
from qleap_edge.model.encoder import Encoder
from qleap_edge.model.frontend import ConvolutionalFrontEnd, InputNormalisation
from qleap_edge.model.heads import GaussianPose
from qleap_edge.model.motion_integrals import MotionIntegrals


class HDTOutput(NamedTuple):
    """Outputs in the order of the contract; the field names are the output names of the saved package."""

    pose: Float[Tensor, "b 200 17 3"]
    pose_log_variance: Float[Tensor, "b 200 17 3"]
    exercise_logits: Float[Tensor, "b k"]
    form_logits: Float[Tensor, "b 5"]
    what_embedding: Float[Tensor, "b 64"]
    how_embedding: Float[Tensor, "b 64"]


class HybridDisentanglingTransformer(nn.Module):
    """Signal and integrals → convolutions → transformer encoder → decoder split into *what* (exercise) and *how* (form)."""

    def __init__(self, config: HDTConfig) -> None:
        super().__init__()
        self.config = config
        self.normalise = InputNormalisation()
        self.integrals = MotionIntegrals()
        self.frontend = ConvolutionalFrontEnd(config)
        self.encoder = Encoder(config)
        self.what = FactorBranch(config)
        self.how = FactorBranch(config)
        self.exercise = nn.Linear(EMBEDDING_SIZE, len(EXERCISES))
        self.form = nn.Linear(EMBEDDING_SIZE, len(FORM_SCORES))
        self.pose_decoder = PoseDecoder(config)
        self.gaussian = GaussianPose()

    def leading_to_embeddings(self) -> tuple[nn.Module, ...]:
        """Return the trained parts between the signal and *what* and *how*."""
        return self.frontend, self.encoder, self.what.layers, self.how.layers

    def forward(self, imu: Float[Tensor, "b 200 6"]) -> HDTOutput:
        """Run windows in frame C (m/s², rad/s) through the network."""
        tokens = self.encoder(self.frontend(torch.cat([self.normalise(imu), self.integrals(imu)], dim=-1)))
        pooled = tokens.mean(dim=1)
        what, how = self.what(pooled), self.how(pooled)
        pose, log_variance = self.gaussian(*self.pose_decoder(tokens, what, how))
        return HDTOutput(pose, log_variance, self.exercise(what), self.form(how), what, how)


def parameter_count(model: nn.Module) -> int:
    """Return the number of trained parameters (buffers, i.e. normalisation constants, do not count)."""
    return sum(parameter.numel() for parameter in model.parameters())
