"""Detections of sampled frames become tracks of boxes."""

from __future__ import annotations

from runlean.people.finder import PersonFinder
from runlean.people.follow import PeopleFollower, PlannedFrame
from runlean.people.sampling import Sampling
from runlean.people.tracker import PersonTracker, TrackerOptions
from runlean.people.watch import GaitWatch

__all__ = ["GaitWatch", "PeopleFollower", "PersonFinder", "PersonTracker", "PlannedFrame", "Sampling", "TrackerOptions"]
