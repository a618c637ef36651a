"""Documents void before they are sent: asked for by one, released by another; what they billed is billed anew."""
