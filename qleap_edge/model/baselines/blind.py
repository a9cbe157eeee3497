"""The blind control: the same network, trained the same way, that never sees its input."""

from jaxtyping import Float
from torch import Tensor, nn

from qleap_edge.model.frontend import InputNormalisation
from qleap_edge.model.hdt import HDTOutput, HybridDisentanglingTransformer
from qleap_edge.model.heads import GaussianPose


class Blind(nn.Module):
    """Feeds a network the training mean of each channel in every sample, i.e. zeros after normalisation.

    Not zeros before it: a specific force of zero is free fall, which no network was trained on. What this control scores,
    the network knows from the training poses alone; what the seeing network scores better, it has from the watch.

    All windows being equal, one is computed and repeated: the same function and the same gradients at a fraction of the
    cost. That is why only a network without dropout may be blinded.
    """

    def __init__(self, network: HybridDisentanglingTransformer) -> None:
        super().__init__()
        self.network = network

    @property
    def normalise(self) -> InputNormalisation:
        """The network's own; its mean is the input."""
        return self.network.normalise

    @property
    def gaussian(self) -> GaussianPose:
        """The network's own."""
        return self.network.gaussian

    def forward(self, imu: Float[Tensor, "b 200 6"]) -> HDTOutput:
        """Return one and the same answer for each window."""
        answer = self.network(self.normalise.mean.expand(1, *imu.shape[1:]))
        return HDTOutput(*(part.expand(len(imu), *part.shape[1:]) for part in answer))
