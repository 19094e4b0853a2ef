"""Bulletins of the commune's loudspeakers (bản tin truyền thanh): sound, and its words."""
