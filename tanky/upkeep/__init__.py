"""What keeps a site whole: upgrading, backing up, restoring, looking whether all is well."""
