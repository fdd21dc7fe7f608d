"""What a case is heard with: the appeal kit, and the papers that people attach."""
