"""What ships? The folder with model, Swift package, reports and a manifest of hashes, signed and validated."""
