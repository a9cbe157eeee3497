"""One module a file format: bytes in, a Recording in device axes and SI units out."""
