"""The HTTP edge. Only this package knows the web framework.

Every route module has one ``router(engine, authenticate) -> APIRouter``. Its routes are of
:class:`~installcast.api.envelope.EnvelopeRoute`, so that their answers keep their shape inside a host's application,
too. ``authenticate`` tells who is on a connection; see :mod:`installcast.api.auth`.
"""
