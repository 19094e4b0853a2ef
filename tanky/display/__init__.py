"""How a person wants pages shown: larger text, more contrast, pictures only on tap."""
