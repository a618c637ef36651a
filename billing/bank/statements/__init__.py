"""Files of banks, read into entries; nothing of a file is lost, or the file is refused."""
