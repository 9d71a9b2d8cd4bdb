"""The corner network as the ONNX file that is compiled into the device's program."""

import io
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from ..errors import TrainerError
from ..run import write_beside
from .network import SIZE, CornerNet

OUTPUTS = ("maps", "there")

TOLERANCE = 1e-3
"""The largest difference in a logit between PyTorch and ONNX Runtime."""


def export(network: CornerNet, path: Path) -> int:
    """Writes the network as fp32 ONNX, opset 17, of static shapes, batch norm folded.

    Input `frame`, `1 x 3 x 96 x 128`; outputs `maps`, `1 x 4 x 24 x 32`, and `there`, `1 x 1`, as
    `network.py` tells them.

    Returns:
        The file's length in bytes.

    Raises:
        TrainerError: ONNX Runtime says something else than PyTorch.
    """
    network = network.eval().to(memory_format=torch.contiguous_format)
    frame = torch.randn(1, 3, SIZE[1], SIZE[0], generator=torch.Generator().manual_seed(0))
    file = io.BytesIO()
    torch.onnx.export(
        network,
        (frame,),
        file,
        input_names=["frame"],
        output_names=list(OUTPUTS),
        opset_version=17,
        do_constant_folding=True,
        dynamo=False,
    )
    model = onnx.load_from_string(file.getvalue())
    model.producer_name, model.producer_version = "sleevetrainer", ""
    onnx.checker.check_model(model, full_check=True)
    written = model.SerializeToString()
    session = onnxruntime.InferenceSession(written, providers=["CPUExecutionProvider"])
    with torch.inference_mode():
        wanted = [part.numpy() for part in network(frame)]
    found = session.run(list(OUTPUTS), {"frame": frame.numpy()})
    off = max(float(np.abs(one - other).max()) for one, other in zip(found, wanted, strict=True))
    if not off <= TOLERANCE:
        raise TrainerError(f"the exported corner network is {off:.4f} off what was fitted; fit it again")
    write_beside(path, lambda beside: beside.write_bytes(written))
    return len(written)
