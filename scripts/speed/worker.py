"""One of those that scripts/bench compares: another runtime, on one thread.

    worker.py ENGINE NETWORK PICTURES

It speaks as contender.rs does: `ready` and the most memory that it has had after the first answer, then a line of JSON for
each line of its input.
"""

import json
import sys
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

import numpy as np

Engine = Callable[[np.ndarray], np.ndarray]
"""From a cover, `1 x 3 x s x s` float32, to logits."""


def onnxruntime(network: Path) -> Engine:
    """ONNX Runtime with all its optimisations."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    session = ort.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    outputs = [output.name for output in session.get_outputs()]
    return lambda cover: session.run(outputs, {"cover": cover})[0][0]


def openvino(network: Path) -> Engine:
    """OpenVINO, asked for the lowest latency."""
    import openvino as ov

    options = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY"}
    compiled = ov.Core().compile_model(str(network), "CPU", options)
    request = compiled.create_infer_request()
    return lambda cover: request.infer([cover])[0][0]


def ncnn(network: Path) -> Engine:
    """ncnn, from what pnnx made of the network."""
    import ncnn as n

    net = n.Net()
    net.opt.num_threads = 1
    net.load_param(str(network))
    net.load_model(str(network.with_suffix(".bin")))

    def read(cover: np.ndarray) -> np.ndarray:
        with net.create_extractor() as extractor:
            extractor.input("in0", n.Mat(cover[0]))
            return np.array(extractor.extract("out0")[1])

    return read


def litert(network: Path) -> Engine:
    """LiteRT, with XNNPACK, from what litert.py made of the network."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(network), num_threads=1)
    interpreter.allocate_tensors()
    [into], [out] = interpreter.get_input_details(), interpreter.get_output_details()

    def read(cover: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(into["index"], np.ascontiguousarray(cover.transpose(0, 2, 3, 1)))
        interpreter.invoke()
        return interpreter.get_tensor(out["index"])[0]

    return read


def nothing(network: Path) -> Engine:
    """What Python, numpy and Pillow cost by themselves."""
    network.stat()
    return lambda cover: cover[0, 0, 0, :1]


ENGINES = {
    "litert": litert,
    "ncnn": ncnn,
    "nothing": nothing,
    "onnxruntime": onnxruntime,
    "openvino": openvino,
}


def normalised(path: Path) -> np.ndarray:
    """A picture as the network takes it."""
    from PIL import Image

    pixels = np.asarray(Image.open(path).convert("RGB"), np.float32)
    return np.ascontiguousarray(((pixels - 127) / 128).transpose(2, 0, 1)[None])


def peak() -> float:
    """The most memory that this process has had, in MB."""
    line = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    return int(line.split()[1]) * 1024 / 1e6


def plain(answer: object) -> object:
    """What JSON can hold."""
    return [float(value) for value in np.ravel(answer)] if isinstance(answer, np.ndarray) else answer


def served(read: Callable, paths: list[Path], opened: Callable[[Path], object]) -> None:
    """Answers what is asked, with pictures that are opened before any time is taken."""
    read(opened(paths[0]))
    print("ready", peak(), flush=True)
    pictures = [opened(path) for path in paths]
    following = cycle(pictures)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "run":
            answer = []
            for picture in islice(following, int(words[1])):
                began = time.perf_counter()
                read(picture)
                answer.append(1e3 * (time.perf_counter() - began))
        else:
            answer = [plain(read(picture)) for picture in pictures]
        print(json.dumps(answer), flush=True)


def main(engine: str, network: str, pictures: str) -> None:
    """Answers what is asked."""
    served(ENGINES[engine](Path(network)), sorted(Path(pictures).glob("*.png")), normalised)


if __name__ == "__main__":
    main(*sys.argv[1:])
