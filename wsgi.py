"""What a WSGI server loads: ``gunicorn wsgi:app``."""

from tanky import create_app

app = create_app()
