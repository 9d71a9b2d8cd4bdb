"""The exported network says what the fitted one says, in the form that the device expects."""

import hashlib
import json
import tomllib
from pathlib import Path

import numpy as np
import onnx
import pytest
from conftest import command

from sleevetrainer.bundle import read
from sleevetrainer.errors import TrainerError
from sleevetrainer.goldens import drawn, goldens, prepared, read_answers
from sleevetrainer.onnx_file import session
from sleevetrainer.preprocess import normalised
from sleevetrainer.words.goldens import goldens as lines

ROOT = Path(__file__).resolve().parents[2]


def outputs(bundle: Path, seed: int = 0) -> list[np.ndarray]:
    description, network = read(bundle)
    size = description["input"]["size"]
    pixels = np.random.default_rng(seed).integers(0, 256, (1, size, size, 3), dtype=np.uint8)
    return session(network)(normalised(pixels))


def test_the_mean_of_the_evidence_is_the_logits(whole: tuple[Path, Path]) -> None:
    logits, _, evidence = outputs(whole[1])
    np.testing.assert_allclose(evidence.mean((2, 3)), logits, atol=1e-4)


def test_the_embedding_has_unit_length(whole: tuple[Path, Path]) -> None:
    for seed in range(3):
        assert np.linalg.norm(outputs(whole[1], seed)[1]) == pytest.approx(1, abs=1e-4)


def test_weights_are_int8_and_no_node_only_pads(whole: tuple[Path, Path]) -> None:
    model = onnx.load(whole[1] / "network.onnx")
    kinds = [node.op_type for node in model.graph.node]
    assert "Pad" not in kinds
    assert "BatchNormalization" not in kinds
    floats = sum(
        np.prod(tensor.dims)
        for tensor in model.graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT
    )
    assert floats < 60_000
    assert {opset.domain for opset in model.opset_import} == {""}


def test_quantising_is_measured_and_makes_the_file_small(whole: tuple[Path, Path]) -> None:
    note = json.loads((whole[0] / "export.json").read_text())
    quantising = note["quantising"]
    assert quantising["megabytes"]["int8 weights"] < 0.3 * quantising["megabytes"]["fp32"]
    assert quantising["compared"]["fp32"]["agreement"] == 1
    assert set(note["test"]) == {"fp32", "int8 weights", quantising["activations"]}
    # The test's network is fitted to a hundred drawn covers at 64 pixels: its logits lie close together.
    assert quantising["compared"]["int8 weights"]["root_mean_square"] < 0.5


def test_what_ships_is_all_in_int8_and_says_nearly_what_fp32_says(whole: tuple[Path, Path]) -> None:
    model = onnx.load(whole[1] / "network.onnx")
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("QuantizeLinear") > 40
    quantising = json.loads((whole[0] / "export.json").read_text())["quantising"]
    assert quantising["compared"][quantising["activations"]]["root_mean_square"] < 0.5


def test_the_bundle_tells_what_was_measured(whole: tuple[Path, Path]) -> None:
    run, bundle = whole
    description = tomllib.loads((bundle / "bundle.toml").read_text())
    evaluated = json.loads((run / "evaluate.json").read_text())["network"]
    assert description["figures"]["accuracy"] == pytest.approx(evaluated["accuracy"], abs=1e-3)
    assert (
        description["network"]["sha256"] == hashlib.sha256((bundle / "network.onnx").read_bytes()).hexdigest()
    )
    assert description["format"] == 2
    assert [genre["id"] for genre in description["genres"]] == ["circles", "stripes", "tiles", "waves"]
    assert description["training"]["covers"] == sum(description["training"]["counts"].values())
    assert (bundle.parent / "default").resolve() == bundle.resolve()
    assert "circles" in (bundle / "MODEL_CARD.md").read_text()
    assert not [path for path in bundle.parent.iterdir() if path.name.startswith(".")], "nothing half-written"


def test_runs_are_compared_a_row_each(whole: tuple[Path, Path]) -> None:
    done = command("compare", whole[0], whole[0])
    assert done.returncode == 0, done.stderr
    header, *rows = done.stdout.splitlines()
    assert header.startswith("run,seed,held_out,size,")
    assert len(rows) == 2
    assert len(set(rows)) == 1
    shown = dict(zip(header.split(","), rows[0].split(","), strict=True))
    evaluated = json.loads((whole[0] / "evaluate.json").read_text())["network"]
    assert float(shown["test_int8_weights"]) == pytest.approx(evaluated["accuracy"], abs=1e-3)


def test_a_bundle_that_was_changed_is_refused(whole: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "bundle.toml").write_bytes((whole[1] / "bundle.toml").read_bytes())
    (tmp_path / "network.onnx").write_bytes((whole[1] / "network.onnx").read_bytes()[:-1])
    with pytest.raises(TrainerError, match="not the one"):
        read(tmp_path)


def test_the_shipped_goldens_are_those_of_this_trainer() -> None:
    """The device is held to these files; here the trainer is."""
    folder = ROOT / "tests" / "preparation"
    description, network = read(ROOT / "models" / "default")
    kept = read_answers(folder)
    assert kept["bundle"] == description["network"]["sha256"]
    assert set(kept["pictures"]) == set(drawn())
    run = session(network)
    for name, answer in kept["pictures"].items():
        from sleevetrainer.preprocess import opened

        pixels = prepared(folder / name, description["input"]["size"])
        golden = np.asarray(opened(folder / f"{name}.prepared.png"))
        assert np.abs(pixels.astype(int) - golden).max() <= 1, name
        np.testing.assert_allclose(run(normalised(golden)[None])[0][0], answer["logits"], atol=2e-3)


def test_the_shipped_lines_are_those_of_this_trainer(tmp_path: Path) -> None:
    """The device is held to these lines; here the trainer is."""
    kept = json.loads((ROOT / "tests" / "words" / "lines.json").read_text(encoding="utf-8"))
    words = ROOT / "models" / "default" / "words"
    assert lines(words, ROOT / "tests" / "sleeves" / "flat", tmp_path / "lines.json", ["folk-window"]) > 0
    now = json.loads((tmp_path / "lines.json").read_text(encoding="utf-8"))
    assert (now["detector"], now["recogniser"]) == (kept["detector"], kept["recogniser"])
    for was, is_now in zip(kept["sleeves"]["folk-window"], now["sleeves"]["folk-window"], strict=True):
        assert [line["text"] for line in is_now] == [line["text"] for line in was]


def test_goldens_are_written_for_any_bundle(whole: tuple[Path, Path], tmp_path: Path) -> None:
    assert goldens(whole[1], tmp_path) == len(drawn())
    assert len(list(tmp_path.glob("*.prepared.png"))) == len(drawn())


def test_an_input_that_does_not_fit_the_maps_is_refused(whole: tuple[Path, Path], tmp_path: Path) -> None:
    done = command("export", whole[0], "--out", tmp_path / "bundle", "--size", 100)
    assert done.returncode == 2
    assert "multiple of 32" in done.stderr
    assert not (tmp_path / "bundle").exists()


def test_exporting_without_a_fit_says_what_is_missing(prepared: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    for name in ("prepare.json", "train.csv", "test.csv"):
        (run / name).write_bytes((prepared / name).read_bytes())
    done = command("export", run, "--out", tmp_path / "bundle")
    assert done.returncode == 2
    assert f"sleevetrainer fit {run}" in done.stderr
    assert not (tmp_path / "bundle").exists()
