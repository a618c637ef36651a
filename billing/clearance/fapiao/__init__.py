"""China's e-fapiao: our documents as a batch file of the e-tax portal, its results, and red letters."""
