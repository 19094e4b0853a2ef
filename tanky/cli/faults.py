"""A command that a full disk or a damaged database ends says so in a sentence, with what to do."""

import errno
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from ..base.sqlite import sqlite3

OF_THE_SYSTEM = {
    errno.ENOSPC: "Ổ đĩa đã đầy. Hãy dọn hoặc mở rộng rồi chạy lại; dữ liệu cũ còn nguyên.",
    errno.EDQUOT: "Đã hết phần ổ đĩa được dùng. Hãy dọn hoặc mở rộng rồi chạy lại.",
    errno.EFBIG: "Tệp lớn hơn mức được phép trên máy này (ulimit -f).",
    errno.EACCES: "Người chạy lệnh không có quyền ở đó. Hãy chạy bằng người dùng của cổng.",
    errno.EROFS: "Ổ đĩa chỉ cho đọc.",
}
# By what the engine says, in part; the first that fits.
OF_THE_DATABASE = (
    (("disk image is malformed", "file is not a database"),
     "Cơ sở dữ liệu bị hỏng. Hãy khôi phục bản sao lưu gần nhất (docs/operating.md)."),
    (("disk is full", "No space left"), OF_THE_SYSTEM[errno.ENOSPC]),
    (("disk I/O error",),
     "Ổ đĩa báo lỗi khi đọc hoặc ghi: đã đầy, hoặc hỏng. Hãy xem ổ đĩa rồi chạy lại."),
    (("database is locked",), "Cơ sở dữ liệu đang có việc khác dùng. Hãy chạy lại sau ít phút."),
    (("readonly database",), OF_THE_SYSTEM[errno.EACCES]),
    (("unable to open database file",),
     "Không mở được tệp cơ sở dữ liệu: thư mục không có, hoặc không có quyền."),
    (("connection failed", "onnection refused", "server closed the connection",
      "could not translate host name", "Connection timed out"),
     "Không nối được đến cơ sở dữ liệu. Hãy xem PostgreSQL có chạy không, và database_url."),
)  # fmt: skip


class Commands(AppGroup):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OSError as error:
            sentence = OF_THE_SYSTEM.get(error.errno or 0)
            where = f" ({error.filename})" if error.filename else ""
            if sentence is None:
                raise
            raise click.ClickException(sentence + where) from None
        except (DBAPIError, sqlite3.DatabaseError) as error:
            told = str(getattr(error, "orig", error))
            for parts, sentence in OF_THE_DATABASE:
                if any(part in told for part in parts):
                    reason = told.strip().splitlines()[0][:200]
                    raise click.ClickException(f"{sentence} ({reason})") from None
            raise
