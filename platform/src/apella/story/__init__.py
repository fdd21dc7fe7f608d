"""The story: a small season played by the people concerned, through the HTTP API alone."""
