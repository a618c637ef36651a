"""Measurement and verification (IPMVP): energy expected without the measure, energy used, and uncertainty."""
