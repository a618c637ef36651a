"""The client is generated before any test imports it: of a fresh clone, and of an interface that has changed."""

import tests.client.made  # noqa: F401 makes it
