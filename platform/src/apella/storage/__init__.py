"""The object store: local files, or S3."""
