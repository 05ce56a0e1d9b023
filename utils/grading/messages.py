"""What a kernel says, as far as it is to be believed: the code in there can send whatever it likes."""

from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import output_from_msg


def clean(value: Any) -> Any:
    """The same without halves of characters (lone surrogates), which no file and no database takes."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    return list(map(clean, value)) if isinstance(value, list) else value


def replaced(content: dict) -> list[str]:
    """What the kernel says has been replaced. A forged list may hold anything."""
    payloads = content.get("payload")
    mine = [
        payload
        for payload in (payloads if isinstance(payloads, list) else [])
        if isinstance(payload, dict) and payload.get("source") == "replaced"
    ]
    lists = [payload["names"] for payload in mine if isinstance(payload.get("names"), list)]
    return [str(name) for names in lists for name in names]


def keep(outputs: list[NotebookNode], message: dict) -> None:
    """Add a message to a cell's outputs, lines of one stream together."""
    if message["msg_type"] == "clear_output":
        outputs.clear()
        return
    try:
        output = output_from_msg(message)
        if output.output_type == "stream":
            output.text = "".join(output.text)  # a list of lines would be allowed as well
    except Exception:
        return  # not an output
    last = outputs[-1] if outputs else None
    if last and output.output_type == "stream" and last.output_type == "stream" and last.name == output.name:
        last.text += output.text
    else:
        outputs.append(output)
