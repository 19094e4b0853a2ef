"""The picture of a shared link: title and site upon the site's colour. Drawn in its own process.

Run as ``python drawing.py FILE`` with one JSON object on standard input (:class:`Card`). It imports
nothing of Tanky, so that a worker goes without Pillow's memory.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630  # pixels: what Facebook, Zalo and Telegram show large
MARGIN = 80
FONT = Path(__file__).parent / "fonts" / "BeVietnamPro_700Bold.ttf"
SIZES = (76, 68, 60, 52, 46)  # of the title, the first at which it fits
TITLE_TOP, TITLE_BOTTOM = 220, 500
LINE_HEIGHT = 1.32  # marks stand above and below Vietnamese letters
PAPER, GOLD = "#fbf6e8", "#f2c14e"
SMOOTH = 2  # shapes are drawn this much larger, then made smaller


@dataclass(frozen=True)
class Card:
    title: str
    name: str
    above: str  # the unit above the site; may be empty
    colour: str  # of the ground, "#rrggbb"
    logo: str  # a file; empty: our emblem


def draw(card: Card) -> Image.Image:
    picture = _ground(card.colour)
    pen = ImageDraw.Draw(picture)
    if card.logo:
        logo = Image.open(card.logo).convert("RGBA")
        logo.thumbnail((96, 96))
        picture.paste(logo, (MARGIN, 64), logo)
    else:
        emblem = _emblem(96)
        picture.paste(GOLD, (MARGIN, 64), emblem)
    left = MARGIN + 124
    if card.above:
        font = _font(25)
        pen.text((left, 68), _cut(card.above, font, WIDTH - MARGIN - left), GOLD, font)
    font = _font(42)
    top = 100 if card.above else 84
    pen.text((left, top), _cut(card.name, font, WIDTH - MARGIN - left), PAPER, font)
    lines, font = _fitted(card.title)
    height = round(font.size * LINE_HEIGHT)
    top = TITLE_TOP + (TITLE_BOTTOM - TITLE_TOP - height * len(lines)) // 2
    for line in lines:
        pen.text((MARGIN, top), line, PAPER, font)
        top += height
    return picture.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


def _ground(colour: str) -> Image.Image:
    """The site's colour with two fields at the foot and the drum's sun above them."""
    size = WIDTH * SMOOTH, HEIGHT * SMOOTH
    picture = Image.new("RGB", size, colour)
    pen = ImageDraw.Draw(picture)
    faint = _mixed(colour, GOLD, 0.30)
    x, y = (WIDTH - 150) * SMOOTH, (HEIGHT - 110) * SMOOTH
    sun, *rings = (
        (x - radius * SMOOTH, y - radius * SMOOTH, x + radius * SMOOTH, y + radius * SMOOTH)
        for radius in (70, 92, 114)
    )
    pen.ellipse(sun, fill=faint)
    for ring in rings:
        pen.ellipse(ring, outline=faint, width=3 * SMOOTH)
    for share, top, swing, phase in ((0.10, 84, 22, 0.6), (0.20, 46, 16, 2.4)):
        wave = [
            (x * SMOOTH, (HEIGHT - top - swing * math.sin(x / 190 + phase)) * SMOOTH)
            for x in range(0, WIDTH + 20, 20)
        ]
        pen.polygon([*wave, (size[0], size[1]), (0, size[1])], fill=_mixed(colour, PAPER, share))
    return picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def _emblem(size: int) -> Image.Image:
    """The sun of a Đông Sơn drum as a mask: fourteen rays within a ring."""
    large = 4 * size
    mask = Image.new("L", (large, large))
    pen = ImageDraw.Draw(mask)
    pen.ellipse((0, 0, large - 1, large - 1), outline=255, width=large // 32)
    rays = []
    for step in range(28):
        radius = (0.144 if step % 2 else 0.344) * large
        angle = math.tau * step / 28 - math.pi / 2
        rays.append((large / 2 + radius * math.cos(angle), large / 2 + radius * math.sin(angle)))
    pen.polygon(rays, fill=255)
    return mask.resize((size, size), Image.Resampling.LANCZOS)


def _fitted(title: str) -> tuple[list[str], ImageFont.FreeTypeFont]:
    """The title in lines, in the largest size in which it fits; cut where none does."""
    room = WIDTH - 2 * MARGIN
    for size in SIZES:
        font = _font(size)
        lines = _wrapped(title, font, room)
        most = int((TITLE_BOTTOM - TITLE_TOP) // (size * LINE_HEIGHT))
        if len(lines) <= most:
            return lines, font
    rest = " ".join(lines[most - 1 :])
    return [*lines[: most - 1], _cut(rest, font, room)], font


def _wrapped(text: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or font.getlength(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return [_cut(line, font, room) for line in lines]


def _cut(text: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(text + "…") > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size, layout_engine=ImageFont.Layout.BASIC)


def _mixed(one: str, other: str, share: float) -> tuple[int, ...]:
    """A colour with a share of another in it."""
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return tuple(round(a + (b - a) * share) for a, b in pairs)


if __name__ == "__main__":
    draw(Card(**json.load(sys.stdin))).save(sys.argv[1], "PNG", optimize=True)
