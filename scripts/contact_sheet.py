"""The work of scripts/contact_sheet: python3 contact_sheet.py SUPERVISOR PHOTO SHEET SCRATCH"""

import json
import subprocess
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

supervisor, photo, sheet, scratch = sys.argv[1:]
scratch = Path(scratch)
TILE, CAPTION, COLUMNS, MAX_BYTES = (228, 152), 17, 6, 300_000

# Values that show what a filter does at the size of a stamp; the others are shown with their example.
SHOWN = {
    "resize": ["resize:width=120,height=120,mode=pad"],
    "shadows_highlights": ["shadows_highlights=0.8", "shadows_highlights:shadows=0,highlights=0.9"],
    "clarity": ["clarity=1", "clarity=-1"],
    "denoise": ["denoise:luma=1,chroma=1"],
    "vibrance": ["vibrance=1", "vibrance=-0.7"],
    "curves": ["curves=0:0 0.25:0.1 0.75:0.9 1:1", "curves:blue=0:0.3 1:0.7"],
    "straighten": ["straighten=6"],
    "perspective": ["perspective:top_left=0.2:0,top_right=0.8:0"],
    "round": ["round:radius=0.2,color=white"],
    "blur": ["blur=3"],
    "edges": ["edges=sobel", "edges=laplacian"],
    "brightness": ["brightness=1.4"],
    "contrast": ["contrast=1.6"],
    "posterize": ["posterize=2"],
    "exposure": ["exposure=0.7", "exposure=-1"],
    "gamma": ["gamma=1.6"],
    "levels": ["levels:black=0.15,white=0.75"],
    "saturation": ["saturation=2", "saturation=0.3"],
    "hue": ["hue=90"],
    "temperature": ["temperature=10000", "temperature=4000"],
    "tint": ["tint=0.5", "tint=-0.5"],
    "sharpen": ["sharpen:amount=2,radius=1.5"],
    "pixelate": ["pixelate=12"],
    "crop": ["crop=1:1", "crop:aspect=1:1,anchor=smart"],
    "rotate": ["rotate=90", "rotate:angle=20,color=black"],
    "pad": ["pad:aspect=1:1,color=black"],
    "border": ["border:width=8,color=#884422"],
    "frame": ["frame:width=0.08,bottom=0.12"],
    "caption": ["caption:text=Proof 12,height=0.14"],
    "watermark": [
        "watermark:text=© Estudio,scale=0.12",
        "watermark:text=© Estudio,scale=0.18,opacity=1,outline=0.06,anchor=center",
        "watermark:text=© Estudio,scale=0.18,opacity=1,shadow=0.06,anchor=top-left",
        "watermark:text=proof,scale=0.12,tile=true,angle=20",
        "watermark:text=Estudio Ana\\n© 2026,scale=0.12,opacity=1,box_color=navy",
        "watermark:text=Estudio Ana,of=width,scale=0.6,opacity=1,adapt=true,anchor=bottom",
    ],
}


def warm_cube(path):
    """A small three-dimensional table: teal shadows, orange lights."""
    lines = ["LUT_3D_SIZE 9"]
    for index in range(9**3):
        r, g, b = (index // 9**n % 9 / 8 for n in range(3))
        light = 0.3 * r + 0.6 * g + 0.1 * b
        warm = light * 0.4 - 0.15
        lines.append(" ".join(f"{min(max(v, 0), 1):.4f}" for v in (r + warm, g + warm * 0.2, b - warm)))
    path.write_text("\n".join(lines) + "\n")


def specs():
    cube, reference = scratch / "look.cube", scratch / "reference.jpg"
    warm_cube(cube)
    Image.new("RGB", (60, 40), "#503020").save(reference)
    listed = subprocess.run([supervisor, "filters", "--json"], check=True, capture_output=True, text=True)
    for info in json.loads(listed.stdout):
        for spec in SHOWN.get(info["name"], [info["example"]]):
            yield spec.replace("look.cube", str(cube)).replace("reference.jpg", str(reference)), spec


source = scratch / "source"
source.mkdir()
small = Image.open(photo).convert("RGB")
small.thumbnail(TILE, Image.Resampling.LANCZOS)
small.save(source / "photo.png")

tiles = [("the photo", small)]
for number, (spec, shown) in enumerate(specs()):
    out = scratch / f"out{number}"
    command = [supervisor, "run", source, "-o", out, "-f", spec, "--progress", "none", "-q"]
    subprocess.run(command, check=True)
    tiles.append((shown, Image.open(out / "photo.png").convert("RGB")))

rows = -(-len(tiles) // COLUMNS)
width, height = TILE[0] + 8, TILE[1] + CAPTION + 8
page = Image.new("RGB", (COLUMNS * width, rows * height), "#f4f4f4")
draw = ImageDraw.Draw(page)
font = ImageFont.load_default(10)
for number, (caption, tile) in enumerate(tiles):
    left, top = number % COLUMNS * width, number // COLUMNS * height
    tile.thumbnail(TILE, Image.Resampling.LANCZOS)
    page.paste(tile, (left + (width - tile.width) // 2, top + 4 + (TILE[1] - tile.height) // 2))
    while draw.textlength(caption, font) > TILE[0]:
        caption = caption[:-2] + "…"
    draw.text((left + width / 2, top + TILE[1] + 8), caption, fill="black", font=font, anchor="mt")

for quality in range(90, 20, -5):
    page.save(sheet, quality=quality, optimize=True)
    if Path(sheet).stat().st_size <= MAX_BYTES:
        break
print(f"{sheet}: {len(tiles)} samples, {Path(sheet).stat().st_size} bytes")
