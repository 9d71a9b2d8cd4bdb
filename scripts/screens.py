"""Puts four of the kiosk's screens into one picture: scripts/picture calls it."""

import sys
from pathlib import Path

from PIL import Image

SCREENS = ["invitation", "genre", "why", "record"]
WIDTH, HEIGHT, GAP = 720, 450, 12

folder, out = Path(sys.argv[1]), Path(sys.argv[2])
sheet = Image.new("RGB", (2 * WIDTH + GAP, 2 * HEIGHT + GAP), "#8a8178")
for place, name in enumerate(SCREENS):
    screen = Image.open(folder / f"{name}-1280x800.png").convert("RGB")
    corner = (place % 2 * (WIDTH + GAP), place // 2 * (HEIGHT + GAP))
    sheet.paste(screen.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), corner)
sheet.save(out, quality=82, optimize=True)
