"""Persons from a network's heads: peaks, boxes, keypoints, and one detection per person."""
