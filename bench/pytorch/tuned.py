"""The report's recipe in tuned PyTorch: what original.py computes, faster.

Images resident as uint8, batches by index_select, channels_last, fused Adam,
losses read once an epoch; the frozen classifiers train on features encoded
once. Seeds and the order of images are original.py's, so losses agree with it
to rounding.

    python tuned.py --data cifar-10-batches-bin --mode autoencoder --loss bce --epochs 1 --json out.jsonl
"""

import math
import time

import torch
import torch.nn.functional as F

from original import (
    LOSSES,
    TEST_BATCH,
    TEST_FILES,
    TRAIN_FILES,
    Report,
    arguments,
    batch_loss,
    build,
    load_weights,
    read_records,
    test,
    trained_parameters,
)


class Resident:
    """All images [N, 32*32*3] uint8, channels last, and labels [N], on the device."""

    def __init__(self, images, labels, device):
        rows = images.transpose(0, 2, 3, 1).reshape(len(images), -1)
        self.rows = torch.from_numpy(rows.copy()).to(device)
        self.labels = torch.from_numpy(labels).to(device)
        self.shape = images.shape[1:]

    def __len__(self):
        return len(self.rows)

    def batch(self, indices):
        """float32 [B, 3, 32, 32] in [0, 1], channels_last, and labels [B]."""
        channels, height, width = self.shape
        rows = self.rows.index_select(0, indices).float().div_(255)
        return rows.view(-1, height, width, channels).permute(0, 3, 1, 2), self.labels.index_select(0, indices)

    def batches(self, order, size):
        for indices in order.to(self.rows.device).split(size):
            yield self.batch(indices)

    def in_order(self):
        return self.batches(torch.arange(len(self)), TEST_BATCH)


class Features:
    """The pooled features [N, 48] that a frozen classifier trains on."""

    @torch.no_grad()
    def __init__(self, model, images):
        self.rows = torch.cat([model.features(batch) for batch, _ in images.in_order()])
        self.labels = images.labels

    def __len__(self):
        return len(self.rows)

    def batch(self, indices):
        return self.rows.index_select(0, indices), self.labels.index_select(0, indices)

    def batches(self, order, size):
        order = order.to(self.rows.device)
        return zip(self.rows[order].split(size), self.labels[order].split(size))

    def in_order(self):
        return zip(self.rows.split(TEST_BATCH), self.labels.split(TEST_BATCH))


def epoch_order(n):
    """The order of DataLoader(shuffle=True): of the two numbers that an epoch
    draws from the default generator, the first seeds the workers, the second
    the permutation."""
    torch.empty((), dtype=torch.int64).random_()
    seed = torch.empty((), dtype=torch.int64).random_().item()
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed))


def logits_loss(model, images, _):
    """BCE of the decoder's output before its sigmoid: the same number, cheaper."""
    return F.binary_cross_entropy_with_logits(model.decoder[:-1](model.encoder(images)), images)


def loss_function(model, options):
    def loss_of(inputs, labels):
        if options.logits:
            return logits_loss(model, inputs, labels)
        if options.mode in ("random", "pretrained"):
            return F.cross_entropy(model.classifier(inputs), labels)
        return batch_loss(model, options.mode, options.loss, inputs, labels)

    return loss_of


def step_function(model, options):
    """One step on a batch; gives the loss, left on the device."""
    optimizer = torch.optim.Adam(trained_parameters(model, options.mode), lr=options.learning_rate, fused=True)
    loss_of = loss_function(model, options)
    if options.compile:
        loss_of = torch.compile(loss_of, mode="reduce-overhead" if options.graphs else None)

    def step(inputs, labels):
        loss = loss_of(inputs, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


class WholeStep:
    """One step on the images of given indices, the choice of the batch and the optimizer included, recorded once as a
    CUDA graph (pytorch.org, "CUDA semantics", whole-network capture). A smaller batch is computed as it comes."""

    def __init__(self, model, options, data):
        self.loss_of, self.data = loss_function(model, options), data
        self.optimizer = torch.optim.Adam(
            trained_parameters(model, options.mode), lr=options.learning_rate, fused=True, capturable=True
        )
        self.indices = torch.zeros(options.batch, dtype=torch.int64, device=options.device)
        self.graph, self.loss, self.warm_up = None, None, 3

    def plain(self, indices):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss_of(*self.data.batch(indices))
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def __call__(self, indices):
        if len(indices) != len(self.indices):
            return self.plain(indices)
        self.indices.copy_(indices)
        if self.warm_up > 0:
            self.warm_up -= 1
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                loss = self.plain(self.indices)
            torch.cuda.current_stream().wait_stream(stream)
            return loss
        if self.graph is None:
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):
                self.loss = self.plain(self.indices)
        self.graph.replay()
        return self.loss


def tuned_arguments():
    parser = arguments("Train the report's networks in tuned PyTorch.")
    parser.add_argument("--compile", action="store_true", help="torch.compile the forward and backward pass")
    parser.add_argument("--graphs", action="store_true", help="with --compile, replay CUDA graphs (mode reduce-overhead)")
    parser.add_argument("--whole", action="store_true", help="on a GPU, record a whole step as one CUDA graph")
    parser.add_argument("--logits", action="store_true", help="compute the BCE from logits")
    return parser


def main():
    parser = tuned_arguments()
    options = parser.parse_args()
    if options.logits and (options.mode != "autoencoder" or LOSSES[options.loss] is not F.binary_cross_entropy):
        parser.error("--logits belongs to --mode autoencoder --loss bce")
    if options.graphs and not options.compile:
        parser.error("--graphs belongs to --compile")
    if options.whole and (options.compile or options.device == "cpu"):
        parser.error("--whole belongs to a GPU, without --compile")
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    mode, device = options.mode, options.device
    if device != "cpu":
        # Products may be rounded to TF32, as cuDNN's convolutions are by default.
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True
    weights = load_weights(parser, options)

    torch.manual_seed(options.seed)
    model = build(mode, weights).to(device, memory_format=torch.channels_last)
    train_set = Resident(*read_records(options.data, TRAIN_FILES, options.limit_train), device)
    test_set = Resident(*read_records(options.data, TEST_FILES, options.limit_test), device)

    report = Report("tuned", options)
    tested_model = model
    if mode in ("random", "pretrained"):
        start = time.perf_counter()
        train_set, test_set = Features(model, train_set), Features(model, test_set)
        report.write(encode_seconds=time.perf_counter() - start)
        tested_model = model.classifier

    step = WholeStep(model, options, train_set) if options.whole else step_function(model, options)
    for epoch in range(1, options.epochs + 1):
        start = time.perf_counter()
        # A list of the steps' losses would pin a piece of heap a step: 1 GB an epoch.
        losses = torch.empty(math.ceil(len(train_set) / options.batch), device=device)
        order = epoch_order(len(train_set))
        if options.whole:
            for i, indices in enumerate(order.to(device).split(options.batch)):
                losses[i] = step(indices)
        else:
            for i, (inputs, labels) in enumerate(train_set.batches(order, options.batch)):
                losses[i] = step(inputs, labels)
        losses = losses.tolist()
        seconds = time.perf_counter() - start
        tested = None
        start = time.perf_counter()
        if epoch % options.test_every == 0 or epoch == options.epochs:
            tested = test(tested_model, mode, test_set.in_order(), device)
        report.epoch(epoch, seconds, losses, len(train_set), tested, time.perf_counter() - start)
    if options.save:
        torch.save({k: v.contiguous() for k, v in model.state_dict().items()}, options.save)


if __name__ == "__main__":
    main()
