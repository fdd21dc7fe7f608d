"""The own sign-ins: what is open where, ending one or all others, and an administrator who ends somebody's."""
