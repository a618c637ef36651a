"""What happened, as postings: a kind of fact a file. Pure: values in, postings out, in the currency of the fact."""
