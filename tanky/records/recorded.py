"""What the rooms of this line ask of a piece of content, and of who works on it."""

from collections.abc import Mapping
from typing import Any, Protocol

Snapshot = Mapping[str, Any]  # plain JSON values


class Author(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


class Recorded(Protocol):
    """A row with a name: what the journal tells of."""

    SUBJECT: str  # as in the journal, revisions and references

    @property
    def id(self) -> int: ...
    @property
    def called(self) -> str: ...


class Revised(Recorded, Protocol):
    """A row of which each version is kept."""

    def snapshot(self) -> Snapshot: ...
