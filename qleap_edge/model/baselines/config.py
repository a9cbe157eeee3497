"""Sizes of the recurrent baselines. This module imports no torch."""

from typing import Annotated, Literal

from pydantic import Field

from qleap_edge.core.records import Part
from qleap_edge.model.config import Width

Rate = Annotated[float, Field(ge=0.0, lt=1.0)]


class BiLSTMConfig(Part):
    """One block of the published recurrent pose networks: linear → ReLU → bidirectional LSTM → linear."""

    hidden: Width
    """Width of the first linear layer and of each direction of the LSTM."""
    layers: Width = 2
    input_dropout: Rate = 0.0
    """Share of the input numbers that a training step sets to zero."""
    hidden_dropout: Rate = 0.0
    """Share of the numbers after the ReLU that a training step sets to zero."""


BILSTM_PRESETS: dict[Literal["bilstm-mobileposer-size", "bilstm-imuposer-size"], BiLSTMConfig] = {
    # MobilePoser (Xu et al., UIST 2024) is four such blocks of width 256 and 64: 5.4 M parameters for the pose, 6.7 M in
    # all. One block of 388 lies between the two and within 0.2 % of the HDT's own size. Dropout 0.4 after the ReLU is theirs.
    "bilstm-mobileposer-size": BiLSTMConfig(hidden=388, hidden_dropout=0.4),
    # IMUPoser (Mollyn et al., CHI 2023) is one block of width 512 with dropout 0.2 on the input.
    "bilstm-imuposer-size": BiLSTMConfig(hidden=512, input_dropout=0.2),
}
