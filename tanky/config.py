"""Every setting of a portal. Nothing else reads the environment.

A value is looked for in, from weak to strong: the default here, ``config.toml`` in the instance
folder (key ``public_url``), the environment (``TANKY_PUBLIC_URL``), the ``config`` argument of
``create_app``. An unknown key or a bad value stops the start with one clear sentence.
"""

import os
import secrets
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from .base.instance import Instance
from .base.sqlite import sqlite3

ENVIRONMENT_PREFIX = "TANKY_"
# The test suite and the Makefile speak to themselves under the same prefix.
FOREIGN_VARIABLES = {"TANKY_REQUIRE", "TANKY_TEST_POSTGRES_URL", "TANKY_TEST_REDIS_URL"}


class ConfigError(SystemExit):
    """The start stops here. Printed as its sentence alone, without a traceback."""


@dataclass(frozen=True)
class Setting:
    name: str
    kind: type
    default: Any
    reason: str
    at_least: int | None = None


# Compiled statements that a worker keeps, 43 kB each; SQLAlchemy drops the oldest once there are
# half as many again. The public pages together send 70, the desk some hundreds.
STATEMENTS = 64

SETTINGS = (
    Setting(
        "instance",
        str,
        "instance",
        "folder of one site's data: config.toml, secret key, databases, uploads",
    ),
    Setting(
        "database_url",
        str,
        "",
        "SQLAlchemy address; empty means SQLite in the instance folder; PostgreSQL: postgresql://…",
    ),
    Setting(
        "public_url",
        str,
        "",
        "address that residents type, such as https://tanky.gov.vn; it makes canonical links, "
        "refuses other Host headers and, with https, marks cookies Secure and sends HSTS",
    ),
    Setting(
        "trusted_proxies",
        int,
        0,
        "how many reverse proxies in front add X-Forwarded-For; 0 believes no such header",
        at_least=0,
    ),
    Setting(
        "offline",
        int,
        1,
        "1: phones keep the pages that were read, to be read without a connection; 0: they delete "
        "what they kept",
        at_least=0,
    ),
    Setting(
        "static_copy",
        str,
        "",
        "folder that the server in front may read: pages are written there as files, to be shown "
        "while the portal does not answer; empty: none are",
    ),
    Setting(
        "log_format",
        str,
        "text",
        "text: lines for people; json: one JSON object a line, for a collector of logs",
    ),
    Setting("max_upload_mb", int, 25, "largest request that is read, in MiB", at_least=1),
    Setting(
        "session_hours",
        int,
        12,
        "how long a sign-in lasts without being used",
        at_least=1,
    ),
    Setting(
        "hsts_subdomains",
        int,
        0,
        "1: with https, browsers insist on https for all names beneath the public address as well",
        at_least=0,
    ),
    Setting(
        "sign_in_limit",
        str,
        "5 per 15 minutes",
        "tries to sign in allowed for one account from one address; four times that for an address",
    ),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}


def configure(app: Flask, overrides: dict[str, Any] | None = None) -> None:
    """Fill ``app.config`` for the portal whose data lie in ``app.instance_path``.

    ``overrides`` holds settings by their lower-case name; an upper-case key is Flask's own.

    :raises ConfigError: an unknown key or a bad value, said in one sentence.
    """
    overrides = overrides or {}
    folder = Path(app.instance_path)
    instance = app.extensions["instance"] = Instance(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"Tanky cannot use the instance folder {folder}: {error.strerror}."
        ) from None

    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigError(f"Tanky may not write into the instance folder {folder}.")
    _keep_private(instance)

    values = {setting.name: setting.default for setting in SETTINGS}
    values |= _from_toml(instance.config)
    values |= _from_environment(os.environ)
    for name, value in overrides.items():
        if name.islower():
            values[name] = _checked(name, value, "create_app(config=…)")

    public = urlsplit(values["public_url"])
    if values["public_url"] and (public.scheme not in ("http", "https") or not public.hostname):
        raise ConfigError(
            f"Tanky's setting public_url must look like https://tanky.gov.vn, "
            f"not {values['public_url']!r}."
        )
    _check_rate(values["sign_in_limit"])
    if values["log_format"] not in ("text", "json"):
        raise ConfigError(
            f"Tanky's setting log_format must be text or json, not {values['log_format']!r}."
        )
    https = public.scheme == "https"
    # Not put together as text: a folder may be called "x?y%20z".
    address = values["database_url"] or URL.create(
        "sqlite", database=str(instance.database)
    ).render_as_string(hide_password=False)
    app.config.update(
        TANKY=values,
        SECRET_KEY=_secret_key(instance.secret_key),
        SQLALCHEMY_DATABASE_URI=address,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(address),
        MAX_CONTENT_LENGTH=values["max_upload_mb"] * 2**20,
        # Text fields have their own bound: a form's text is held in memory, its files are not.
        MAX_FORM_MEMORY_SIZE=4 * 2**20,
        MAX_FORM_PARTS=2000,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=values["session_hours"]),
        # The prefix has browsers refuse one that another host of the domain set (RFC 6265bis).
        SESSION_COOKIE_NAME="__Host-tanky" if https else "tanky",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        # The token lives as long as the session: an article takes longer than an hour to write.
        WTF_CSRF_TIME_LIMIT=None,
        TRUSTED_HOSTS=[public.hostname, "127.0.0.1", "localhost"] if public.hostname else None,
        COMPRESS_REGISTER=False,  # web/finish.py calls it
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=5,
        COMPRESS_MIN_SIZE=400,
        COMPRESS_MIMETYPES=[
            "text/html", "text/css", "text/plain", "text/csv", "text/javascript",
            "application/json", "application/problem+json", "application/rss+xml",
            "application/xml", "image/svg+xml",
        ],
    )  # fmt: skip
    # Vietnamese as it is, in the order it was written: half the bytes, and readable.
    app.json.ensure_ascii = False
    app.json.sort_keys = False
    app.config.update({name: value for name, value in overrides.items() if not name.islower()})


def _engine_options(address: str) -> dict[str, Any]:
    try:
        backend = make_url(address).get_backend_name()
    except ArgumentError:
        raise ConfigError(
            "Tanky's setting database_url must look like postgresql+psycopg://user:password@host/name."
        ) from None
    if backend == "sqlite":
        # Two connections stay open, for two cores. A connection takes 600 kB, and another is opened
        # within 1.2 ms.
        return {
            "module": sqlite3,
            "query_cache_size": STATEMENTS,
            "pool_size": 2,
            "max_overflow": 13,
        }
    if backend != "postgresql":
        raise ConfigError(f"Tanky keeps its data in SQLite or PostgreSQL, not in {backend}.")
    # A kept page waits no longer than this for a database that is away.
    return {"query_cache_size": STATEMENTS, "connect_args": {"connect_timeout": 5}}


def instance_folder(path: str | os.PathLike | None = None) -> str:
    """The absolute instance folder: the one asked for, else TANKY_INSTANCE, else ./instance."""
    chosen = path or os.environ.get("TANKY_INSTANCE") or BY_NAME["instance"].default
    return str(Path(chosen).expanduser().resolve())


def environment_with(values: dict[str, Any]) -> dict[str, str]:
    """The environment of a program that is started, with values of its own; None is left out."""
    return os.environ | {name: str(value) for name, value in values.items() if value is not None}


def _from_toml(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"Tanky cannot read {path}: {error}.") from None
    if "instance" in table:
        raise ConfigError(f"The setting 'instance' cannot be set in {path}, which lies inside it.")
    return {name: _checked(name, value, str(path)) for name, value in table.items()}


def _from_environment(environ) -> dict[str, Any]:
    return {
        name.removeprefix(ENVIRONMENT_PREFIX).lower(): _checked(
            name.removeprefix(ENVIRONMENT_PREFIX).lower(),
            value,
            f"the environment ({name})",
        )
        for name, value in environ.items()
        if name.startswith(ENVIRONMENT_PREFIX) and name not in FOREIGN_VARIABLES
    }


def _checked(name: str, value: Any, where: str) -> Any:
    setting = BY_NAME.get(name)
    if setting is None:
        known = ", ".join(sorted(BY_NAME))
        raise ConfigError(f"Tanky knows no setting {name!r}, given in {where}. It knows: {known}.")
    if setting.kind is int and isinstance(value, str) and value.strip().lstrip("-").isdigit():
        value = int(value)
    if not isinstance(value, setting.kind) or isinstance(value, bool):
        expected = {int: "a whole number", str: "a text"}[setting.kind]
        raise ConfigError(
            f"Tanky's setting {name}, given in {where}, must be {expected}, not {value!r}."
        )
    if isinstance(value, int) and setting.at_least is not None and value < setting.at_least:
        raise ConfigError(
            f"Tanky's setting {name}, given in {where}, must be at least {setting.at_least}, "
            f"not {value}."
        )
    return value


def _check_rate(rate: str) -> None:
    from limits import parse

    try:
        parse(rate)
    except ValueError:
        raise ConfigError(
            f"Tanky's setting sign_in_limit must look like '5 per 15 minutes', not {rate!r}."
        ) from None


def _keep_private(instance: Instance) -> None:
    """What a site holds is its owner's alone; also what a release before left open."""
    folder = instance.folder
    with suppress(PermissionError):  # somebody else's files are theirs to close
        for path in (folder, instance.uploads, instance.copies, instance.backups):
            if path.is_dir() and path.stat().st_mode & 0o077:
                path.chmod(0o700)
        for path in (instance.secret_key, *folder.glob("*.sqlite3*"), *folder.glob("*.lock")):
            if path.exists() and path.stat().st_mode & 0o077:
                path.chmod(0o600)


def _secret_key(path: Path) -> bytes:
    """The site's own key, made at the first start. Several workers may start at once."""
    while not path.exists():
        fresh = path.with_name(f".secret_key.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(fresh, path)  # fails where another worker was first; its key then counts
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise ConfigError(f"Tanky cannot read {path}: {error.strerror}.") from None
    if not key:
        raise ConfigError(
            f"{path} is empty. Put it back from a copy; or delete it, and everyone signs in anew."
        )
    return key
