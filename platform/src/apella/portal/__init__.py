"""The participant's cabinet: results, filing, the course of an appeal, its withdrawal, messages."""
