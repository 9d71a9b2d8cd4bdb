"""Runs a program, and says the most memory that it had; more than so many megabytes is an error.

    peak.py MEGABYTES PROGRAM [ARGUMENT...]
"""

import resource
import subprocess
import sys

most, *command = sys.argv[1:]
subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
print(f"{peak:.0f} MB at most", file=sys.stderr)
if peak > float(most):
    raise SystemExit(f"peak.py: at most {most} MB are allowed")
