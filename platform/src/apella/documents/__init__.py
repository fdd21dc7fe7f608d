"""Documents: a form's data and its template make one PDF, always the same bytes."""
