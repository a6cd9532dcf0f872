"""A workbench that reads windows, as the page has one."""

from readout.model.onnx_backbone import OnnxBackbone
from readout.watch.frame_reader import Immediate
from readout.workbench.workbench import Workbench


def awaited(name):
    """A backbone of the project whose answers are awaited."""
    return Immediate(OnnxBackbone.named(name))


def opened(backbones, layout, names, lines=True):
    """A workbench with a layout and frames of its size. backbones: for boxes, and for windows where `lines`."""
    bench = Workbench(backbones[0])
    if lines:
        bench.use_lines(backbones[1])
    width, height = layout["frame_size"]
    bench.set_frames([{"name": name, "width": width, "height": height} for name in names])
    bench.editor.set_layout(layout)
    return bench
