"""What stands where and counts what: sites, assets, meters, registers, series."""
