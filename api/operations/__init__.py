"""Each use case once, for every door: HTTP, command line, scheduler, demo."""
