"""Check the form of an upload (RFC 7578) as it comes in, before Gradio reads it.

What it would end on with an error of its own, such as a part without a file, is said to the caller.
"""

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from tacrochat.ui.bodies import BadRequest

_MAX_BOUNDARY = 70  # characters, by RFC 2046


class UploadForm:
    """The form of one upload: files, each with its name, in the field ``files``."""

    def __init__(self, content_type: str) -> None:
        """Expect a form of this type; raises BadRequest."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data":
            raise BadRequest(415, "the body is not of the type multipart/form-data")
        if not 0 < len(boundary) <= _MAX_BOUNDARY:
            raise BadRequest(400, f"the form has no boundary of 1 to {_MAX_BOUNDARY} characters")
        self._name, self._value, self._disposition = bytearray(), bytearray(), b""
        self._has_ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._note_header,
                "on_headers_finished": self._check_part,
                "on_end": self._end,
            },
        )

    def read(self, data: bytes, *, is_last: bool) -> None:
        """Check the next bytes; raises BadRequest."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise BadRequest(400, f"the body is not a form with files ({error})") from error
        if is_last and not self._has_ended:
            raise BadRequest(400, "the form ends before its last boundary; send it again")

    def _begin(self) -> None:
        self._disposition = b""

    def _end(self) -> None:
        self._has_ended = True

    def _note_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _check_part(self) -> None:
        _, options = parse_options_header(self._disposition)
        if options.get(b"name") != b"files" or not options.get(b"filename"):
            raise BadRequest(
                400, 'a part of the form is no file; each is to have name="files" and a filename'
            )
