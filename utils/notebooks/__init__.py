"""For authors: makes the committed notebooks out of the ``.py`` files that are edited (`make notebooks`)."""
