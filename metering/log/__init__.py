"""The log of readings: one reading, many readings as columns, and the log as of a watermark."""
