"""The recurrent baseline: the block that published inertial pose networks are made of, with the HDT's outputs.

Re-built from the descriptions alone; no code and no weights of theirs. Every row that it yields is called "BiLSTM,
MobilePoser-size, our data" or "BiLSTM, IMUPoser-size, our data", never by the name of a published system: those read up to
five devices and their orientations, at other rates, and predict rotations.

Source: Xu et al., "MobilePoser", UIST 2024; Mollyn et al., "IMUPoser", CHI 2023.
"""

from jaxtyping import Float
from torch import Tensor, nn

from qleap_edge.core.contract import EMBEDDING_SIZE
from qleap_edge.core.exercises import EXERCISES, FORM_SCORES
from qleap_edge.core.frames import IMU_CHANNELS
from qleap_edge.core.skeleton import JOINT_COUNT
from qleap_edge.model.baselines.config import BiLSTMConfig
from qleap_edge.model.baselines.dropout import KeyedDropout
from qleap_edge.model.frontend import InputNormalisation
from qleap_edge.model.hdt import HDTOutput
from qleap_edge.model.heads import GaussianPose

_PER_FRAME = JOINT_COUNT * 3 * 2  # mean and log variance of each coordinate


class BiLSTM(nn.Module):
    """Linear → ReLU → bidirectional LSTM → linear, and two pooled linear heads for exercise and form.

    The pose part, :meth:`pose_parameters`, has h(n_in + 1) + 40h² + 32h + n_out(2h + 1) parameters with two layers of width
    h, 6 numbers in and 102 out (PyTorch's LSTM has two bias vectors). The class heads, which the published networks lack,
    read the mean of the hidden states over the window through one *what* and one *how* vector, as in the HDT.

    The initial weights are PyTorch's: uniform within ±1/√h, the bias of the forget gate included. The descriptions name no
    other law.
    """

    def __init__(self, config: BiLSTMConfig) -> None:
        super().__init__()
        self.config = config
        self.normalise = InputNormalisation()
        self.input_dropout = KeyedDropout(config.input_dropout)
        self.embed = nn.Linear(len(IMU_CHANNELS), config.hidden)
        self.hidden_dropout = KeyedDropout(config.hidden_dropout)
        self.lstm = nn.LSTM(config.hidden, config.hidden, config.layers, batch_first=True, bidirectional=True)
        self.pose = nn.Linear(2 * config.hidden, _PER_FRAME)
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
