"""Files that generative AI made elsewhere: given the marks that the law asks for, without taking away any they have.

    kinds.py      what is taken, and within which limits
    ordering.py   which record a file gets: another's label is passed on, never replaced by ours
    viewing.py    what the rules have to see of a file before it is marked
    marking.py    mark(file, order) -> Marked: start here
    pictures.py   PNG, JPEG, WebP              texts.py      plain text, Markdown
    drawings.py   SVG                          documents.py  PDF, the seal on every page
    sound.py      WAV, MP3, FLAC, Ogg, M4A     films.py      MP4, MOV, WEBM, MKV, AVI; leaves as MP4
    said.py       what a sound or film says in writing: tags, lyrics, subtitles
    apart.py      decoders of documents, drawings, sound and films run in a process with limits, which may be killed

Everything is bounded (bytes, pixels, seconds, frames, pages, characters) before anything is decoded, and every finished
file is read back: one label, the one that was ordered, and a visible or audible mark that keeps the rule.
"""
