"""Live Network: a trained network that runs in the page, from the picture to the class."""
