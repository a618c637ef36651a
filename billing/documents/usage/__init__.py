"""What a customer used in the days of a document: by site, machine and register, with reads, coverage and a chart."""
