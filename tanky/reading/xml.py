"""The parts of an Office file counted before anything is made of them."""

import io
import zipfile
from xml.parsers import expat

MOST_PARTS = 3000
MOST_BYTES = 60 * 2**20  # of XML in all
MOST_ELEMENTS = 600_000
DEEPEST = 120


class HasEntities(ValueError):
    """A DOCTYPE, which no Office program writes."""


class TooMuch(ValueError):
    """More than a document of a commune ever is."""


def check(content: bytes, of: tuple[str, ...]) -> None:
    """Count the elements of the parts whose names begin so.

    :raises TooMuch: too many, or too deep.
    :raises HasEntities: a DOCTYPE.
    :raises zipfile.BadZipFile: not an archive.
    :raises expat.ExpatError: not XML.
    """
    counted = _Counter()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS:
            raise TooMuch
        xml = [part for part in parts if part.filename.endswith((".xml", ".rels"))]
        if sum(part.file_size for part in xml) > MOST_BYTES:
            raise TooMuch
        for part in xml:
            if part.filename.startswith(of):
                with archive.open(part) as stream:
                    counted.read(stream)


class _Counter:
    def __init__(self):
        self.elements = 0
        self.depth = 0

    def read(self, stream) -> None:
        self.depth = 0
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._refuse
        parser.ParseFile(stream)

    def _begin(self, name, attributes) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > MOST_ELEMENTS or self.depth > DEEPEST:
            raise TooMuch

    def _end(self, name) -> None:
        self.depth -= 1

    def _refuse(self, *_) -> None:
        raise HasEntities
