"""A page's address as a QR code, drawn within a page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Squares:
    """A code (ISO/IEC 18004): ``size`` squares on each side, the dark ones as an SVG path."""

    size: int
    path: str

    @classmethod
    def of(cls, address: str) -> "Squares":
        import segno  # half a megabyte, which few pages need

        made = segno.make(address, error="m", micro=False)
        path = "".join(
            f"M{x} {y}h1v1h-1z"
            for y, row in enumerate(made.matrix)
            for x, is_dark in enumerate(row)
            if is_dark
        )
        return cls(len(made.matrix), path)
