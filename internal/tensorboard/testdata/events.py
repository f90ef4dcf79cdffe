"""Writes events.tfevents, which the tests expect to the byte, with TensorBoard 2.21.0's own protocol buffers and writer.

    python events.py
"""

import pathlib

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.hparams import metadata, plugin_data_pb2
from tensorboard.summary.writer.record_writer import RecordWriter


def start(name, value):
    """A training with one hyper-parameter: those of several are in no order."""
    info = plugin_data_pb2.SessionStartInfo(group_name="autoencoders/bce", start_time_secs=1700000000.25)
    v = info.hparams[name]
    if isinstance(value, bool):
        v.bool_value = value
    elif isinstance(value, str):
        v.string_value = value
    else:
        v.number_value = value
    return info


end = plugin_data_pb2.SessionEndInfo(status="STATUS_SUCCESS", end_time_secs=1700000003.5)


def hparams(tag, wall_time, **field):
    content = plugin_data_pb2.HParamsPluginData(**field)
    value = summary_pb2.Summary.Value(
        tag=tag, metadata=metadata.create_summary_metadata(content), tensor=metadata.NULL_TENSOR
    )
    return event_pb2.Event(wall_time=wall_time, summary=summary_pb2.Summary(value=[value]))


def scalars(wall_time, step, **tags):
    values = [summary_pb2.Summary.Value(tag=t.replace("__", "/"), simple_value=v) for t, v in sorted(tags.items())]
    return event_pb2.Event(wall_time=wall_time, step=step, summary=summary_pb2.Summary(value=values))


with open(pathlib.Path(__file__).with_name("events.tfevents"), "wb") as file:
    writer = RecordWriter(file)
    for event in [
        event_pb2.Event(wall_time=1700000000.25, file_version="brain.Event:2"),
        *[
            hparams(metadata.SESSION_START_INFO_TAG, 1700000000.25, session_start_info=start(name, value))
            for name, value in [("batch", 16), ("freeze", True), ("learning_rate", 0.001), ("loss", "bce + 0.1 l1"), ("noise", False)]
        ],
        scalars(1700000001.75, 1, train__loss=0.6, train__seconds=1.5, test__bce=0.55),
        scalars(1700000003.5, 2, train__loss=float("nan"), train__seconds=3.25, train__learning_rate=0.01),
        hparams(metadata.SESSION_END_INFO_TAG, 1700000003.5, session_end_info=end),
    ]:
        writer.write(event.SerializeToString(deterministic=True))
