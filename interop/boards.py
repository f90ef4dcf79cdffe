"""Event files, read by TensorBoard's own reader and by a running TensorBoard."""

import csv
import json
import math
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import numpy
from PIL import Image
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.plugins.projector import projector_config_pb2
from google.protobuf import text_format


def read(folder):
    everything = {event_accumulator.SCALARS: 0, event_accumulator.IMAGES: 0}
    accumulator = event_accumulator.EventAccumulator(str(folder), size_guidance=everything)
    return accumulator.Reload()


def check_scalars(log, stage, times=True):
    """The scalars are those of metrics.jsonl, each epoch once. Returns how many there are.

    Without times, an epoch may have been computed twice, and logged as it was the first time.
    """
    lines = [json.loads(line) for line in (stage / "metrics.jsonl").read_text().splitlines()]
    wanted = {}
    for line in lines:
        values = {"train/loss": line["loss"], "train/seconds": line["seconds"]}
        values |= {"test/" + name: value for name, value in line.get("test", {}).items()}
        if "learning_rate" in line:
            values["train/learning_rate"] = line["learning_rate"]
        for tag, value in values.items():
            wanted.setdefault(tag, []).append((line["epoch"], math.nan if value is None else value))
    accumulator = read(log)
    assert set(accumulator.Tags()["scalars"]) == set(wanted), f"{log}: {accumulator.Tags()}"
    for tag, want in wanted.items():
        got = [(e.step, e.value) for e in accumulator.Scalars(tag)]
        assert [step for step, _ in got] == [step for step, _ in want], f"{log}: {tag}: {got}"
        if tag == "train/seconds" and not times:
            continue
        numpy.testing.assert_allclose([v for _, v in got], [v for _, v in want], rtol=1e-6, err_msg=f"{log}: {tag}")
    return sum(map(len, wanted.values())), accumulator


def logs(aeprobe, folder, runs):
    scalars = 0
    for run in runs:
        aeprobe("export", run, "--to", "tensorboard", "--threads", 1, "--images", 50)
        for metrics in sorted((folder / run).glob("*/*/metrics.jsonl")):
            stage = metrics.parent.relative_to(folder / run)
            log = folder / run / "export/tensorboard" / stage
            count, accumulator = check_scalars(log, folder / run / stage)
            scalars += count

            content = accumulator.PluginTagToContent("hparams")
            began = plugin_data_pb2.HParamsPluginData.FromString(content["_hparams_/session_start_info"]).session_start_info
            ended = plugin_data_pb2.HParamsPluginData.FromString(content["_hparams_/session_end_info"]).session_end_info
            assert began.group_name == str(stage) and ended.status == 1, began
            assert began.hparams["batch"].number_value > 0, began

            if stage.parent.name == "autoencoders":
                [tag] = accumulator.Tags()["images"]
                [image] = accumulator.Images(tag)
                assert (image.width, image.height) == (10 * 34 - 2, 66), (image.width, image.height)

            config = text_format.Parse((log / "projector_config.pbtxt").read_text(), projector_config_pb2.ProjectorConfig())
            [embedding] = config.embeddings
            points, width = embedding.tensor_shape
            values = numpy.fromfile(log / embedding.tensor_path, numpy.float32)
            rows = list(csv.reader((log / embedding.metadata_path).open(), delimiter="\t"))
            assert values.size == points * width and points == 50 and len(rows) == 51, (values.size, points, width)
            assert Image.open(log / embedding.sprite.image_path).size == (8 * 32, 7 * 32)
    return f"{scalars} scalars"


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=30) as answer:
        return answer.read()


def server(aeprobe, folder, runs):
    """A running TensorBoard serves all of it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    logdir = folder / "every/export/tensorboard"
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir), "--port", str(port), "--load_fast", "false"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stages = sorted(str(p.parent.relative_to(logdir)) for p in logdir.glob("*/*/events.out.tfevents*"))
    try:
        for _ in range(60):
            try:
                if sorted(json.loads(get(port, "data/runs"))) == stages:
                    break
            except OSError:
                pass
            time.sleep(1)
        else:
            raise AssertionError(f"TensorBoard has not loaded {stages}")
        tags = json.loads(get(port, "data/plugin/scalars/tags"))
        assert sorted(tags) == stages and "train/loss" in tags["autoencoders/bce"], tags
        points = json.loads(get(port, "data/plugin/scalars/scalars?run=autoencoders%2Fbce&tag=test%2Fbce"))
        assert [step for _, step, _ in points] == list(range(1, len(points) + 1)) and len(points) > 1, points
        images = json.loads(get(port, "data/plugin/images/tags"))
        assert "autoencoders/bce" in images, images
        assert sorted(json.loads(get(port, "data/plugin/projector/runs"))) == stages
        assert get(port, "data/plugin/projector/tensor?run=autoencoders%2Fbce&name=features")
        request = urllib.parse.quote(json.dumps({"allowedStatuses": ["STATUS_SUCCESS"], "startIndex": 0, "sliceSize": 100}))
        groups = json.loads(get(port, f"experiment/defaultExperimentId/data/plugin/hparams/session_groups?request={request}"))["sessionGroups"]
        assert sorted(group["name"] for group in groups) == stages, groups
    finally:
        process.terminate()
        process.wait()
    return f"{len(stages)} runs"


def followed(aeprobe, folder, runs):
    """A run that is killed and resumed while it is followed has each epoch once in its log, which is whole at any moment."""
    run = aeprobe.command("run", "smoke", "--out", "followed", "--threads", 1, "--set", "data={set: synthetic, train: 256, test: 500}",
                          "--set", "train.epochs=6", "--set", "checkpoint.steps=2",
                          "--set", "autoencoders={l1: null, mse: null}", "--set", "classifiers={random: null, pretrained: null}")
    stage = folder / "followed/autoencoders/bce"
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = subprocess.Popen(run, **quiet)
    while not (folder / "followed/definition.yaml").exists():
        assert running.poll() is None, "the run ended"
        time.sleep(0.05)
    follower = subprocess.Popen(aeprobe.command("export", "followed", "--to", "tensorboard", "--follow", "--threads", 1), **quiet)
    log = folder / "followed/export/tensorboard/autoencoders/bce"
    kills, reads = 0, 0
    deadline = time.time() + 300
    while follower.poll() is None:
        assert time.time() < deadline, "the follower has not ended"
        epochs = (stage / "metrics.jsonl").read_text().count("\n") if (stage / "metrics.jsonl").exists() else 0
        if kills < 2 and epochs > kills and running.poll() is None:
            running.send_signal(signal.SIGKILL)
            running.wait()
            kills += 1
        if running.poll() is not None and not (folder / "followed/results.json").exists():
            running = subprocess.Popen(run, **quiet)
        if list(log.glob("events.out.tfevents*")):
            accumulator = read(log)
            reads += 1
            if "train/loss" in accumulator.Tags()["scalars"]:
                steps = [e.step for e in accumulator.Scalars("train/loss")]
                assert steps == list(range(1, len(steps) + 1)), steps
        time.sleep(0.2)
    running.wait()
    assert follower.returncode == 0, follower.returncode
    assert kills == 2 and reads > 0, (kills, reads)
    for name in ["autoencoders/bce", "classifiers/end_to_end"]:
        check_scalars(folder / "followed/export/tensorboard" / name, folder / "followed" / name, times=False)
    return f"killed {kills} times, read {reads} times on the way"
