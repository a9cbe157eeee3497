"""The blind control: the same network, trained the same way, with a constant input."""

from jaxtyping import Float
from torch import Tensor, nn

from qleap_edge.model.frontend import InputNormalisation
from qleap_edge.model.hdt import HDTOutput, HybridDisentanglingTransformer
from qleap_edge.model.heads import GaussianPose


class Blind(nn.Module):
    """Feeds a network the training mean of each channel in every sample, i.e. zeros after normalisation.

    The input is not zero before normalisation, because a specific force of zero is free fall, which no network was trained on.
    The scores of this control follow from the training poses alone; where the network with input is better, the difference
    comes from the watch.

    Because all windows are equal, one is computed and repeated: the same function and the same gradients at a fraction of the
    cost. Therefore only a network without dropout may be the blind control's.
    """

    def __init__(self, network: HybridDisentanglingTransformer) -> None:
        super().__init__()
        self.network = network

    @property
    def normalise(self) -> InputNormalisation:
        """The network's own normalisation; its mean is the input."""
        return self.network.normalise

    @property
    def gaussian(self) -> GaussianPose:
        """The network's own pose output."""
        return self.network.gaussian

    def forward(self, imu: Float[Tensor, "b 200 6"]) -> HDTOutput:
        """Return the same output for each window."""
        answer = self.network(self.normalise.mean.expand(1, *imu.shape[1:]))
        return HDTOutput(*(part.expand(len(imu), *part.shape[1:]) for part in answer))
