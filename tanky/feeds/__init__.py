"""What machines read: RSS and the sitemap."""
