"""PyTorch to Core ML and ONNX, and the contract both keep."""
