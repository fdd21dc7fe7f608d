"""The case put together: what API and console show of it, and the verbs that they offer."""
