"""What the data centre gives: exams, participants, works, marks, organisations, experts' checks."""
