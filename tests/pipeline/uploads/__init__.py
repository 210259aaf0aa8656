"""Uploads: what names tell, and files that wait to be read."""
