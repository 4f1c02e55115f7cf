"""Files over HTTP: uploads that can be broken off and resumed, and downloads with ranges. Both are streams.

    POST   /api/uploads                          {"name", "size"} → 201 {"id", "offset", "chunk"}
    PUT    /api/uploads/{id}                     the bytes from an offset on, with Content-Range: bytes 0-99/100
                                                 → {"id", "offset", "size", "complete"}, and "sha256" once complete
    GET    /api/uploads/{id}                     the same: where to go on
    DELETE /api/uploads/{id}                     cancels → 204
    GET    /files/{kind}/{item_id}/{version}     a version's content; Range, If-Range, If-None-Match

The ``id`` of an upload that is complete is the ``ref`` that ``hub.artifacts.publish`` takes.
"""
