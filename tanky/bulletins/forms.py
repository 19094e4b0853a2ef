from datetime import date

from wtforms import FileField, HiddenField
from wtforms.validators import ValidationError

from ..desk.forms import EditorForm, kept_file, take
from ..desk.forms.record import field_of
from ..media import rich_text
from ..media.library import take_recording
from ..media.models import MediaFile
from ..site import identity
from .models import RECORD, Bulletin

NO_SOUND = "Hãy chọn tệp âm thanh (MP3, M4A hoặc OGG)."
IS_FILM = "Đây là video. Hãy đưa nó vào một album, hoặc xuất riêng phần tiếng ra MP3."


class BulletinForm(EditorForm):
    title = field_of(RECORD["title"])
    broadcast_on = field_of(RECORD["broadcast_on"])
    summary = field_of(RECORD["summary"])
    transcript = field_of(RECORD["transcript"], "Hãy gõ lời bản tin: người không nghe được sẽ đọc.")
    upload = FileField("Tệp âm thanh")
    sound_id = HiddenField()
    version = HiddenField()

    @classmethod
    def of(cls, bulletin: Bulletin | None) -> "BulletinForm":
        """The form as its page opens it."""
        if bulletin is None:
            return cls(formdata=None)
        given = {
            "broadcast_on": date.fromisoformat(bulletin.snapshot()["broadcast_on"]),
            "transcript": rich_text.as_typed(bulletin.transcript),
            "sound_id": str(bulletin.sound_id),
            "version": str(bulletin.version),
        }
        return cls(formdata=None, data=bulletin.snapshot() | given)

    def validate_broadcast_on(self, field) -> None:
        if field.data > identity.today():
            raise ValidationError("Ngày phát chưa tới.")

    @property
    def sound(self) -> MediaFile | None:
        file = kept_file(self.sound_id)
        return file if file and file.is_sound and not file.is_trashed else None

    def validate(self, extra_validators=None) -> bool:
        valid = super().validate(extra_validators)
        # Taken in before anything is refused, so that it need not be chosen again.
        if file := take(self.upload, take_recording):
            if file.is_film:
                self.upload.errors = [IS_FILM]
            else:
                self.sound_id.data = str(file.id)
        if not self.sound and not self.upload.errors:
            self.upload.errors = [NO_SOUND]
        return valid and not self.upload.errors

    @property
    def record(self) -> dict:
        """What was typed, as the record that a bulletin takes."""
        return {
            "title": self.title.data,
            "broadcast_on": self.broadcast_on.data.isoformat(),
            "summary": self.summary.data,
            "transcript": RECORD["transcript"].clean(self.transcript.data),
            "sound_id": self.sound.id,
        }
