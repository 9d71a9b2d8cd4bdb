"""Times runtimes on the same network, the same covers and the same machine, in turns, one thread each.

    compare.py CONTENDER RTEN WORK BUNDLE OUT

`WORK` is what `scripts/bench` has prepared. Writes `OUT.json` and `OUT.svg`, and prints the table for docs/speed.md.
"""

import json
import sys
from pathlib import Path

import matplotlib
import numpy as np

from turns import PICTURES, TURNS, Contender, measured, of_milliseconds, processor, python, table

matplotlib.use("svg")
import matplotlib.pyplot as plt

INT8_REFERENCE, REAL_REFERENCE = "ONNX Runtime int8", "ONNX Runtime fp32"
OVERHEAD = "Python, numpy, Pillow"


def row(contender: Contender, contenders: dict[str, Contender]) -> dict[str, object]:
    """The figures of one runtime."""
    answers, real = np.array(contender.answers), np.array(contenders[REAL_REFERENCE].answers)
    reference = float(np.median(contenders[INT8_REFERENCE].cpu))
    return {
        **contender.figures(),
        "of_onnxruntime_int8": round(float(np.median(contender.cpu)) / reference, 2),
        "same_genre_as_fp32": round(float((answers.argmax(1) == real.argmax(1)).mean()), 3),
        "logit_off_fp32": round(float(np.abs(answers - real).mean()), 4),
    }


def drawn(rows: list[dict[str, object]], out: Path) -> None:
    """A bar for each runtime."""
    rows = sorted(rows, key=lambda row: -row["cpu_ms"])
    figure, axes = plt.subplots(figsize=(7, 0.36 * len(rows) + 0.9), layout="constrained")
    colours = ["#c9622a" if row["name"].startswith("Sleevesight") else "#9aa5b1" for row in rows]
    bars = axes.barh([row["name"] for row in rows], [row["cpu_ms"] for row in rows], color=colours)
    axes.bar_label(bars, [f"{row['cpu_ms']:.1f}" for row in rows], padding=3)
    of_milliseconds(axes)
    axes.set_xlabel("processor time a cover, ms, one thread (median)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(out, metadata={"Date": None})


def main(contender: str, rten: str, work: str, bundle: str, out: str) -> None:
    """Measures, prints, writes."""
    quantised, real = f"{bundle}/network.onnx", f"{work}/real.onnx"
    pictures, packed, size = f"{work}/covers", f"{work}/covers.f32", Path(work, "size").read_text().strip()

    def peer(engine: str, network: str) -> list[str]:
        return python("worker.py", engine, network, pictures)

    contenders = [
        Contender("Sleevesight int8", [contender, "ours", quantised, bundle, pictures]),
        Contender("Sleevesight fp32", [contender, "ours", real, bundle, pictures]),
        Contender("tract QDQ", [contender, "tract", quantised, bundle, pictures]),
        Contender("tract fp32", [contender, "tract", real, bundle, pictures]),
        Contender(INT8_REFERENCE, peer("onnxruntime", quantised)),
        Contender(REAL_REFERENCE, peer("onnxruntime", real)),
        Contender("OpenVINO int8", peer("openvino", quantised)),
        Contender("OpenVINO fp32", peer("openvino", real)),
        Contender("LiteRT int8", peer("litert", f"{work}/int8.tflite")),
        Contender("LiteRT fp32", peer("litert", f"{work}/real.tflite")),
        Contender("ncnn fp32", peer("ncnn", f"{work}/real.ncnn.param")),
        Contender("rten QDQ", [rten, quantised, size, packed]),
        Contender("rten fp32", [rten, real, size, packed]),
        Contender(OVERHEAD, peer("nothing", quantised)),
    ]
    measured(contenders)
    overhead = contenders.pop()
    by_name = {contender.name: contender for contender in contenders}
    rows = [row(contender, by_name) for contender in contenders]
    figures = {
        "processor": processor(),
        "covers": len(contenders[0].answers),
        "runs": TURNS * PICTURES,
        "python": {key: overhead.figures()[key] for key in ("start_ms", "start_cpu_ms", "peak_mb")},
        "rows": rows,
    }
    Path(f"{out}.json").write_text(json.dumps(figures, indent=1) + "\n")
    drawn(rows, Path(f"{out}.svg"))
    columns = [
        "runtime",
        "CPU ms",
        "quartiles",
        "wall ms",
        "of ONNX Runtime int8",
        "start ms",
        "start, CPU ms",
    ]
    lines = [
        [
            one["name"],
            one["cpu_ms"],
            "{} to {}".format(*one["cpu_quartiles_ms"]),
            one["wall_ms"],
            one["of_onnxruntime_int8"],
            one["start_ms"],
            one["start_cpu_ms"],
            one["peak_mb"],
            f"{100 * one['same_genre_as_fp32']:.1f} %",
        ]
        for one in rows
    ]
    print(table([*columns, "peak MB", "genre as fp32"], lines))
    print(f"\n{OVERHEAD} by themselves: {figures['python']}")


if __name__ == "__main__":
    main(*sys.argv[1:])
