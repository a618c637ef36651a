"""How large a file may be; importing this loads nothing else, so that every door can ask before it reads one."""

#: A file, packed or not, has at most so many bytes; a larger one is sent in parts.
FILE_BYTES_MAX = 256 << 20
#: A fleet in one document: some 200,000 assets with a register each.
FLEET_BYTES_MAX = 64 << 20
