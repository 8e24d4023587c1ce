"""The camera, on pictures whose motion is known."""

from __future__ import annotations

import numpy as np
import pytest

from runlean.camera import CameraEstimator

WIDTH, HEIGHT = 480, 270  # two pixels to a thumbnail pixel
SHAPE = (135, 240)


def scene(x, y=0.0, seed=0):
    """A wide, smooth, textured scene seen from (x, y), thumbnail pixels."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    out = np.full(SHAPE, 120.0)
    for _ in range(25):
        kx, ky = rng.uniform(-0.5, 0.5, 2)
        out += 9 * np.sin(kx * (column + x) + ky * (row + y) + rng.uniform(0, 6))
    return np.clip(out, 0, 255)


def seen(picture, frame):
    """With a camera's noise."""
    return (picture + np.random.default_rng([9, frame]).normal(0, 0.7, SHAPE)).astype(np.float32)


def track_of(pictures, boxes=None):
    camera = CameraEstimator(WIDTH, HEIGHT)
    motions = [camera.add_thumbnail(seen(p, i), boxes) for i, p in enumerate(pictures)]
    return camera.track(), motions


def test_a_tripod_is_exactly_still():
    track, _ = track_of([scene(0)] * 25)
    assert not track.moving
    assert not track.dx_px.any()
    assert not track.dy_px.any()
    assert set(track.shot) == {0}


@pytest.mark.parametrize(("vx", "vy"), [(1.7, 0.0), (-4.2, 0.6), (0.3, 0.1)])
def test_a_pan_is_followed_without_drift(vx, vy):
    track, _ = track_of([scene(vx * i, vy * i) for i in range(50)])
    assert track.moving
    # what the camera passes moves the other way; one thumbnail pixel is two of the picture
    assert track.dx_px == pytest.approx(-2 * vx * np.arange(50), abs=1.0)
    assert track.dy_px == pytest.approx(-2 * vy * np.arange(50), abs=1.0)


def test_a_hand_shakes():
    x = 3 * np.sin(np.arange(60) / 4)
    track, _ = track_of([scene(v) for v in x])
    assert track.moving
    assert track.dx_px == pytest.approx(-2 * x, abs=0.3)


def test_a_sudden_fast_pan_is_caught():
    x = np.concatenate([np.zeros(10), 22 + np.zeros(5)])
    track, motions = track_of([scene(v) for v in x])
    assert not any(m.cut for m in motions)
    assert track.dx_px[-1] == pytest.approx(-44, abs=1.0)


def test_a_belt_and_a_runner_do_not_move_the_camera():
    pictures = []
    for i in range(30):
        picture = scene(0)
        picture[110:, :] = scene(7 * i, seed=3)[110:, :]  # belt
        picture[30:110, 100:150] = scene(5 * np.sin(i), 4 * np.cos(i), seed=4)[30:110, 100:150]  # runner
        pictures.append(picture)
    track, _ = track_of(pictures, np.array([[200.0, 60.0, 300.0, 220.0]]))
    assert not track.moving


def test_a_logo_does_not_hold_the_camera():
    pictures = [scene(5.0 * i) for i in range(40)]
    for picture in pictures:
        picture[:40, 160:] = scene(0, seed=5)[:40, 160:]
        picture[104:, 144:] = scene(0, seed=6)[104:, 144:]
    track, _ = track_of(pictures)
    assert np.diff(track.dx_px)[8:] == pytest.approx(-10, abs=0.6)


def test_repeated_pictures_are_told_from_slow_ones():
    camera = CameraEstimator(WIDTH, HEIGHT)
    repeated = []
    for i in range(40):
        rng = np.random.default_rng(i)
        fresh = scene(0)
        limb = 2.0 * (i // 2)
        fresh[60:80, 60:100] = scene(limb, seed=8)[60:80, 60:100]
        # re-encoding changes a repeated picture a little
        picture = fresh + (rng.normal(0, 0.3, SHAPE) if i % 2 else 0.0)
        repeated.append(camera.add_thumbnail(picture.astype(np.float32)).repeated)
    assert repeated[12::2] == [False] * 14
    assert repeated[13::2] == [True] * 14


def test_a_cut_starts_a_shot_at_its_frame():
    pictures = [scene(1.0 * i) for i in range(20)] + [255 - scene(3.0 * i, seed=7) for i in range(20)]
    track, motions = track_of(pictures)
    assert [i for i, m in enumerate(motions) if m.cut] == [20]
    assert track.shot.tolist() == [0] * 20 + [1] * 20
    assert track.dx_px[20] == 0.0


def test_a_flash_is_no_cut():
    pictures = [scene(0) for _ in range(20)]
    pictures[10] = np.clip(pictures[10] + 60, 0, 255)
    assert not any(m.cut for m in track_of(pictures)[1])


@pytest.mark.parametrize(("width", "height"), [(4, 4), (20, 10), (16, 400)])
def test_tiny_pictures_pass(width, height):
    camera = CameraEstimator(width, height)
    for i in range(3):
        picture = np.random.default_rng(i).uniform(0, 255, camera.shape).astype(np.float32)
        camera.add_thumbnail(picture)
    assert len(camera.track().dx_px) == 3


def test_no_frames():
    track = CameraEstimator(WIDTH, HEIGHT).track()
    assert not track.moving
    assert len(track.shot) == 0


def person_before(wall, frame, step=0.35):
    """A textured body that bounces and swings in the middle of a picture."""
    out, body = wall.copy(), scene(0, seed=4)
    up = round(5 * np.sin(frame * step))
    across = round(2 * np.sin(0.5 * frame * step))
    out[25 + up : 115 + up, 90 + across : 150 + across] = body[25:115, 90:150]
    return out, np.array([[2 * 86.0, 2 * 18.0, 2 * 154.0, 2 * 122.0]])


@pytest.mark.parametrize("speed", [0.0, 2.0])
def test_somebody_who_was_there_before_anybody_looked_is_no_background(speed):
    """The first pictures come without boxes; what is plain behind a person gives no other shift than the person's."""
    camera = CameraEstimator(WIDTH, HEIGHT)
    for i in range(90):
        # a few posts at the edges are all that the wall shows
        wall = np.full(SHAPE, 120.0) + 6.0 * (np.abs(scene(speed * i) - 120.0) > 60.0)
        picture, box = person_before(scene(speed * i) if speed else wall, i)
        camera.add_thumbnail(seen(picture, i), box if i >= 6 else None)
    track = camera.track()
    assert track.moving == (speed > 0.0)
    assert track.dx_px[80] - track.dx_px[10] == pytest.approx(-2 * speed * 70, abs=2.0)
    assert np.ptp(track.dy_px[10:]) < 2.0


def test_a_few_blocks_of_something_are_no_background():
    camera = CameraEstimator(WIDTH, HEIGHT)
    for i in range(60):
        wall, cable = np.full(SHAPE, 120.0), scene(0, seed=4)
        up = round(4 * np.sin(0.35 * i))
        wall[44 + up : 68 + up, 28:52] = cable[44:68, 28:52]
        camera.add_thumbnail(seen(wall, i))
    assert not camera.track().moving


@pytest.fixture(scope="module")
def passing():
    """A scene that passes: ``passing(i)`` is what is seen i thumbnail pixels further, less its middle grey."""
    wide = np.concatenate([scene(SHAPE[1] * k) for k in range(4)], axis=1) - 120.0
    return lambda x: wide[:, x : x + SHAPE[1]]


@pytest.fixture(scope="module")
def body():
    return scene(0, seed=4)[25:115, 90:150]


def noisy(picture, frame, sd):
    return (picture + np.random.default_rng([9, frame]).normal(0, sd, SHAPE)).astype(np.float32)


def bouncing(picture, body, frame):
    """A textured body that bounces and swings in the middle of a picture."""
    up, across = round(5 * np.sin(0.35 * frame)), round(2 * np.sin(0.17 * frame))
    picture[25 + up : 115 + up, 90 + across : 150 + across] = body
    return picture


EVERYWHERE = np.array([[0.0, 0.0, WIDTH, HEIGHT]])


@pytest.mark.parametrize("speed", [0, 3])
def test_in_the_dark_the_camera_is_followed(speed, passing, body):
    """A tenth of the contrast, about 1 grey level per pixel, with a noise of 0.2."""
    camera = CameraEstimator(WIDTH, HEIGHT)
    for i in range(40):
        picture = bouncing(30.0 + 0.1 * passing(speed * i), 30.0 + 0.3 * (body - 120.0), i)
        camera.add_thumbnail(noisy(picture, i, 0.2), np.array([[170.0, 36.0, 310.0, 246.0]]))
    track = camera.track()
    assert track.moving == (speed > 0)
    assert np.diff(track.dx_px) == pytest.approx(-2 * speed, abs=0.5)
    assert track.followed.all()


def test_level_lines_do_not_tell_whether_the_camera_pans(passing):
    lines = np.full(SHAPE, 120.0)
    lines[20::9] += 40.0
    for speed, contrast in ((0, 0.0), (0, 0.15), (3, 0.15)):
        camera = CameraEstimator(WIDTH, HEIGHT)
        for i in range(30):
            camera.add_thumbnail(noisy(lines + contrast * passing(speed * i), i, 0.7))
        track = camera.track()
        assert track.moving == (speed > 0)
        assert np.diff(track.dx_px) == pytest.approx(-2 * speed, abs=0.5)
        # with something beside them that does, it is told, and they do not hold the camera
        assert track.followed[1:].mean() == pytest.approx(float(contrast > 0), abs=0.05)


@pytest.mark.parametrize("known_from", [0, 40])
def test_a_wall_that_stands_is_seen_behind_a_person_who_fills_the_picture(known_from, passing, body):
    """Whether he is looked for from the first picture on or only later; until then he is what has texture."""
    camera = CameraEstimator(WIDTH, HEIGHT)
    for i in range(60):
        picture = bouncing(120.0 + 0.05 * passing(0), body, i)
        camera.add_thumbnail(noisy(picture, i, 0.1), EVERYWHERE if i >= known_from else None)
    track = camera.track()
    assert not track.moving
    assert track.followed.mean() > 0.9


@pytest.mark.parametrize(("speed", "contrast"), [(9, 0.0), (9, 0.05)])
def test_what_is_not_seen_to_stand_is_not_said_to(speed, contrast, passing, body):
    """A camera that goes with the person: the person stays, bounces, and is no background."""
    camera = CameraEstimator(WIDTH, HEIGHT)
    for i in range(60):
        picture = bouncing(120.0 + contrast * passing(speed * i), body, i)
        camera.add_thumbnail(noisy(picture, i, 0.1), EVERYWHERE)
    assert camera.track().followed.mean() < 0.1


def test_a_pan_that_is_lost_for_a_moment_goes_on(passing):
    camera = CameraEstimator(WIDTH, HEIGHT)
    for i in range(40):
        # something plain before the camera
        camera.add_thumbnail(noisy(120.0 + (0.0 if 20 <= i < 26 else 1.0) * passing(4 * i), i, 3.0))
    track = camera.track()
    assert set(track.shot) == {0}
    assert not track.followed[20:26].any()
    assert track.followed[28:].all()
    assert track.dx_px[-1] == pytest.approx(-8 * 39, abs=4.0)


def test_a_cut_behind_a_score_that_stands_is_a_cut(passing):
    """The person's box leaves out the whole picture; all that is known to stand is the scene, and the score on it."""
    camera, other = CameraEstimator(WIDTH, HEIGHT), 255 - scene(0, seed=7)
    for i in range(60):
        picture = 120.0 + passing(0) if i < 45 else other.copy()
        picture[112:128, 80:160] = scene(0, seed=9)[:16, :80]
        motion = camera.add_thumbnail(noisy(picture, i, 0.7), EVERYWHERE)
        assert motion.cut == (i == 45), i


@pytest.mark.parametrize("start", [50, 54, 74])
def test_a_short_pan_is_not_taken_back_when_the_scene_stands_again(start, passing):
    camera = CameraEstimator(WIDTH, HEIGHT)
    x = 3 * np.clip(np.arange(start + 60) - start, 0, 6)
    for i, at in enumerate(x.tolist()):
        camera.add_thumbnail(noisy(120.0 + passing(at), i, 0.7))
    assert camera.track().dx_px == pytest.approx(-2.0 * x, abs=1.0)
