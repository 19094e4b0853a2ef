"""Sounds and films: told by their content, bounded, without what tells where they were taken."""

from io import BytesIO
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage

from tanky.media.library import path_of, take_picture_or_film, take_recording
from tanky.reading import Refused

FILES = Path(__file__).parent / "recordings"


def upload(name: str, content: bytes | None = None) -> FileStorage:
    return FileStorage(BytesIO(content or (FILES / name).read_bytes()), filename=name)


@pytest.mark.usefixtures("app")
class TestTaking:
    @pytest.mark.parametrize(
        ("name", "mimetype", "seconds"),
        [("tin.mp3", "audio/mpeg", 2), ("tin.m4a", "audio/mp4", 2), ("tin.ogg", "audio/ogg", 2),
         ("phim.mp4", "video/mp4", 2), ("phim.webm", "video/webm", None)],
    )  # fmt: skip
    def test_what_browsers_play_is_taken(self, name, mimetype, seconds):
        file = take_recording(upload(name))
        assert (file.mimetype, file.seconds) == (mimetype, seconds)
        assert file.name == name
        assert take_recording(upload(name)) is file

    def test_a_sound_is_kept_without_its_tags(self):
        bare = (FILES / "tin.mp3").read_bytes()
        bare = bare[bare.index(b"\xff", 10) :] if bare.startswith(b"ID3") else bare
        note = "SĐT 0912".encode()
        tag = b"ID3\x04\0\0\0\0\0" + bytes([len(note)]) + note
        file = take_recording(upload("a.mp3", tag + bare + b"TAG" + bytes(125)))
        assert path_of(file).read_bytes() == bare
        assert file.seconds == 2

    def test_the_name_is_not_believed(self):
        file = take_recording(upload("x.exe", (FILES / "tin.mp3").read_bytes()))
        assert file.name == "x.mp3"

    def test_a_film_is_kept_without_where_and_by_whom_it_was_taken(self):
        content = (FILES / "phim.mp4").read_bytes()
        assert b"+20.9000" in content
        file = take_recording(upload("phim.mp4"))
        kept = path_of(file).read_bytes()
        assert len(kept) == len(content)
        assert b"+20.9000" not in kept
        assert "Nhà ông A".encode() not in kept
        assert kept[:2000] == content[:2000]  # what is played stays where it was

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [((FILES / "hevc.mp4").read_bytes(), "HEVC"), (b"", "không phải"),
         (b"MZ\x90", "không phải"),
         (b"\xff\xfb" + bytes(400), "hỏng"), (b"\xff\xf1" + bytes(400), "không phải"),
         (b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(99), "không phải"), (b"OggS" + bytes(60), "hỏng"),
         ((FILES / "phim.mp4").read_bytes()[:1500], "hỏng"), (b"\0\0\0\x08ftyp", "hỏng"),
         (b"\0\0\0\x10ftypisom\0\0\0\0" + b"\xff\xff\xff\xffmoov", "hỏng"),
         (b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08free" * 20_000, "hỏng"),
         (b"<html><script>", "không phải")],
    )  # fmt: skip
    def test_what_does_not_play_is_refused_in_words(self, content, sentence):
        with pytest.raises(Refused, match=sentence):
            take_recording(FileStorage(BytesIO(content), filename="a.mp3"))

    @pytest.mark.parametrize("length", [0, 2**32 - 1, 2**31])
    def test_a_length_that_nobody_knows_is_none(self, length):
        content = bytearray((FILES / "phim.mp4").read_bytes())
        at = content.index(b"mvhd") + 4 + 16
        content[at : at + 4] = length.to_bytes(4)
        assert take_recording(FileStorage(BytesIO(content), filename="a.mp4")).seconds is None

    def test_an_album_takes_photos_and_films_and_no_sound_alone(self):
        assert take_picture_or_film(upload("phim.mp4")).is_film
        with pytest.raises(Refused, match="Truyền thanh"):
            take_picture_or_film(upload("tin.m4a"))
        with pytest.raises(Refused, match="ảnh"):
            take_picture_or_film(upload("tin.mp3"))
