"""How the portal is served; bind and workers come from the command line.

gunicorn rather than granian: measured on two cores with two workers (bench/README.md) both serve
the same number of pages, ours being what takes the time, and a gunicorn worker is 9 MB smaller.
Threads, so that one phone on a slow line does not keep a worker from everyone else, and so that a
connection can stay open for the next page.
"""

worker_class = "gthread"
threads = 4
keepalive = 30  # seconds; a page and its files come over one connection
timeout = 60
graceful_timeout = 20
control_socket_disable = True
accesslog = None  # who reads what is nobody's business; a proxy may log what it must
errorlog = "-"
loglevel = "warning"
