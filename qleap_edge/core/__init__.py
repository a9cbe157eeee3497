"""What do all rooms share? Errors, frames, joints, units, the model contract, documents, manifests and recipes."""
