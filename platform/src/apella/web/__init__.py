"""The kit that pages and the API share: layouts and components, formatting, preferences, security, errors."""
