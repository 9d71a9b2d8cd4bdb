"""`python -m sleevetrainer`, and what PyTorch's launchers start."""

from .cli import main

main()
