"""The console's pages of rules, terms and the working calendar."""
