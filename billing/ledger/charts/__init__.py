"""Charts of accounts as data, a file each; which account a posting goes to."""
