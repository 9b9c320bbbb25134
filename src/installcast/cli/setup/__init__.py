"""``installcast setup``: make a service of this program, and take it away again."""
