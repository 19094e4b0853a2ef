"""Demonstration content for a new site: all of it data, marked as samples on the pages."""
