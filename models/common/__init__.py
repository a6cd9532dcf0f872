"""What the recipes share: sources (packages, fonts, backgrounds), the command, network blocks, their export as ONNX,
the prior head, and the files that a recipe leaves."""
