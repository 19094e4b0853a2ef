"""How the portal is served; bind and workers come from the command line.

gunicorn rather than granian: measured on two cores with two workers (bench/README.md) both serve
the same number of pages, ours being what takes the time, and a gunicorn worker is 9 MB smaller.
Threads, so that one phone on a slow line does not keep a worker from everyone else, and so that a
connection can stay open for the next page.
"""

import socket

worker_class = "gthread"
threads = 4
keepalive = 30  # seconds; a page and its files come over one connection
timeout = 60
graceful_timeout = 20
control_socket_disable = True
accesslog = None  # who reads what is nobody's business; a proxy may log what it must
errorlog = "-"
loglevel = "warning"
# Each worker listens for itself and the system deals out the connections. With one socket for all,
# the worker that wakes first takes a whole burst of them, and the others look on.
reuse_port = True


def on_starting(server):
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
