"""Trained weights, put into our networks: a file for each place that they come from."""
