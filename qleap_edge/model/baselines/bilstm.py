"""The recurrent baseline: the block that published inertial pose networks are made of, with the HDT's outputs.

It is rebuilt from the descriptions, without code or weights of theirs. Each row of its results is called "BiLSTM,
MobilePoser-size, our data" or "BiLSTM, IMUPoser-size, our data", never by the name of a published system: those use up to
five devices and their orientations, at other rates, and predict rotations.

Source: Xu et al., "MobilePoser", UIST 2024; Mollyn et al., "IMUPoser", CHI 2023.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from qleap_edge.core.contract import EMBEDDING_SIZE
from qleap_edge.core.exercises import EXERCISES, FORM_SCORES
from qleap_edge.core.frames import IMU_CHANNELS
from qleap_edge.core.skeleton import JOINT_COUNT
from qleap_edge.model.baselines.config import BiLSTMConfig
from qleap_edge.model.frontend import InputNormalisation
from qleap_edge.model.hdt import HDTOutput
from qleap_edge.model.heads import NUMBERS_PER_FRAME, GaussianPose


class KeyedDropout(nn.Module):
    """Sets a share of the numbers to zero while training and scales the others up, so that the mean stays what it was.

    The masks are a function of a key and of the number of masks drawn before, so that a resumed training draws the masks of an
    uninterrupted one. PyTorch's dropout draws from a global generator, which a resume file does not hold. The key is drawn
    once, with the initial weights, and the state dict holds it and the count.

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


class BiLSTM(nn.Module):
    """Linear → ReLU → bidirectional LSTM → linear, and two pooled linear heads for exercise and form.

    The pose part, :meth:`pose_parameters`, has h(n_in + 1) + 40h² + 32h + n_out(2h + 1) parameters with two layers of width
    h, 6 numbers in and 102 out (PyTorch's LSTM has two bias vectors). The class heads, which the published networks lack,
    read the mean of the hidden states over the window through one *what* and one *how* vector, as in the HDT.

    The initial weights are PyTorch's: uniform within ±1/√h, the bias of the forget gate included. The descriptions name no
    other initialisation.
    """

    def __init__(self, config: BiLSTMConfig) -> None:
        super().__init__()
        self.config = config
        self.normalise = InputNormalisation()
        self.input_dropout = KeyedDropout(config.input_dropout)
        self.embed = nn.Linear(len(IMU_CHANNELS), config.hidden)
        self.hidden_dropout = KeyedDropout(config.hidden_dropout)
        self.lstm = nn.LSTM(config.hidden, config.hidden, config.layers, batch_first=True, bidirectional=True)
        self.pose = nn.Linear(2 * config.hidden, NUMBERS_PER_FRAME)
        self.what = nn.Linear(2 * config.hidden, EMBEDDING_SIZE)
        self.how = nn.Linear(2 * config.hidden, EMBEDDING_SIZE)
        self.exercise = nn.Linear(EMBEDDING_SIZE, len(EXERCISES))
        self.form = nn.Linear(EMBEDDING_SIZE, len(FORM_SCORES))
        self.gaussian = GaussianPose()

    def forward(self, imu: Float[Tensor, "b 200 6"]) -> HDTOutput:
        """Run windows in frame C (m/s², rad/s) through the network."""
        embedded = nn.functional.relu(self.embed(self.input_dropout(self.normalise(imu))))
        states, _ = self.lstm(self.hidden_dropout(embedded))
        frames = self.pose(states).reshape(*imu.shape[:2], 2, JOINT_COUNT, 3)
        pooled = states.mean(dim=1)
        what, how = self.what(pooled), self.how(pooled)
        pose, log_variance = self.gaussian(frames[:, :, 0], frames[:, :, 1])
        return HDTOutput(pose, log_variance, self.exercise(what), self.form(how), what, how)

    def pose_parameters(self) -> int:
        """Return the number of trained parameters that the pose needs, i.e. without the class heads."""
        return sum(p.numel() for part in (self.embed, self.lstm, self.pose) for p in part.parameters())
