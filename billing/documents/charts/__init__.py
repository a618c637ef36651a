"""Charts of documents, a file each: a Vega-Lite specification as data, drawn as SVG for page and PDF alike."""
