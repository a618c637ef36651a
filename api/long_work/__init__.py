"""Work that takes minutes: asked for by a request, done by whichever process claims it, answered when it is done."""
