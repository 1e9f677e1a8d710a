"""Our own picture model without torch: the graphs that `pingxing.training.picture.export` writes, on onnxruntime."""
