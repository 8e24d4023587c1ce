"""True posture and the camera's pose, on drawings whose angles are known."""

import math

import numpy as np
import pytest
from validation import camera, posture


class TestPosture:
    up = np.array([[0.0, -1.0]])

    @pytest.mark.parametrize(("direction", "x"), [(1.0, 10.0), (-1.0, -10.0)])
    def test_forward_is_positive_both_ways(self, direction, x):
        lean = posture.lean_deg(np.array([[0.0, 0.0]]), np.array([[x, -10.0]]), self.up, direction)
        assert lean[0] == pytest.approx(45.0)

    def test_gravity_not_the_picture_is_the_vertical(self):
        turned = np.array([[-math.sin(math.radians(3)), -math.cos(math.radians(3))]])
        assert posture.lean_deg(np.zeros((1, 2)), np.array([[0.0, -1.0]]), turned, 1.0)[0] == pytest.approx(3.0)

    def test_a_straight_leg_is_not_bent(self):
        a, b, c = np.array([[0.0, 0.0]]), np.array([[0.0, 1.0]]), np.array([[1.0, 1.0]])
        assert posture.flexion_deg(a, b, np.array([[0.0, 2.0]]))[0] == pytest.approx(0.0)
        assert posture.flexion_deg(a, b, c)[0] == pytest.approx(90.0)

    def test_straightness(self):
        ankle, ear = np.array([[0.0, 0.0]]), np.array([[0.0, -10.0]])
        on_line, off = np.array([[0.0, -8.0]]), np.array([[1.0, -5.0]])
        assert posture.straightness(ankle, off, on_line, ear)[0] == pytest.approx(0.1)

    def test_mass_shares_make_a_body(self):
        assert sum(mass for _, _, mass, _ in posture.SEGMENTS) == pytest.approx(1.0, abs=0.002)


class TestCamera:
    def matrix(self, yaw=0.0, roll=0.0):
        y, r = math.radians(yaw), math.radians(roll)
        # level camera that looks along +y and was turned about the vertical, then about its own axis
        level = np.array([[math.cos(y), math.sin(y), 0.0], [0.0, 0.0, -1.0], [-math.sin(y), math.cos(y), 0.0]])
        turn = np.array([[math.cos(r), math.sin(r), 0.0], [-math.sin(r), math.cos(r), 0.0], [0.0, 0.0, 1.0]])
        rotation = turn @ level
        return np.concatenate([rotation, np.zeros((3, 1))], axis=1)[None]

    def test_roll_clockwise_makes_uprights_lean_left(self):
        rt = self.matrix(roll=3.0)
        assert camera.roll_deg(rt)[0] == pytest.approx(3.0)
        k = np.array([[[1000.0, 0.0, 0.0], [0.0, 1000.0, 0.0], [0.0, 0.0, 1.0]]])
        assert camera.upward(k, rt, np.array([[0.0, 5.0, 0.0]]))[0, 0] < 0.0

    def test_yaw_is_positive_when_the_runner_comes_nearer(self):
        rt = self.matrix(yaw=20.0)
        forward = np.array([1.0, 0.0, 0.0])
        assert camera.axis_yaw_deg(rt, forward)[0] == pytest.approx(20.0)
        ahead = np.array([[0.0, 5.0, 0.0]])
        assert camera.yaw_deg(rt, forward, ahead)[0] == pytest.approx(0.0)
        assert camera.yaw_deg(rt, forward, np.array([[-5.0, 5.0, 0.0]]))[0] == pytest.approx(45.0)
