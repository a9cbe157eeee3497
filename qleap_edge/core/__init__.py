"""The vocabulary every other layer speaks: errors, frames, joints, units, records, manifests, recipes."""
