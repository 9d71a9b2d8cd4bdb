"""Draws what `sleevesight classify --json` said over the scenes that it was said of, as a page."""

import base64
import html
import json
import sys
import tomllib
from pathlib import Path

STYLE = """
body { margin: 0; padding: 28px; width: 1224px; background: #14161a; color: #eef0f2;
       font: 18px/1.3 system-ui, 'DejaVu Sans', sans-serif; }
main { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 20px; }
figure { margin: 0; background: #1e2127; border-radius: 10px; overflow: hidden; }
svg { display: block; width: 100%; }
figcaption { padding: 12px 16px 16px; }
h2 { font-size: 25px; margin: 0 0 8px; display: flex; justify-content: space-between; }
h2 span { font-weight: 400; color: #aab1ba; white-space: nowrap; }
.row { display: grid; grid-template-columns: 6.2em 1fr 3em; gap: 8px; align-items: center; font-size: 15px;
       color: #c5cad1; margin-top: 4px; }
.bar { height: 9px; border-radius: 3px; background: #343a43; overflow: hidden; }
.bar i { display: block; height: 100%; }
.row b { font-weight: 400; text-align: right; }
p { margin: 0 0 8px; font-size: 15px; color: #eef0f2; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
p i { color: #ffe082; font-style: normal; }
"""

SURELY_READ = 0.8
"""The confidence from which a line that was read is shown."""


def figure(said: dict, genres: dict[str, dict], families: dict[str, dict]) -> str:
    """One scene with the outline that was found, the words that were read, what is said, and the likeliest three."""
    picture = base64.b64encode(Path(said["source"]).read_bytes()).decode()
    first = genres[said["genres"][0]["genre"]]
    if said["verdict"] == "genre":
        title, color = f"{first['en']} <span>{100 * said['probability']:.0f} %</span>", first["color"]
    elif said["verdict"] == "family":
        name = html.escape(families[said["family"]]["en"])
        title, color = f"{name} <span>{100 * said['probability']:.0f} %</span>", "#ffffff"
    elif said["verdict"] == "nothing":
        title, color = "No sleeve", "#ffffff"
    else:
        title, color = "Unsure <span>one of these?</span>", "#ffffff"
    corners = " ".join(f"{x},{y}" for x, y in said["outline"] or [])
    words = [line for line in said["words"] if line["confidence"] >= SURELY_READ]
    boxes = "".join(
        f'<polygon points="{" ".join(f"{x},{y}" for x, y in line["box"])}" fill="none" stroke="#ffe082"'
        ' stroke-width="4" stroke-linejoin="round"/>'
        for line in words
    )
    read = ", ".join(f"<i>{html.escape(line['text'])}</i>" for line in words)
    read = f"<p>It says {read}</p>" if read else ""
    rows = "".join(
        f'<div class=row><span>{html.escape(genres[row["genre"]]["en"])}</span><span class=bar>'
        f'<i style="width:{100 * row["probability"]:.0f}%;background:{genres[row["genre"]]["color"]}"></i></span>'
        f"<b>{100 * row['probability']:.0f} %</b></div>"
        for row in said["genres"][:3]
    )
    return (
        f'<figure><svg viewBox="0 0 1280 720"><image href="data:image/jpeg;base64,{picture}" width="1280" height="720"/>'
        f'<polygon points="{corners}" fill="none" stroke="#000" stroke-opacity=".55" stroke-width="15" stroke-linejoin="round"/>'
        f'<polygon points="{corners}" fill="none" stroke="{color}" stroke-width="9" stroke-linejoin="round"/>{boxes}</svg>'
        f"<figcaption><h2>{title}</h2>{read}{rows}</figcaption></figure>"
    )


def main(folder: Path) -> None:
    """Reads `said.jsonl` in a folder and writes `page.html` beside it."""
    bundle = tomllib.loads(Path("models/default/bundle.toml").read_text(encoding="utf-8"))
    genres = {genre["id"]: genre for genre in bundle["genres"]}
    families = {family["id"]: family for family in bundle["families"]}
    lines = (folder / "said.jsonl").read_text(encoding="utf-8").splitlines()
    figures = "".join(figure(json.loads(line), genres, families) for line in lines)
    page = f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><main>{figures}</main>"
    (folder / "page.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
