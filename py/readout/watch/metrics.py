"""The values in Prometheus' text format, version 0.0.4."""

from collections.abc import Iterator

from .board import Board

HELP = {
    "readout_value": "The confirmed value, held until another one is confirmed.",
    "readout_confidence": "The confidence of the confirmed value, 0 to 1.",
    "readout_age_seconds": "Seconds since the value was confirmed last.",
    "readout_confirmed": "Whether the last reading is confirmed.",
    "readout_flag": "1 for each flag of the last reading.",
    "readout_reading": "Whether frames come and are read.",
    "readout_frame_age_seconds": "Seconds since the last frame was read.",
    "readout_frames_total": "Frames that were read.",
    "readout_reconnects_total": "Times that the source was opened again.",
    "readout_frames_left_out_total": "Frames that came and could not be read.",
    "readout_files_left_out_total": "Files of the folder that could not be read.",
    "readout_csv_rows_waiting": "Rows that wait until the disk takes them.",
    "readout_csv_rows_lost_total": "Rows that were lost while the disk took none.",
    "readout_webhook_waiting": "Events that wait until the webhook takes them.",
    "readout_webhook_sent_total": "Events that the webhook has taken.",
    "readout_webhook_failed_total": "Tries that the webhook has not taken.",
    "readout_webhook_lost_total": "Events that were given up.",
    "readout_mqtt_connected": "Whether the MQTT broker is connected.",
}


def metrics(board: Board) -> str:
    """What a board shows, for Prometheus."""
    samples: dict[str, list[str]] = {}
    for name, labels, value in _samples(board):
        samples.setdefault(name, []).append(f"{name}{labels} {value!r}")
    lines = []
    for name, each in samples.items():
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += [f"# HELP {name} {HELP.get(name, name)}", f"# TYPE {name} {kind}", *each]
    return "\n".join(lines) + "\n"


def _samples(board: Board) -> Iterator[tuple[str, str, float]]:
    shown = board.snapshot()
    yield "readout_reading", "", int(shown["reading"])
    yield "readout_frames_total", "", shown["frames"]
    if shown["frame_age_s"] is not None:
        yield "readout_frame_age_seconds", "", shown["frame_age_s"]
    for name, count in sorted(board.counts.items()):
        yield f"readout_{name}", "", count
    for each in shown["readouts"]:
        labels = f'{{readout="{_escaped(each["readout"])}"}}'
        for name, field in (("value", "value"), ("confidence", "confidence"), ("age_seconds", "age_s")):
            if each[field] is not None:
                yield f"readout_{name}", labels, each[field]
        yield "readout_confirmed", labels, int(bool(each["latest"]["confirmed"]))
        for flag in each["flags"]:
            yield "readout_flag", f'{{readout="{_escaped(each["readout"])}",flag="{_escaped(flag)}"}}', 1


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
