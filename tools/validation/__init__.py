"""Scoring of runlean against known truth: rendered runners, force-plate trials, real clips counted by eye."""
