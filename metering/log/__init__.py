"""The log of readings: what a reading is, many of them as columns, and the log as of a watermark."""
