"""Parents and proxies of a participant, linked at the counter by their papers."""
