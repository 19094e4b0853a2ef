"""Documents (văn bản) that the commune issues or publishes, with the words of their files."""
