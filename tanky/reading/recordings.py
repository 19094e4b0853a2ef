"""What a sound or film file holds and how long it lasts, told by its content.

A phone writes where a film was taken beside its pictures: in MP4 and M4A these boxes are blanked.
"""

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tinytag import TinyTag, TinyTagException

from .bounds import Refused

# ISO/IEC 14496-12: a box is its length, its type, and what it holds.
_HOLDERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
_ABOUT = {b"udta", b"meta", b"uuid"}  # where and by whom it was taken
_HEVC = {b"hvc1", b"hev1"}
_SEEN = {b"avc1", b"avc3", b"av01", b"vp09"}
_HEARD = {b"mp4a", b"Opus", b"ac-3"}
_MOST_BOXES = 10_000
LONGEST = 100 * 3600  # seconds
_WEBM = b"\x1aE\xdf\xa3"
SOUNDS = "MP3, M4A hoặc OGG"
FILMS = "MP4 hoặc WebM"
NEITHER = f"Tệp không phải âm thanh ({SOUNDS}) hay video ({FILMS})."
BROKEN = "Tệp hỏng hoặc chưa ghi xong nên không phát được."
TOO_NEW = (
    "Video quay theo kiểu HEVC (H.265), nhiều điện thoại không xem được. Trong máy ảnh hãy chọn "
    "“Tương thích nhất” (H.264) rồi quay lại, hoặc xuất lại thành MP4."
)


def read(content: bytes, folder: Path) -> dict[str, Any]:
    """``extension``, ``mimetype``, ``seconds`` (None where it does not say); the file
    as it is to be kept is left in ``folder`` as ``kept``.

    :raises Refused: it is not of a kind that browsers play, or broken.
    """
    told, kept = _told(content)
    (folder / "kept").write_bytes(kept)
    return told


def _told(content: bytes) -> tuple[dict[str, Any], bytes]:
    if content[4:8] == b"ftyp":
        return _of_boxes(bytearray(content))
    if content.startswith(_WEBM) and b"webm" in content[:64]:
        return _as("webm", "video/webm", None), content
    content = _bare(content)
    # Eleven bits set, and a layer: without one it is AAC in ADTS.
    is_mp3 = content[:1] == b"\xff" and content[1:2] >= b"\xe0" and content[1] & 0x06 != 0
    if not (is_mp3 or content.startswith(b"OggS")):
        raise Refused(NEITHER)
    extension, mimetype = ("mp3", "audio/mpeg") if is_mp3 else ("ogg", "audio/ogg")
    try:
        tag = TinyTag.get(f"a.{extension}", file_obj=io.BytesIO(content), tags=False)
    # What a broken file makes of a reader.
    except (TinyTagException, ValueError, IndexError, KeyError, struct.error) as error:
        raise Refused(BROKEN) from error
    if not tag.duration or tag.duration > LONGEST:
        raise Refused(BROKEN)
    return _as(extension, mimetype, tag.duration), content


def _bare(content: bytes) -> bytes:
    """An MP3 without its ID3 tags, which may tell names and places."""
    while content.startswith(b"ID3") and len(content) > 10:
        length = 0
        for octet in content[6:10]:
            length = length << 7 | octet & 0x7F
        content = content[10 + length + (10 if content[5] & 0x10 else 0) :]
    return content[:-128] if content[-128:-125] == b"TAG" else content


def _of_boxes(content: bytearray) -> tuple[dict[str, Any], bytes]:
    codecs: set[bytes] = set()
    seconds = None
    for kind, at, start, end in _boxes(content):
        if kind in _ABOUT:
            # Of the same length, so that no offset changes.
            content[at + 4 : at + 8] = b"free"
            content[start:end] = bytes(end - start)
        elif kind == b"mvhd":
            seconds = _duration(content[start:end])
        elif kind == b"stsd" and end - start >= 16:
            codecs.add(bytes(content[start + 12 : start + 16]))
    if codecs & _HEVC:
        raise Refused(TOO_NEW)
    if not codecs & (_SEEN | _HEARD):
        raise Refused(NEITHER if codecs else BROKEN)
    if codecs & _SEEN:
        return _as("mp4", "video/mp4", seconds), bytes(content)
    return _as("m4a", "audio/mp4", seconds), bytes(content)


def _boxes(content: bytearray) -> Iterator[tuple[bytes, int, int, int]]:
    """The boxes of a file and of those that hold others: the type, where it begins, where its
    content begins and ends.

    :raises Refused: a box is longer than what it lies in.
    """
    ranges = [(0, len(content))]
    count = 0
    while ranges:
        at, until = ranges.pop()
        while at + 8 <= until:
            count += 1
            length, kind = struct.unpack(">I4s", content[at : at + 8])
            head = 8
            if length == 1 and at + 16 <= until:
                (length,) = struct.unpack(">Q", content[at + 8 : at + 16])
                head = 16
            end = until if length == 0 else at + length
            if (length and length < head) or end > until or count > _MOST_BOXES:
                raise Refused(BROKEN)
            if kind in _HOLDERS:
                ranges.append((at + head, end))
            yield kind, at, at + head, end
            at = end


def _duration(header: bytearray) -> float | None:
    """Seconds, by a movie header."""
    form = ">IQ" if header[:1] == b"\x01" else ">II"
    first = 20 if header[:1] == b"\x01" else 12
    if len(header) < first + struct.calcsize(form):
        return None
    scale, length = struct.unpack_from(form, header, first)
    seconds = length / scale if scale else 0
    # All ones say that it is not known.
    return seconds if 0 < seconds <= LONGEST else None


def _as(extension: str, mimetype: str, seconds: float | None) -> dict[str, Any]:
    whole = None if seconds is None else max(1, round(seconds))
    return {"extension": extension, "mimetype": mimetype, "seconds": whole}
