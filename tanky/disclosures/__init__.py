"""Công khai: what a commune must post for its people, for how long, and the proof that it did."""
