"""What the law has a commune publish, and how far this site does it: for desk and inspector."""
