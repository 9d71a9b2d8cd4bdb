"""Accuracy against time: the network of a run at several sizes of its input, in int8 and in fp32.

    sizes.py RUN BUNDLE CONTENDER WORK OUT

It is run by the trainer's Python (`uv run --project trainer python scripts/speed/sizes.py ...`). The weights are the same at
each size, rounded to bytes anew, as `sleevetrainer export` does it. What was exported to `WORK` is not exported again. Writes
`OUT-sizes.json` and `OUT-sizes.svg`, and prints the table for docs/speed.md. The accuracy is that of the test split: nothing is
chosen by it.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

import matplotlib
import numpy as np
import onnx
from onnx import numpy_helper
from PIL import Image
from sleevetrainer.activations import ranges, with_int8_activations
from sleevetrainer.export import QUANTISED_BY, mix_in, mixing_of, read_part, truth_of
from sleevetrainer.fit import fitted
from sleevetrainer.onnx_file import Deployed
from sleevetrainer.onnx_file import exported as onnx_of
from sleevetrainer.preprocess import normalised, opened, scaled
from sleevetrainer.quantise import with_int8_weights
from sleevetrainer.run import Run
from sleevetrainer.strangers import rejector_of
from sleevetrainer.upright import orientation_of
from turns import PICTURES, TURNS, Contender, measured, of_milliseconds, processor, table

matplotlib.use("svg")
import matplotlib.pyplot as plt

SIZES = (160, 192, 224, 256)
METHOD = "percentile 99.99"
TIMED = 40


def reals(kept: dict[str, onnx.TensorProto], name: str) -> np.ndarray:
    """Weights that may be kept as bytes."""
    if name in kept:
        return numpy_helper.to_array(kept[name])
    values, scales = (numpy_helper.to_array(kept[f"{name}.{part}"]) for part in ("int8", "scale"))
    return values.astype(np.float32) * scales.reshape(-1, 1)


def exported(run: Run, size: int, bundle: Path, folder: Path) -> None:
    """Writes the networks of one size, their accuracy, and covers to time them with."""
    network = fitted(run)
    mix_in(network, mixing_of(run)[0])
    # The embedding is the bundle's: it changes neither genres nor times.
    kept = {tensor.name: tensor for tensor in onnx.load(bundle / "network.onnx").graph.initializer}
    components = reals(kept, "projection.weight")
    deployed = Deployed(
        network, size, np.zeros(components.shape[1]), components, rejector_of(run), orientation_of(run)
    )
    real = onnx_of(deployed, size)
    paths = np.random.default_rng(run.seed).permutation(run.table("train")["image_path"].to_numpy(str))
    known = [normalised(scaled(opened(run.covers / path), size))[None] for path in paths[:QUANTISED_BY]]
    weights = with_int8_weights(real, known)
    quantised = with_int8_activations(weights, ranges(real, known, METHOD))
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(real, folder / "real.onnx")
    onnx.save(quantised, folder / "network.onnx")
    about = re.sub(r"(?m)^size = .*", f"size = {size}", (bundle / "bundle.toml").read_text())
    digest = hashlib.sha256((folder / "network.onnx").read_bytes()).hexdigest()
    (folder / "bundle.toml").write_text(re.sub(r"(?m)^sha256 = .*", f'sha256 = "{digest}"', about, count=1))
    (folder / "covers").mkdir(exist_ok=True)
    tested = run.table("test")["image_path"].tolist()
    for number, path in enumerate(tested[:: len(tested) // TIMED]):
        Image.fromarray(scaled(opened(run.covers / path), size)).save(folder / "covers" / f"{number:04}.png")
    truth = truth_of(run, "test")
    right = {
        kind: float(np.mean(read_part(run, "test", size, model.SerializeToString(), kind).argmax(1) == truth))
        for kind, model in (("int8", quantised), ("fp32", real))
    }
    (folder / "accuracy.json").write_text(json.dumps(right))


def drawn(rows: list[dict[str, object]], out: Path) -> None:
    """Two lines, a point a size."""
    figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
    for kind, colour in (("int8", "#c9622a"), ("fp32", "#9aa5b1")):
        line = [row for row in rows if row["kind"] == kind]
        times, right = [row["cpu_ms"] for row in line], [100 * row["accuracy"] for row in line]
        axes.plot(times, right, "o-", color=colour, label=kind)
        for row, time, accuracy in zip(line, times, right, strict=True):
            axes.annotate(f"{row['size']}", (time, accuracy), xytext=(4, -11), textcoords="offset points")
    axes.set_xlabel("processor time a cover, ms, one thread (median)")
    axes.set_ylabel("accuracy, %")
    of_milliseconds(axes)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(out, metadata={"Date": None})


def main(run: str, bundle: str, contender: str, work: str, out: str) -> None:
    """Exports what is owed, measures, prints, writes."""
    folders = {size: Path(work, str(size)) for size in SIZES}
    for size, folder in folders.items():
        if not (folder / "accuracy.json").exists():
            exported(Run.opened(Path(run)), size, Path(bundle), folder)
    if contender == "-":
        return
    contenders = {
        (size, kind): Contender(
            f"{size} {kind}",
            [contender, "ours", str(folder / file), str(folder), str(folder / "covers")],
        )
        for size, folder in folders.items()
        for kind, file in (("int8", "network.onnx"), ("fp32", "real.onnx"))
    }
    measured(list(contenders.values()))
    rows = []
    for (size, kind), one in contenders.items():
        right = json.loads((folders[size] / "accuracy.json").read_text())[kind]
        rows.append({"size": size, "kind": kind, "accuracy": round(right, 4), **one.figures()})
    figures = {"processor": processor(), "runs": TURNS * PICTURES, "rows": rows}
    Path(f"{out}-sizes.json").write_text(json.dumps(figures, indent=1) + "\n")
    drawn(rows, Path(f"{out}-sizes.svg"))
    lines = [
        [f"{row['size']} px", row["kind"], f"{row['accuracy']:.3f}", row["cpu_ms"], row["peak_mb"]]
        for row in rows
    ]
    print(table(["input", "", "accuracy", "CPU ms", "peak MB"], lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
