"""The process that carries out one task and outlives the server.

Standard library, :mod:`installcast.record` and :mod:`installcast.parse` only: a runner starts fast, stays small, and
depends on nothing that an upgrade could take away under it.
"""
