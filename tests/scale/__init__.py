"""Tests of several workers on private engines, which are hurt meanwhile."""
