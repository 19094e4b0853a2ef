"""Reading without a connection: the service worker, its page, and the site as an app."""
