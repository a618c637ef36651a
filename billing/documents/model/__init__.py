"""What a document says, once: every syntax and every picture of an invoice is made from this and from nothing else."""
