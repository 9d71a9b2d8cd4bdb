"""Networks are made small, and what they say becomes lines of text that are kept."""

import json

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from sleevetrainer.words.covers import read_covers, words_read
from sleevetrainer.words.networks import cut, with_int8_weights
from sleevetrainer.words.reading import Line, decoded, ordered


def tiny(classes=5, depth=160):
    """A network of a convolution and a product, the second of which gives `classes`."""
    random = np.random.default_rng(0)
    weights = {
        "kernel": random.normal(size=(depth, 3, 3, 3)).astype(np.float32),
        "matrix": random.normal(size=(depth, classes)).astype(np.float32),
        "bias": random.normal(size=classes).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["x", "kernel"], ["maps"]),
        helper.make_node("GlobalAveragePool", ["maps"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("MatMul", ["flat", "matrix"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, classes])],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def said(network):
    values = np.random.default_rng(1).normal(size=(1, 3, 8, 8)).astype(np.float32)
    runtime = onnxruntime.InferenceSession(network.SerializeToString(), providers=["CPUExecutionProvider"])
    return runtime.run(None, {"x": values})[0][0]


def test_weights_in_int8_say_nearly_the_same():
    network = tiny()
    before, size = said(network), len(network.SerializeToString())
    with_int8_weights(network)
    assert len(network.SerializeToString()) < 0.5 * size
    kinds = {tensor.name: tensor.data_type for tensor in network.graph.initializer}
    assert kinds["kernel.bytes"] == kinds["matrix.bytes"] == TensorProto.INT8
    assert kinds["bias"] == TensorProto.FLOAT
    assert said(network) == pytest.approx(before, abs=0.02 * float(np.abs(before).max()))


def test_a_recogniser_is_cut_to_the_letters_that_are_kept():
    network = tiny(classes=6)
    helper.set_model_props(network, {"character": "a\n字\né\nЖ"})
    before = said(network)
    letters = cut(network, (0x20, 0x250))
    assert letters == "aé "
    # Blank, then the letters that are kept.
    assert said(network) == pytest.approx(before[[0, 1, 3, 5]], rel=1e-5)


def test_repeats_and_blanks_are_dropped():
    steps = [1, 1, 0, 1, 2, 2, 0]
    probabilities = np.full((len(steps), 3), 0.1, np.float32)
    probabilities[np.arange(len(steps)), steps] = 0.8
    text, confidence = decoded(probabilities, "ab")
    assert (text, confidence) == ("aab", pytest.approx(0.8))
    assert decoded(np.eye(3, dtype=np.float32)[[0, 0]], "ab") == ("", 0.0)


@pytest.mark.parametrize("turn", range(4))
def test_corners_are_ordered_from_the_top_left(turn):
    level = np.array([[0, 0], [4, 0.5], [4, 1.5], [0, 1]], np.float32)
    assert np.array_equal(ordered(np.roll(level, turn, axis=0)), level)
    assert np.array_equal(ordered(level[::-1]), level)


class FakeReader:
    """Reads the colour of a cover; stops with an error after so many covers."""

    def __init__(self, stop_after=99):
        self.left, self.asked = stop_after, 0

    def read(self, cover, how):
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        self.asked += 1
        text = f"red {cover.getpixel((0, 0))[0]} at {how.side}"
        return [Line(text, 0.98765, np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32))]


@pytest.fixture
def covers(tmp_path):
    for number in range(4):
        Image.new("RGB", (40, 40), (10 * number, 0, 0)).save(tmp_path / f"{number}.png")
    return tmp_path, [f"{number}.png" for number in range(4)]


def test_reading_goes_on_where_it_was_stopped(covers):
    folder, paths = covers
    out = folder / "read.jsonl"
    with pytest.raises(KeyboardInterrupt):
        read_covers(FakeReader(stop_after=5), folder, paths, out, passes=2)
    # The plug was pulled in the midst of a line.
    out.write_bytes(out.read_bytes()[:-7])
    again = FakeReader()
    read_covers(again, folder, paths, out, passes=2)
    assert again.asked == 4
    read = words_read(out)
    assert list(read) == paths
    assert all(set(passes) == {0, 1} for passes in read.values())
    assert read["2.png"][1][0]["text"] == "red 20 at 512"
    assert len(out.read_text().splitlines()) == 8
    assert json.loads(out.read_text().splitlines()[0])["lines"][0]["confidence"] == 0.9877
