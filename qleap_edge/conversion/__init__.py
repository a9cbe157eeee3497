"""How does a network become a saved package? PyTorch to Core ML and ONNX, with equal bytes for equal networks."""
