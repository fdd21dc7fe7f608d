"""Participants who come in person: staff see the document, bind a new phone, issue a code on paper."""
