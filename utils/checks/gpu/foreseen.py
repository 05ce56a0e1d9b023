"""Prediction of assignment 09: what a faster part brings for the whole."""

from utils.checks.predict import Predict

predicted = Predict(
    "predicted",
    returns="speedup",
    right=(1 / 0.46,),
    mistakes=(
        ("only the 60 % become faster. The other 40 % take as long as before.", 0, 10.0),
        ("that is what the network saves of its own 60 %. Add up what is left: 0.4 + 0.6/10.", 0, 6.0),
        ("that is the time that is left, as a share. How many times faster is it?", 0, 0.46),
        ("that is if the network took no time at all. It takes a tenth of its 60 %.", 0, 2.5),
        ("60 % become faster, not 40 %.", 0, 1.5625),
        ("times add up, not factors: 1 / (0.4 + 0.6/10).", 0, 6.4),
    ),
)
