"""What is refused before it is read."""

import zipfile

MOST_UNPACKED = 300 * 2**20  # bytes; what a real document of a commune never reaches


class Refused(ValueError):
    """A file that is not taken; the message tells the person why and what to do."""


def check_unpacked_size(archive: zipfile.ZipFile) -> None:
    """:raises Refused: a small file that unpacks to fill the memory."""
    if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
        raise Refused("Tệp nén quá mức, mở ra quá lớn nên không được nhận.")
