"""One module a noun, each registering its views on the blueprint ``editors``."""
