"""How the portal is served; bind and workers come from the command line.

The choice between servers, measured: docs/decisions/0001-server.md.
"""

import os
import socket

import gunicorn

gunicorn.SERVER = "-"  # what serves a site is nobody's business

worker_class = "tanky.serving.Worker"
threads = 8
keepalive = 30  # seconds; a page and its files come over one connection
# Forwarded headers are believed by the portal alone, by its setting trusted_proxies.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers = {}
timeout = 60
graceful_timeout = 20
control_socket_disable = True
accesslog = None  # who reads what is nobody's business; a proxy may log what it must
errorlog = "-"
loglevel = "warning"
# Each worker listens for itself and the system deals out the connections. With one socket for all,
# the worker that wakes first takes a whole burst of them, and the others look on.
reuse_port = True


def post_fork(server, worker):
    """What a site holds is its owner's alone. Not by gunicorn's own setting, which would hide a
    Unix socket from the proxy."""
    os.umask(0o077)


def on_starting(server):
    """Look before any worker is started: the port, the database."""
    refuse_a_taken_port(server)
    from tanky import create_app
    from tanky.base.db import db
    from tanky.base.sqlite import VERSION
    from tanky.upkeep.upgrading import problem_with_serving

    app = create_app()
    # Workers inherit it: while any of them lives, nobody upgrades or restores.
    server.instance_lock = app.extensions["instance"].hold_for_serving()
    with app.app_context():
        problem = problem_with_serving()
        db.engine.dispose()
    if problem:
        raise SystemExit(f"Tanky does not start: {problem}")
    server.log.warning("Tanky, %s, SQLite %s", app.instance_path, VERSION)


def refuse_a_taken_port(server):
    """A port that workers share would also be shared with another portal that runs there."""
    for address in server.cfg.address:
        if isinstance(address, str):  # a socket in the file system has room for one listener
            server.cfg.set("reuse_port", False)
            continue
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                raise SystemExit(f"Tanky cannot listen on {address}: {error.strerror}.") from None
