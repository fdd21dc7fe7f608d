"""The end of personal data: what is erased when the acts no longer ask to keep it, and that it stays erased."""
