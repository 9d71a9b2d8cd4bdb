"""Times runtimes on the same network, the same covers and the same machine, in turns.

    compare.py CONTENDER QUANTISED.onnx REAL.onnx BUNDLE PICTURES OUT [NCNN.param]

Each runtime is a process of one thread, and what counts is its processor time, because machines are shared. Runtimes
take turns of a few covers each, so that whatever else the machine does meets all of them. Writes `OUT.json` and `OUT.svg`, and
prints the table for docs/speed.md.
"""

import json
import platform
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("svg")
import matplotlib.pyplot as plt

TURNS, COVERS, COLD = 24, 8, 5
"""Turns of each runtime, covers a turn, and cold starts."""

INT8_REFERENCE, REAL_REFERENCE = "ONNX Runtime int8", "ONNX Runtime fp32"


@dataclass
class Runtime:
    """One that is compared."""

    name: str
    command: list[str]
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    start: list[float] = field(default_factory=list)
    answers: list[list[float]] = field(default_factory=list)
    peak_mb: float = 0.0

    def started(self) -> subprocess.Popen:
        """The worker, after its first answer; how long that took is kept."""
        began = time.perf_counter()
        worker = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        if worker.stdout.readline().strip() != "ready":
            raise SystemExit(f"{self.name} does not start: {' '.join(self.command)}")
        self.start.append(1e3 * (time.perf_counter() - began))
        return worker


def asked(worker: subprocess.Popen, line: str) -> object:
    """What a worker answers."""
    worker.stdin.write(f"{line}\n")
    worker.stdin.flush()
    return json.loads(worker.stdout.readline())


def processor_time(worker: subprocess.Popen) -> float:
    """The processor time that a process has taken, all its threads together, in milliseconds."""
    # As `clock_getcpuclockid` numbers it, which Python does not have.
    return time.clock_gettime_ns((~worker.pid << 3) | 2) / 1e6


def measured(runtimes: list[Runtime]) -> None:
    """Runs all of them in turns."""
    for runtime in runtimes:
        for _ in range(COLD - 1):
            worker = runtime.started()
            worker.stdin.close()
            worker.wait()
    workers = [runtime.started() for runtime in runtimes]
    for runtime, worker in zip(runtimes, workers, strict=True):
        runtime.answers = asked(worker, "answers")
    for _ in range(TURNS):
        for runtime, worker in zip(runtimes, workers, strict=True):
            # The first finds another's data in the caches.
            asked(worker, "run 2")
            spent = processor_time(worker)
            runtime.wall += asked(worker, f"run {COVERS}")
            runtime.cpu.append((processor_time(worker) - spent) / COVERS)
    for runtime, worker in zip(runtimes, workers, strict=True):
        runtime.peak_mb = asked(worker, "end")["peak_mb"]
        worker.stdin.close()
        worker.wait()


def row(runtime: Runtime, runtimes: list[Runtime]) -> dict[str, object]:
    """The figures of one runtime."""
    by_name = {other.name: other for other in runtimes}
    low, middle, high = np.percentile(runtime.cpu, [25, 50, 75])
    ours, real = np.array(runtime.answers), np.array(by_name[REAL_REFERENCE].answers)
    return {
        "name": runtime.name,
        "cpu_ms": round(float(middle), 2),
        "cpu_quartiles_ms": [round(float(low), 2), round(float(high), 2)],
        "wall_ms": round(float(np.median(runtime.wall)), 2),
        "of_onnxruntime_int8": round(float(middle / np.median(by_name[INT8_REFERENCE].cpu)), 2),
        "start_ms": round(float(np.median(runtime.start)), 0),
        "peak_mb": round(runtime.peak_mb, 0),
        "same_genre_as_fp32": round(float((ours.argmax(1) == real.argmax(1)).mean()), 3),
        "logit_off_fp32": round(float(np.abs(ours - real).mean()), 4),
    }


def drawn(rows: list[dict[str, object]], out: Path) -> None:
    """A bar for each runtime."""
    rows = sorted(rows, key=lambda row: -row["cpu_ms"])
    figure, axes = plt.subplots(figsize=(7, 0.42 * len(rows) + 0.9), layout="constrained")
    colours = ["#c9622a" if row["name"].startswith("Sleevesight") else "#9aa5b1" for row in rows]
    bars = axes.barh([row["name"] for row in rows], [row["cpu_ms"] for row in rows], color=colours)
    axes.bar_label(bars, [f"{row['cpu_ms']:.1f}" for row in rows], padding=3)
    axes.set_xscale("log")
    axes.set_xlabel("processor time a cover, ms, one thread (median)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(out, metadata={"Date": None})


def main(contender: str, quantised: str, real: str, bundle: str, pictures: str, out: str, *ncnn: str) -> None:
    """Measures, prints, writes."""
    here = Path(__file__).parent
    peer = [sys.executable, str(here / "worker.py")]
    runtimes = [
        Runtime("Sleevesight int8", [contender, "ours", quantised, bundle, pictures]),
        Runtime("Sleevesight fp32", [contender, "ours", real, bundle, pictures]),
        Runtime("tract QDQ", [contender, "tract", quantised, bundle, pictures]),
        Runtime("tract fp32", [contender, "tract", real, bundle, pictures]),
        Runtime(INT8_REFERENCE, [*peer, "onnxruntime", quantised, pictures]),
        Runtime(REAL_REFERENCE, [*peer, "onnxruntime", real, pictures]),
        Runtime("OpenVINO int8", [*peer, "openvino", quantised, pictures]),
        Runtime("OpenVINO fp32", [*peer, "openvino", real, pictures]),
        *[Runtime("ncnn", [*peer, "ncnn", path, pictures]) for path in ncnn],
    ]
    measured(runtimes)
    rows = [row(runtime, runtimes) for runtime in runtimes]
    processor = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    figures = {
        "processor": processor,
        "covers": len(runtimes[0].answers),
        "runs": TURNS * COVERS,
        "rows": rows,
    }
    Path(f"{out}.json").write_text(json.dumps(figures, indent=1) + "\n")
    drawn(rows, Path(f"{out}.svg"))
    print(
        "| runtime | CPU ms | quartiles | wall ms | of ONNX Runtime int8 | start ms | peak MB | genre as fp32 |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for one in rows:
        low, high = one["cpu_quartiles_ms"]
        print(
            f"| {one['name']} | {one['cpu_ms']} | {low} to {high} | {one['wall_ms']} | {one['of_onnxruntime_int8']} "
            f"| {one['start_ms']:.0f} | {one['peak_mb']:.0f} | {100 * one['same_genre_as_fp32']:.1f} % |"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
