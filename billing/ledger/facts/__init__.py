"""Facts out of the database, as what is to be posted of them: a file for each room that they are of."""
