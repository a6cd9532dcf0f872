"""A network to train on, from the files that a run left: their normalisations are folded, and are unfolded here."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from models.common.network import Classifier, Convolution
from readout.errors import ReadoutError
from readout.model.prior import load_prior


def restore(model: Classifier, path: Path, batches: list[torch.Tensor]) -> None:
    """Set a model to the function of lines.onnx at `path` and of the prior head beside it.

    Each convolution gets filters of norm 1, and its normalisation what makes up for that: statistics of its output
    over `batches` (n, 3, 32, w), and the gain and offset that leave the function as it was.
    """
    prior = load_prior(path)
    if prior is None:
        raise ReadoutError(f"no prior head beside {path}: put the .npz of the same run there")
    layers = [module for module in model.modules() if isinstance(module, Convolution)]
    folded, sizes = _folded(path), []
    if [weight.shape for weight, _ in folded] != [tuple(layer.conv.weight.shape) for layer in layers]:
        raise ReadoutError(f"{path} holds another network than the recipe's: train without --from")
    with torch.no_grad():
        for layer, (weight, bias) in zip(layers, folded, strict=True):
            size = torch.tensor(np.linalg.norm(weight.reshape(len(weight), -1), axis=1)).clamp_min(1e-6)
            layer.conv.weight.copy_(torch.tensor(weight) / size[:, None, None, None])
            _set_norm(layer.norm, torch.zeros_like(size), torch.ones_like(size), size, torch.tensor(bias))
            sizes.append(size)
        model.head.weight.copy_(torch.from_numpy(prior.coef.T.copy()))
        model.head.bias.copy_(torch.from_numpy(prior.intercept))
        moments = _moments(model, layers, batches)
        for layer, size, (mean, variance) in zip(layers, sizes, moments, strict=True):
            _set_norm(layer.norm, mean, variance, size, layer.norm.bias + size * mean)


def _folded(path):
    """(filters, biases) of every convolution in the order in which the graph computes them."""
    graph = onnx.load(path).graph
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    return [(arrays[node.input[1]], arrays[node.input[2]]) for node in graph.node if node.op_type == "Conv"]


def _set_norm(norm, mean, variance, gain, offset):
    """gain (y - mean) + offset, by a normalisation with this mean and variance."""
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
    norm.weight.copy_(gain * torch.sqrt(variance + norm.eps))
    norm.bias.copy_(offset)


def _moments(model, layers, batches):
    """Mean and variance (channels,) of what each convolution gives over all batches."""
    sums = [torch.zeros(3, layer.conv.out_channels, dtype=torch.float64) for layer in layers]

    def note(total):
        def add(_module, _given, y):
            y = y.double().transpose(0, 1).flatten(1)
            total.add_(torch.stack([torch.full((len(y),), float(y.shape[1])), y.sum(1), (y * y).sum(1)]))

        return add

    hooks = [layer.conv.register_forward_hook(note(total)) for layer, total in zip(layers, sums, strict=True)]
    model.eval()
    for batch in batches:
        model(batch)
    for hook in hooks:
        hook.remove()
    return [((s / n).float(), (q / n - (s / n) ** 2).clamp_min(0).float()) for n, s, q in sums]
