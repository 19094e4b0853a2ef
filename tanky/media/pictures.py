"""Making a photo into the widths and forms that pages use, in a process of its own.

A picture that a stranger made is opened here and not in a worker: what a codec does wrong ends
here, and the hundred megabytes that it takes go back to the system. Run as
``python pictures.py SOURCE FOLDER``; it prints one JSON object, and imports nothing of Tanky, so
that it starts in a tenth of a second.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

if __name__ == "__main__":
    # A worker reads the names below alone, and goes without these megabytes.
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:  # what iPhones make
        import pillow_heif
    except ImportError:  # not on this machine; such a photo is then refused in words
        pillow_heif = None
    else:
        pillow_heif.register_heif_opener()

try:
    import resource
except ImportError:  # not on this system; the checks of size remain
    resource = None

WIDTHS = (360, 720, 1200)  # pixels; a phone at double density shows 720
PHONE_BYTES = 58_000  # a photo on a phone's page, whichever width its screen asks for
# Extension → codec, qualities to be tried in turn, further options. The first is what a photo
# usually gets; the others are for a crowd or foliage that would weigh too much.
FORMATS: dict[str, tuple[str, tuple[int, ...], dict]] = {
    # Speed 8 gives a photograph the size and the error of speed 7 (44.0 kB, 33.8 dB) in a quarter
    # to a half of the time. Speed 9 is worse in both.
    "avif": ("AVIF", (55, 45, 36, 28, 20, 12), {"speed": 8}),
    "webp": ("WEBP", (66, 56, 46, 34, 22, 10), {"method": 4}),
    "jpg": ("JPEG", (74, 62, 50, 38, 26, 15), {"optimize": True, "progressive": True}),
}
TAKEN = ("AVIF", "GIF", "HEIF", "JPEG", "PNG", "WEBP")
MOST_PIXELS = 50_000_000
ORIENTATION, LYING = 0x0112, 5  # the EXIF tag, and from which value on sides are exchanged
MOST_MEMORY = 2 * 2**30  # bytes of address space
MOST_SECONDS = 60  # of processor time

TOO_LARGE = "Ảnh quá lớn (trên 50 triệu điểm ảnh). Hãy thu nhỏ rồi gửi lại."
NO_PICTURE = "Tệp không phải là ảnh JPEG, PNG, WebP, GIF, AVIF hoặc HEIC, hoặc đã hỏng."


class NotTaken(Exception):
    """The message says why, to the person who sent the picture."""


def make(source: Path, folder: Path) -> dict:
    """Write ``<width>.<form>`` into the folder; the facts: full size upright, widths, most bytes,
    tint (see MediaFile).

    :raises NotTaken: not a photo, or too large to be one.
    """
    picture, (full_width, full_height) = _opened(source)
    widths = sorted({min(width, full_width) for width in WIDTHS})
    most = 0
    for width in reversed(widths):
        height = max(1, round(full_height * width / full_width))
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
        for form, (codec, qualities, options) in FORMATS.items():
            path = folder / f"{width}.{form}"
            most = max(most, _encode(picture, path, codec, qualities, options))
    facts = {"width": full_width, "height": full_height, "widths": widths, "size": most}
    return facts | {"tint": _tint(picture)}


def _opened(source: Path) -> tuple[Image.Image, tuple[int, int]]:
    """The photo upright, no larger than needed, and its full size upright in pixels."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            known = [form for form in TAKEN if form != "HEIF" or pillow_heif]
            picture = Image.open(source, formats=known)
            if picture.width * picture.height > MOST_PIXELS:
                raise NotTaken(TOO_LARGE)
            full = picture.size
            if picture.getexif().get(ORIENTATION, 1) >= LYING:
                full = full[1], full[0]
            # A JPEG is opened at half or a quarter of its size at no cost, as long as enough
            # remains to make it smaller well.
            picture.draft("RGB", (3 * WIDTHS[-1] // 2, 3 * WIDTHS[-1] // 2))
            upright = ImageOps.exif_transpose(picture)
            has_alpha = "A" in upright.getbands() or "transparency" in upright.info
            return upright.convert("RGBA" if has_alpha else "RGB"), full
        except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
            raise NotTaken(TOO_LARGE) from None
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
            raise NotTaken(NO_PICTURE) from None


def _encode(picture, path: Path, codec: str, qualities: tuple[int, ...], options: dict) -> int:
    """In the best quality at which a phone gets it within its budget (PRODUCT.md, 4); its bytes."""
    if codec == "JPEG":
        picture = _flat(picture)
    step = 0
    while True:
        picture.save(path, codec, quality=qualities[step], **options)
        size = path.stat().st_size
        if size <= PHONE_BYTES or step == len(qualities) - 1:
            return size
        # A step saves less than half. At more than twice the budget the next one is skipped.
        step = min(step + 1 + (size > 2 * PHONE_BYTES), len(qualities) - 1)


def _flat(picture: Image.Image) -> Image.Image:
    """Upon white where it is transparent."""
    if picture.mode != "RGBA":
        return picture
    flat = Image.new("RGB", picture.size, "white")
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def _tint(picture: Image.Image) -> str:
    mean = _flat(picture).resize((1, 1), Image.Resampling.BOX)
    return "".join(str(channel // 64) for channel in mean.tobytes())


if __name__ == "__main__":
    if resource:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    try:
        told = make(Path(sys.argv[1]), Path(sys.argv[2]))
    except NotTaken as refusal:
        told = {"refused": str(refusal)}
    json.dump(told, sys.stdout)
