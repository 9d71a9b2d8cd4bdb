"""The fitted network as an ONNX file: batch norm folded, padding static.

The form is told in `docs/bundle.md`. Nothing here knows of runs or bundles.
"""

import io
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .network import CoverNet, coarse, moments
from .orientation import Orientation
from .rejector import Rejector

OUTPUTS = ("logits", "embedding", "evidence")

SLEEVE = "sleeve"
"""The output that tells how much a picture looks like a sleeve, where the bundle has one."""

TURNED = "turned"
"""The output that tells which way up a cover lies, where the bundle has one."""


class Deployed(nn.Module):
    """The network as it is shipped: logits, embedding and evidence of one cover, and whether it is one."""

    def __init__(
        self,
        network: CoverNet,
        size: int,
        mean: np.ndarray,
        axes: np.ndarray,
        rejector: Rejector | None = None,
        orientation: Orientation | None = None,
    ) -> None:
        """Folds and freezes a copy of a network.

        Args:
            network: In evaluation mode; it is changed, so hand in a copy.
            size: The side of the input in pixels, a multiple of 32.
            mean: The mean of the features, `1408`.
            axes: What the embedding is projected on, `length x 1408`.
            rejector: What tells sleeves from other pictures.
            orientation: What tells which way up a cover lies.
        """
        super().__init__()
        self.maps = simplified(network, size)
        spread = network.spread.detach()
        weights = network.head.weight.detach() / spread
        biases = network.head.bias.detach() - weights @ network.centre
        channels = [network.body._blocks[place]._block_args.output_filters for place in coarse(network.body)]
        # A cover's logit is the mean over its places of what each map, and its square, says there.
        self.votes = nn.ModuleList()
        for number, part in enumerate(weights.split([*channels, *channels], dim=1)):
            vote = nn.Conv2d(part.shape[1], len(part), 1)
            vote.weight.data = part[:, :, None, None].clone()
            vote.bias.data = biases.clone() if number == 0 else torch.zeros(len(part))
            self.votes.append(vote)
        projection = torch.tensor(axes, dtype=torch.float32)
        self.projection = nn.Linear(*projection.T.shape)
        self.projection.weight.data = projection / spread
        offset = torch.tensor(mean, dtype=torch.float32) + network.centre / spread
        self.projection.bias.data = -projection @ offset
        self.sleeve = None
        if rejector:
            weights = torch.tensor(rejector.weights)[None] / spread
            self.sleeve = nn.Linear(*weights.T.shape)
            self.sleeve.weight.data = weights
            self.sleeve.bias.data = rejector.bias - weights @ network.centre
        self.turned = None
        if orientation:
            weights = torch.tensor(orientation.weights, dtype=torch.float32).T
            self.turned = nn.Linear(*weights.T.shape)
            self.turned.weight.data = weights
            self.turned.bias.data = torch.tensor(orientation.biases, dtype=torch.float32)

    @property
    def outputs(self) -> list[str]:
        """The names of what `forward` returns."""
        return [*OUTPUTS, *[SLEEVE] * bool(self.sleeve), *[TURNED] * bool(self.turned)]

    def forward(self, cover: Tensor) -> tuple[Tensor, ...]:
        """Logits `1 x genres`, embedding `1 x length` of unit length, evidence `1 x genres x m x m`.

        With a rejector, its logit `1 x 1` follows; with an orientation, logits `1 x 4` of the quarter turns.
        """
        maps = self.maps(cover)
        terms = [*maps, *[one * one for one in maps]]
        side = maps[-1].shape[-1]
        evidence = None
        for vote, term in zip(self.votes, terms, strict=True):
            said = vote(term)
            if said.shape[-1] != side:
                said = nn.functional.avg_pool2d(said, said.shape[-1] // side)
            evidence = said if evidence is None else evidence + said
        means = torch.cat([term.mean((2, 3)) for term in terms], 1)
        projected = self.projection(means)
        embedding = projected / (projected.square().sum(1, keepdim=True) + 1e-12).sqrt()
        said = [evidence.mean((2, 3)), embedding, evidence]
        if self.sleeve:
            said.append(self.sleeve(means))
        if self.turned:
            said.append(self.turned(moments(maps)))
        return tuple(said)


def simplified(network: CoverNet, size: int) -> Callable[[Tensor], list[Tensor]]:
    """The body with batch norm folded into its convolutions and TensorFlow's "same" padding written out."""
    shapes: dict[nn.Module, int] = {}
    convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    hooks = [
        layer.register_forward_pre_hook(lambda layer, inputs: shapes.__setitem__(layer, inputs[0].shape[-1]))
        for layer in convolutions
    ]
    with torch.inference_mode():
        network.maps(torch.zeros(1, 3, size, size))
    for hook in hooks:
        hook.remove()

    body = network.body
    pairs = [(body, "_conv_stem", "_bn0")]
    for block in body._blocks:
        pairs += [(block, "_depthwise_conv", "_bn1"), (block, "_project_conv", "_bn2")]
        if hasattr(block, "_expand_conv"):
            pairs.append((block, "_expand_conv", "_bn0"))
    for owner, convolution, norm in pairs:
        folded = plain(
            fuse_conv_bn_eval(getattr(owner, convolution), getattr(owner, norm)),
            shapes[getattr(owner, convolution)],
        )
        setattr(owner, convolution, folded)
        setattr(owner, norm, nn.Identity())
    return Maps(network)


class Maps(nn.Module):
    """A network's feature maps, as a module of its own."""

    def __init__(self, network: CoverNet) -> None:
        """Takes the network."""
        super().__init__()
        self.network = network

    def forward(self, covers: Tensor) -> list[Tensor]:
        """Maps at strides 16 and 32."""
        return self.network.maps(covers)


def plain(convolution: nn.Conv2d, side: int) -> nn.Module:
    """An ordinary convolution behind the padding that "same" asks for at an input of this side.

    Source: TensorFlow's documentation of `tf.nn.convolution`, "SAME" padding.
    """
    (kernel, _), (stride, _) = convolution.kernel_size, convolution.stride
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    before, after = total // 2, total - total // 2
    result = nn.Conv2d(
        convolution.in_channels,
        convolution.out_channels,
        kernel,
        stride,
        padding=before if before == after else 0,
        groups=convolution.groups,
    )
    result.weight.data, result.bias.data = convolution.weight.data, convolution.bias.data
    if before == after:
        return result
    return nn.Sequential(nn.ZeroPad2d((before, after, before, after)), result)


def exported(network: Deployed, size: int) -> onnx.ModelProto:
    """The network as an fp32 ONNX model, opset 17, of static shapes, without nodes that only pad."""
    file = io.BytesIO()
    torch.onnx.export(
        network.eval(),
        (torch.zeros(1, 3, size, size),),
        file,
        input_names=["cover"],
        output_names=network.outputs,
        opset_version=17,
        do_constant_folding=True,
        dynamo=False,
    )
    model = folded(onnx.load_from_string(file.getvalue()))
    model.producer_name, model.producer_version = "sleevetrainer", ""
    onnx.checker.check_model(model, full_check=True)
    return model


def folded(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network after ONNX Runtime's basic optimisations.

    They compute what is constant and put the padding of `Pad` nodes into the convolutions behind them;
    what they leave is standard ONNX.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "folded.onnx"
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(path)
        options.log_severity_level = 3
        onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        result = onnx.load(path)
    used = {node.domain for node in result.graph.node}
    for opset in [opset for opset in result.opset_import if opset.domain not in used]:
        result.opset_import.remove(opset)
    return result


def reader(module: nn.Module, side: int) -> Callable[[np.ndarray], np.ndarray]:
    """ONNX Runtime on a module of one output: a function from covers, `n x 3 x s x s`.

    It reads several times as fast as PyTorch here.

    Args:
        module: In evaluation mode.
        side: Any `s` that it takes.
    """
    file = io.BytesIO()
    with redirect_stderr(io.StringIO()):
        torch.onnx.export(
            module.eval(),
            (torch.zeros(1, 3, side, side),),
            file,
            input_names=["covers"],
            dynamic_axes={"covers": {0: "count", 2: "side", 3: "side"}},
            opset_version=17,
            dynamo=False,
        )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # A thread that spins while PyTorch computes takes its core away.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    runtime = onnxruntime.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])
    return lambda covers: runtime.run(None, {"covers": covers})[0]


def session(model: bytes) -> Callable[[np.ndarray], list[np.ndarray]]:
    """ONNX Runtime on a model: a function from one cover, `1 x 3 x s x s`, to its three outputs."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    runtime = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return partial(_run, runtime)


def _run(runtime: onnxruntime.InferenceSession, cover: np.ndarray) -> list[np.ndarray]:
    return runtime.run(list(OUTPUTS), {"cover": cover})
