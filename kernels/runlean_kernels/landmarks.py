"""Column indices of the body points that every gait kernel takes: COCO-17, then the feet.

``xy`` arrays in the gait kernels have shape (row, 23, 2) in this order, or (row, 17, 2) where nobody's feet were
looked for; a point that was not measured is NaN.
"""

NOSE = 0
LEFT_EYE = 1
RIGHT_EYE = 2
LEFT_EAR = 3
RIGHT_EAR = 4
LEFT_SHOULDER = 5
RIGHT_SHOULDER = 6
LEFT_ELBOW = 7
RIGHT_ELBOW = 8
LEFT_WRIST = 9
RIGHT_WRIST = 10
LEFT_HIP = 11
RIGHT_HIP = 12
LEFT_KNEE = 13
RIGHT_KNEE = 14
LEFT_ANKLE = 15
RIGHT_ANKLE = 16
LEFT_HEEL = 17
RIGHT_HEEL = 18
LEFT_BIG_TOE = 19
RIGHT_BIG_TOE = 20
LEFT_SMALL_TOE = 21
RIGHT_SMALL_TOE = 22
N_LANDMARKS = 23
#: All but heels and toes.
N_WITHOUT_FEET = LEFT_HEEL
