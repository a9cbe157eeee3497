"""One module for each file format: it takes bytes and returns a Recording in device axes and SI units."""
