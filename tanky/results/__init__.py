"""The results of settling dossiers (kết quả giải quyết TTHC), month by month."""
