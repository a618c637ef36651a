"""How large a file may be; importing this loads nothing else, so that every door can ask before it reads one."""

#: A file, packed or not, has at most so many bytes; a larger one is sent in parts.
FILE_BYTES_MAX = 256 << 20
