"""Albums of photos and films (thư viện ảnh, video)."""
