"""The AIGC label in every container that leaves or comes in: small, strict editors, bytes in and bytes out.

    labels.py     write_label, republish, read_labels: start here
    merging.py    the label merged into an XMP packet or SVG document that is there already
    pictures.py   JPEG, PNG, WebP, GIF, SVG          tiffs.py   TIFF
    bmff.py       MP4, MOV, M4A, AVIF                riff.py    WAV, AVI
    ebml.py       MKV, WebM                          flv.py     FLV
    id3.py        MP3                                vorbis.py  FLAC, Ogg (Vorbis, Opus)
    office.py     DOCX, XLSX, PPTX                   texts.py   Markdown, a text's sidecar
    pdfs.py       PDF
    second.py     reads a written file back with another library than the one that wrote it

Each container module has `read(data) -> Contents`, bounded, for strangers' files, and
`write(data, label) -> bytes`, which takes out every label that is there and puts one in.
"""
