"""Text from outside: names of files and folders, what somebody wrote. Made clean once, where it comes in."""

import unicodedata


def clean(text: str) -> str:
    """``text`` as every file, terminal, database and page can hold it, and always the same for the same word.

    Python reads a file name that is not UTF-8 with half characters (surrogates) in the place of its bytes, and they
    cannot be written again; they become the letters that Windows means by such bytes. Accents that are characters of
    their own, as macOS writes them, join their letters (Unicode's form NFC).
    """
    whole = "".join(_whole(character) if "\ud800" <= character <= "\udfff" else character for character in text)
    return unicodedata.normalize("NFC", whole)


def one_line(text: str) -> str:
    """The same in one line, without characters that move the cursor or turn the direction of writing."""
    printable = "".join(character if character.isprintable() else " " for character in clean(text))
    return " ".join(printable.split())


def _whole(surrogate: str) -> str:
    byte = ord(surrogate) - 0xDC00
    return bytes([byte]).decode("cp1252", "replace") if 0x80 <= byte <= 0xFF else "\ufffd"
