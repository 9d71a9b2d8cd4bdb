"""Those that are compared, each a process, and how they take turns.

What counts is processor time, because machines are shared. Turns are of a few pictures each, so that whatever else the
machine does meets all of them.
"""

import json
import platform
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, ScalarFormatter

HERE = Path(__file__).parent

TURNS, PICTURES, COLD = 30, 8, 7
"""Turns of each, pictures a turn, and cold starts."""

TICKS = (3, 5, 7, 10, 15, 20, 30, 50, 80)
"""Milliseconds that an axis names."""


@dataclass
class Contender:
    """One that is compared."""

    name: str
    command: list[str]
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    start: list[float] = field(default_factory=list)
    start_cpu: list[float] = field(default_factory=list)
    answers: list = field(default_factory=list)
    peak_mb: float = 0.0

    def started(self) -> subprocess.Popen:
        """The process, after its first answer; how long that took, and the memory that it had by then, are kept."""
        began = time.perf_counter()
        worker = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        words = worker.stdout.readline().split()
        if len(words) != 2 or words[0] != "ready":
            raise SystemExit(f"{self.name} does not start: {' '.join(self.command)}")
        self.start.append(1e3 * (time.perf_counter() - began))
        self.start_cpu.append(processor_time(worker))
        self.peak_mb = max(self.peak_mb, float(words[1]))
        return worker

    def figures(self) -> dict[str, object]:
        """Medians, and the quartiles between which half of all turns lie."""
        low, middle, high = np.percentile(self.cpu, [25, 50, 75])
        return {
            "name": self.name,
            "cpu_ms": round(float(middle), 2),
            "cpu_quartiles_ms": [round(float(low), 2), round(float(high), 2)],
            "wall_ms": round(float(np.median(self.wall)), 2),
            "start_ms": round(float(np.median(self.start))),
            "start_cpu_ms": round(float(np.median(self.start_cpu))),
            "peak_mb": round(self.peak_mb),
        }


def python(script: str, *words: str) -> list[str]:
    """The command of a contender in Python."""
    return [sys.executable, str(HERE / script), *words]


def asked(worker: subprocess.Popen, line: str) -> list:
    """What a worker answers."""
    worker.stdin.write(f"{line}\n")
    worker.stdin.flush()
    return json.loads(worker.stdout.readline())


def processor_time(worker: subprocess.Popen) -> float:
    """The processor time that a process has taken, all its threads together, in milliseconds."""
    # As `clock_getcpuclockid` numbers it, which Python does not have.
    return time.clock_gettime_ns((~worker.pid << 3) | 2) / 1e6


def ended(worker: subprocess.Popen) -> None:
    """Lets a worker go."""
    worker.stdin.close()
    worker.wait()


def measured(contenders: list[Contender]) -> None:
    """Runs all of them in turns, those that start no less."""
    for _ in range(COLD - 1):
        for contender in contenders:
            ended(contender.started())
    workers = [(contender, contender.started()) for contender in contenders]
    for contender, worker in workers:
        contender.answers = asked(worker, "answers")
    for _ in range(TURNS):
        for contender, worker in workers:
            # The first finds another's data in the caches.
            asked(worker, "run 2")
            spent = processor_time(worker)
            contender.wall += asked(worker, f"run {PICTURES}")
            contender.cpu.append((processor_time(worker) - spent) / PICTURES)
    for _, worker in workers:
        ended(worker)


def processor() -> str:
    """What the machine's processor calls itself."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.split(":")[1].strip() for line in lines if "model name" in line)
    return next(names, platform.machine())


def table(columns: list[str], rows: list[list[object]]) -> str:
    """A table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def of_milliseconds(axes: Axes) -> None:
    """Makes the axis of times a logarithmic one, with numbers that one says."""
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    least, most = axes.get_xlim()
    axes.set_xticks([tick for tick in TICKS if least <= tick <= most])
