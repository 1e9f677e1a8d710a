"""PDF: the record in the Info dictionary under /AIGC (practice guide TC260-PG-20258A, 6.3) and in the XMP stream.

ISO 32000 wants Info and XMP to agree, so one label is said twice. pypdf writes; PDFium reads it back.
"""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import IO, TYPE_CHECKING

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label.metadata.merging import Label, merged

if TYPE_CHECKING:
    from pypdf import PdfWriter


def write(data: bytes, label: Label) -> bytes:
    """Raises UnreadableFile(damaged), LabelFailed (container: encrypted; metadata).

    The document is written anew, with values kept; a signature over its old bytes does not survive that.
    """
    from pypdf import PdfReader, PdfWriter
    from pypdf.errors import PyPdfError
    from pypdf.generic import StreamObject

    try:
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise LabelFailed("container", kind="application/pdf")
        writer = PdfWriter(clone_from=reader)
        old = writer.root_object.get("/Metadata")
        stream = None if old is None else old.get_object()
        packet = stream.get_data() if isinstance(stream, StreamObject) else None
        return put(writer, label.text, merged(packet, label))
    # pypdf meets damaged files with whatever the damage makes of its own code
    except (PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError, ArithmeticError) as error:
        raise UnreadableFile("damaged") from error
    except (AssertionError, NotImplementedError, OSError, zlib.error) as error:
        raise UnreadableFile("damaged") from error


def put(writer: PdfWriter, record: str, packet: bytes) -> bytes:
    """Set both places and write. Raises LabelFailed(read_back) where pypdf gives no Info dictionary."""
    from pypdf.generic import DictionaryObject, NameObject, StreamObject, TextStringObject

    class PlainString(TextStringObject):
        """A literal string with the fewest escapes, so that the JSON stands in the file as it is."""

        def write_to_stream(self, stream: IO[bytes], encryption_key: object = None) -> None:
            escaped = self.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            stream.write(b"(" + escaped.encode("ascii") + b")")

    xmp = StreamObject()
    xmp.update({NameObject("/Type"): NameObject("/Metadata"), NameObject("/Subtype"): NameObject("/XML")})
    xmp.set_data(packet)
    writer.root_object[NameObject("/Metadata")] = writer._add_object(xmp)
    if writer._info is None:
        writer.add_metadata({})
    info = writer._info
    if not isinstance(info, DictionaryObject):
        raise LabelFailed("read_back", part="container")
    info[NameObject("/AIGC")] = PlainString(record)
    writer.compress_identical_objects(remove_duplicates=False, remove_unreferenced=True)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
