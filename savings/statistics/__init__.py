"""Fits, figures of merit and uncertainty; floats are used here and, with few exceptions, nowhere else."""
