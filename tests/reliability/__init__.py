"""One test for each row of docs/reliability.md: the real service, real processes, real sockets, and a real fault."""
