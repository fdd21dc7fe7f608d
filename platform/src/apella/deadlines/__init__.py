"""Terms of the law as data, the engine that counts them, and explanations that a person can check by hand."""
