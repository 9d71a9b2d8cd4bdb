"""Stage `corners`: the network that finds sleeves, from the covers of the training split."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..run import Run
from .export import export
from .fit import Recipe, fit, measured
from .lessons import Plan, rendered


def corners(run: Run, out: Path, plan: Plan, recipe: Recipe, say: Any) -> dict[str, Any]:
    """Renders lessons, fits the network to them and exports it; each goes on where it was stopped.

    Args:
        run: The run: lessons are made from its training covers alone.
        out: The ONNX file.
        plan: What is rendered.
        recipe: How the network is fitted.
        say: Takes a line an epoch.

    Returns:
        The figures on lessons that were set aside, and the file's length.
    """
    torch.set_num_threads(min(2, torch.get_num_threads()))
    plan = replace(plan, seed=plan.seed + run.seed)
    paths = run.table("train")["image_path"].tolist()
    lessons = rendered(run.covers, paths, run.folder / "lessons", plan)
    network = fit(lessons, recipe, run.folder / "corners.pth", repr(plan), say)
    count = len(lessons.pictures)
    figures = measured(network, lessons, np.arange(count - recipe.set_aside(count), count))
    result = {
        "figures": figures,
        "bytes": export(network, out),
        "plan": asdict(plan),
        "recipe": asdict(recipe),
    }
    run.note("corners", result)
    return result
